/** One part of the answer to `output`, of whichever version. */
interface Part<Service> {
  readonly services: readonly Service[];
  readonly next: string | null;
}

/** Latest lines of services, as far as process 1 holds them: all parts of the answer to `output`, one service after the other. */
export async function* heldOutput<Request extends object, Service>(
  client: { output(request: Request & { readonly after?: string }): Promise<Part<Service>> },
  request: Request = {} as Request,
): AsyncGenerator<Service> {
  for (let after: string | null | undefined; after !== null; ) {
    const { services, next } = await client.output(after === undefined ? request : { ...request, after });
    yield* services;
    after = next;
  }
}
