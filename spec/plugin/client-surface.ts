/** What client libraries offer, in whatever language: the sockets that they speak to, and the messages and enums that cross these. */
import type { AlternativeAnswer, Parts, Pushes } from './derive.ts';
import {
  alternativeAnswer,
  answersOf,
  errorsOf,
  eventsIn,
  eventsPackage,
  failureOf,
  partsOf,
  payloadMember,
  pushesOf,
  reachable,
} from './derive.ts';
import type { EndpointFacts, EnumModel, FieldModel, MessageModel, MethodModel, PackageModel, SchemaModel, ServiceModel } from './model.ts';

/** A socket for clients. */
export interface ClientSocket {
  readonly package: PackageModel;
  readonly service: ServiceModel;
  readonly endpoint: EndpointFacts;
  /** The answer to a request that could not be served. */
  readonly failure: MessageModel;
  /** Its members that say why, as a code and for people; null: it has none. */
  readonly code: { readonly field: FieldModel; readonly of: EnumModel } | null;
  readonly message: FieldModel | null;
}

/** Those with commands by name, or with one whose answer others follow; a socket for one question alone is between daemons. */
export const clientSockets = (schema: SchemaModel): readonly ClientSocket[] =>
  schema.packages.flatMap((one) =>
    one.services.flatMap((service): readonly ClientSocket[] => {
      const failure = failureOf(schema, service);
      const { endpoint, methods } = service;
      if (endpoint === null || failure === null) return [];
      if (endpoint.discriminator === '' && methods.every((method) => pushesOf(schema, method) === null)) return [];
      return [{ package: one, service, endpoint, failure, code: errorsOf(schema, service), message: textOf(failure, endpoint) }];
    }),
  );

const textOf = (failure: MessageModel, { outcome, correlation }: EndpointFacts): FieldModel | null =>
  failure.fields.find(({ member, type, list }) => member !== outcome && member !== correlation && type.kind === 'string' && !list) ?? null;

/** What comes back for a request. */
export type Exchange =
  /** One line, perhaps of two forms. */
  | { readonly kind: 'answer'; readonly other: AlternativeAnswer | null }
  /** Several lines of the same id that are one answer. */
  | { readonly kind: 'joined'; readonly parts: Parts; readonly join: NonNullable<Parts['join']> }
  /** Several lines of the same id, each for itself, until one without `more`. */
  | { readonly kind: 'parts'; readonly parts: Parts }
  /** An acknowledgement, then bare lines until the connection ends: it is this stream's alone. */
  | { readonly kind: 'lines' }
  /** An answer, then messages for as long as they are wanted; without `by` the connection is theirs alone, and ends with them. */
  | { readonly kind: 'pushes'; readonly pushes: Pushes };

export function exchangeOf(schema: SchemaModel, { service, endpoint }: ClientSocket, method: MethodModel): Exchange {
  const parts = partsOf(method);
  const pushes = pushesOf(schema, method);
  if (pushes !== null) return { kind: 'pushes', pushes };
  if (method.streaming) {
    if (endpoint.correlation === '') return { kind: 'lines' };
    if (parts !== null) return { kind: 'parts', parts };
    throw new Error(`the lines of ${service.name}.${method.name} have ids, and no member of them tells the last one`);
  }
  if (parts !== null && parts.join !== null) return { kind: 'joined', parts, join: parts.join };
  return { kind: 'answer', other: alternativeAnswer(service, method) };
}

/** What of a package crosses the sockets of clients, in the order of the schema. */
export interface ClientPackage {
  readonly package: PackageModel;
  readonly enums: readonly EnumModel[];
  readonly messages: readonly MessageModel[];
  readonly sockets: readonly ClientSocket[];
}

/** The packages that cross them, events included where a message carries one. Datagrams are not among them. */
export function clientPackages(schema: SchemaModel): readonly ClientPackage[] {
  const sockets = clientSockets(schema);
  const roots = sockets.flatMap(({ service, failure }) => [
    failure,
    ...service.methods.flatMap((method) => {
      const pushes = pushesOf(schema, method);
      return [method.input, ...answersOf(service, method), ...(pushes === null ? [] : [pushes.message])];
    }),
  ]);
  const told = reachable(roots);
  const carries = [...told].some((message) => payloadMember(message) !== null);
  const events = carries ? eventsIn(eventsPackage(schema)?.messages ?? []).map(({ message }) => message) : [];
  const messages = reachable([...roots, ...events]);
  const enums = new Set([...messages].flatMap(({ fields }) => fields.flatMap(({ type }) => (type.kind === 'enum' ? [type.of] : []))));
  return schema.packages
    .map((one) => ({
      package: one,
      enums: one.enums.filter((declared) => enums.has(declared)),
      messages: one.messages.filter((message) => messages.has(message)),
      sockets: sockets.filter((socket) => socket.package === one),
    }))
    .filter((one) => one.enums.length + one.messages.length + one.sockets.length > 0);
}
