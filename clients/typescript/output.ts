import type { OutputRequest, ServiceOutput } from '../../gen/control/types.ts';
import type { ControlClient } from './generated/client.ts';

/** Latest lines of services, as far as process 1 holds them: all parts of the answer to `output`, one service after the other. */
export async function* heldOutput(
  client: Pick<ControlClient, 'output'>,
  request: Omit<OutputRequest, 'after'> = {},
): AsyncGenerator<ServiceOutput> {
  for (let after: string | null | undefined; after !== null; ) {
    const { services, next } = await client.output(after === undefined ? request : { ...request, after });
    yield* services;
    after = next;
  }
}
