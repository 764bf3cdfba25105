/** What follows from the schema without being said in it. Worked out here once, so that no target does it in its own way. */
import type {
  EndpointFacts,
  EnumModel,
  EnumValueModel,
  EventFacts,
  FieldModel,
  MessageModel,
  MethodModel,
  PackageModel,
  Presence,
  ProtocolFacts,
  SchemaModel,
  ServiceModel,
} from './model.ts';

/** Packages of the protocol: not what tools of the project read and say among themselves. */
export const protocolPackages = ({ packages }: SchemaModel): readonly PackageModel[] =>
  packages.filter(({ name }) => name !== 'conformance');

/** Name on the wire of a method, whatever its option. */
export const wireNameOf = (method: MethodModel): string => method.command?.name ?? method.call?.name ?? '';

/** Messages of the fields of a message, of lists too, and the forms of a union. */
export const nestedMessages = (message: MessageModel): readonly MessageModel[] => [
  ...message.fields.flatMap((field) => (field.type.kind === 'message' ? [field.type.of] : [])),
  ...(message.union?.forms ?? []).map(({ of }) => of),
];

/** `roots` and everything nested in them, each once. */
export function reachable(roots: Iterable<MessageModel>): ReadonlySet<MessageModel> {
  const seen = new Set<MessageModel>();
  const queue = [...roots];
  for (let message = queue.pop(); message !== undefined; message = queue.pop()) {
    if (seen.has(message)) continue;
    seen.add(message);
    queue.push(...nestedMessages(message));
  }
  return seen;
}

/** Requests and what is nested in them: messages that clients write, so members that may be null may be left out as well. */
export const requestMessages = (schema: SchemaModel): ReadonlySet<MessageModel> =>
  reachable(schema.packages.flatMap(({ services }) => services.flatMap(({ methods }) => methods.map(({ input }) => input))));

/**
 * What daemons write: answers, failures, what is pushed, events, and what is nested in them. Of a link who listens writes as well, so both
 * directions are here.
 */
export const answerMessages = (schema: SchemaModel): ReadonlySet<MessageModel> => {
  const roots = schema.packages.flatMap(({ messages, services, links }) => [
    ...services.flatMap((service) => [
      ...service.methods.flatMap((method) => [...answersOf(service, method), pushesOf(schema, method)?.message ?? null]),
      failureOf(schema, service),
    ]),
    ...links.flatMap(({ sent, received }) => [sent, received]),
    ...messages.filter(({ event }) => event !== null),
  ]);
  return reachable(roots.filter((message) => message !== null));
};

/** Presence as it counts: a list without one is required. */
export const presenceOf = (field: FieldModel): Presence => {
  const stated = field.wire?.presence ?? 'unspecified';
  return stated === 'unspecified' && field.list ? 'required' : stated;
};

/** The member by which `with_kind` tells lines apart; null: there is none, or (refused by the checks) it is no required enum. */
export function kindMember(message: MessageModel): { readonly field: FieldModel; readonly of: EnumModel } | null {
  const field = memberOf(message, 'kind');
  return field?.type.kind === 'enum' && !field.list && presenceOf(field) === 'required' ? { field, of: field.type.of } : null;
}

/** When a member is there: always, always but null, perhaps, or perhaps and perhaps null (`lenient`). */
export type MemberForm = 'required' | 'nullable' | 'optional' | 'lenient';

/** `read`: clients write the message. */
export function memberForm(message: MessageModel, field: FieldModel, read: boolean): MemberForm {
  switch (message.kind) {
    case 'json': {
      const presence = presenceOf(field);
      if (presence === 'nullable') return read ? 'lenient' : 'nullable';
      return presence === 'optional' ? 'optional' : 'required';
    }
    case 'registry':
      return field.registry?.optional === true ? 'optional' : 'required';
    case 'parameter':
      return field.parameter?.defaultText === '' && field.type.kind !== 'string' ? 'optional' : 'required';
    case 'notify':
      return 'optional';
    default:
      return message.kind satisfies never;
  }
}

/** The largest integer that a JSON number holds exactly wherever it is read. */
export const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);

/** The message of the notify socket; null: the schema has none. */
export const notificationOf = ({ packages }: SchemaModel): MessageModel | null =>
  packages.flatMap(({ messages }) => messages).find(({ kind, datagram }) => kind === 'notify' && datagram !== null) ?? null;

/** Variables of the environment that tell a service what it has for its datagrams: the enums beside the message. */
export const notifyVariables = ({ packages }: SchemaModel): readonly EnumValueModel[] =>
  packages
    .filter(({ messages }) => messages.some(({ kind, datagram }) => kind === 'notify' && datagram !== null))
    .flatMap(({ enums }) => enums.flatMap(({ values }) => values));

/** Whether all values of an integer member are exact as a double. */
export const isSafe = (field: FieldModel): boolean =>
  field.wire === null || (field.wire.range.max <= maxSafe && field.wire.range.min >= -maxSafe);

/** The member of a request that names what its command acts on, by its target; a command for the machine names nothing. */
const subjectMembers: { readonly [target: string]: string } = { service: 'service', operation: 'operation_id', job: 'job_id' };

/** Name of the member that the target of a command asks for; null: none. */
export const subjectMember = ({ command }: MethodModel): string | null => subjectMembers[command?.target ?? ''] ?? null;

/** The member of the request that names the target; null: it names none, or (refused by the checks) lacks it. */
export const subjectOf = (method: MethodModel): FieldModel | null =>
  method.input.fields.find(({ member }) => member === subjectMember(method)) ?? null;

/** The request says whether it waits for the end of what it asks for. */
export const waits = (method: MethodModel): boolean => method.input.fields.some(({ member }) => member === 'wait');

/** A second form of an answer, and the member of the first form by which they are told apart. */
export interface AlternativeAnswer {
  readonly message: MessageModel;
  readonly sign: FieldModel;
}

/**
 * The cells already and noop are answered with the shape of command status instead of the command's own answer, so a command
 * that has one of them has two answers.
 */
export function alternativeAnswer(service: ServiceModel, method: MethodModel): AlternativeAnswer | null {
  const cells = [...(method.command?.matrix?.values() ?? [])];
  if (!cells.includes('already') && !cells.includes('noop')) return null;
  const message = service.methods.find((other) => other.command?.name === 'status')?.output ?? null;
  if (message === null || message === method.output) return null;
  const sign = method.output.fields.find(
    (field) => presenceOf(field) === 'required' && !message.fields.some(({ member }) => member === field.member),
  );
  if (sign === undefined)
    throw new Error(
      `answers of ${service.name}.${method.name} cannot be told apart: ${method.output.name} has no required member of its own`,
    );
  return { message, sign };
}

/** The forms of the answer to a command. */
export const answersOf = (service: ServiceModel, method: MethodModel): readonly MessageModel[] => {
  const other = alternativeAnswer(service, method);
  return other === null ? [method.output] : [method.output, other.message];
};

/** What the framing puts before the members of a message. */
export interface Envelope {
  /** Member that takes the id of the request; empty: none. */
  readonly correlation: string;
  /** Member that always has this value; null: none. */
  readonly fixed: { readonly member: string; readonly value: string } | null;
}

/** Whether each line of an answer has the envelope; those of a stream that is alone on its connection need none. */
export const isEnveloped = (endpoint: EndpointFacts, { streaming }: MethodModel): boolean => !streaming || endpoint.correlation !== '';

/** Requests name their command where there are several, answers begin with the outcome, and a form of a union with what it is. */
export function envelopesOf(schema: SchemaModel): ReadonlyMap<MessageModel, Envelope> {
  const envelopes = new Map<MessageModel, Envelope>();
  for (const { union } of schema.packages.flatMap((one) => one.messages))
    for (const { value, of } of union?.forms ?? []) envelopes.set(of, { correlation: '', fixed: { member: union?.member ?? '', value } });
  for (const { endpoint, methods } of schema.packages.flatMap((one) => one.services)) {
    if (endpoint === null) continue;
    const { discriminator, correlation, outcome, ok } = endpoint;
    for (const method of methods) {
      const named = discriminator === '' ? null : { member: discriminator, value: wireNameOf(method) };
      envelopes.set(method.input, { correlation, fixed: named });
      const fixed = outcome === '' ? null : { member: outcome, value: ok };
      if (isEnveloped(endpoint, method) && (fixed !== null || correlation !== '')) envelopes.set(method.output, { correlation, fixed });
    }
  }
  return envelopes;
}

export interface EventModel {
  readonly message: MessageModel;
  readonly facts: EventFacts;
}

/** The events of these messages, in their order. */
export const eventsIn = (messages: readonly MessageModel[]): readonly EventModel[] =>
  messages.flatMap((message) => (message.event === null ? [] : [{ message, facts: message.event }]));

/** What an event is about, by the member that names it. */
const eventSubjects: { readonly [subject: string]: string } = { ...subjectMembers, cause: 'cause' };

/** The members of an event that say what it is about, by the subject. */
export const subjectsOf = (message: MessageModel): ReadonlyMap<string, FieldModel> =>
  new Map(
    Object.entries(eventSubjects).flatMap(([subject, member]) => {
      const field = message.fields.find((one) => one.member === member);
      return field === undefined ? [] : [[subject, field] as const];
    }),
  );

export const subjectNames: readonly string[] = Object.keys(eventSubjects);

/** The member that tells how grave an event is; null: it is always the same, or (refused by the checks) the member is none that could. */
export function severityMember({ message, facts }: EventModel): { readonly field: FieldModel; readonly of: EnumModel } | null {
  const field = message.fields.find((one) => one.name === facts.severityBy);
  if (field?.type.kind !== 'enum' || field.list || presenceOf(field) !== 'required') return null;
  return field.type.of.stated.includes('severity') ? { field, of: field.type.of } : null;
}

/** The package that holds all events; null: the schema has none. */
export const eventsPackage = (schema: SchemaModel): PackageModel | null => schema.packages.find(({ name }) => name === 'events') ?? null;

/** The member that holds the content of an event, and the one that names it; null: the message carries none. */
export function payloadMember(message: MessageModel): { readonly payload: FieldModel; readonly name: FieldModel } | null {
  const payload = message.fields.find((field) => field.wire !== null && field.wire.payloadOf !== '');
  const name = message.fields.find((field) => field.name === payload?.wire?.payloadOf);
  return payload === undefined || name === undefined ? null : { payload, name };
}

/** An answer that comes as several lines. */
export interface Parts {
  readonly list: FieldModel;
  readonly more: FieldModel;
  /** How elements go on from one part to the next; null: each is whole. */
  readonly join: { readonly key: FieldModel; readonly inner: FieldModel } | null;
}

const memberOf = (message: MessageModel, name: string): FieldModel | null => message.fields.find(({ member }) => member === name) ?? null;
const isFlag = (field: FieldModel | null): field is FieldModel =>
  field?.type.kind === 'boolean' && !field.list && presenceOf(field) === 'required';

/** Null: the answer is one line, or (refused by the checks) lacks a member that the option names. */
export function partsOf({ call, output, streaming }: MethodModel): Parts | null {
  const stated = call?.parts ?? null;
  if (stated === null) return null;
  const list = memberOf(output, stated.list);
  const more = memberOf(output, stated.more);
  if (list === null || !list.list || list.type.kind !== 'message' || !isFlag(more)) return null;
  if (streaming) return stated.key === '' && stated.inner === '' ? { list, more, join: null } : null;
  const element = list.type.of;
  const key = memberOf(element, stated.key);
  const inner = memberOf(element, stated.inner);
  if (key === null || key.type.kind !== 'string' || key.list || presenceOf(key) !== 'required' || inner?.list !== true) return null;
  return output.fields.length === 2 ? { list, more, join: { key, inner } } : null;
}

/** Version of the protocol, and the service whose endpoint states it; null: the schema has none. */
export function protocolOf(schema: SchemaModel): { readonly service: ServiceModel; readonly version: ProtocolFacts } | null {
  for (const service of schema.packages.flatMap((one) => one.services)) {
    const version = service.endpoint?.protocol ?? null;
    if (version !== null) return { service, version };
  }
  return null;
}

/** The answer to a request that could not be served; null: none is named, or (refused by the checks) it cannot be told from the others. */
export function failureOf(schema: SchemaModel, service: ServiceModel): MessageModel | null {
  if (service.endpoint === null || service.endpoint.failure === '') return null;
  const { failure, correlation, outcome, error } = service.endpoint;
  const inside = schema.packages.find(({ services }) => services.includes(service))?.messages ?? [];
  const message = inside.find(({ name, kind }) => name === failure && kind === 'json');
  if (message === undefined || outcome === '') return null;
  const field = (name: string): FieldModel | null => memberOf(message, name);
  const id = correlation === '' ? null : field(correlation);
  const related = correlation === '' || (id?.type.kind === 'integer' && !id.list && presenceOf(id) === 'required');
  const told = error === '' ? field(outcome) === null : field(outcome) !== null;
  return related && told ? message : null;
}

/** The member of a failure that says what kind it is: its enum beside the outcome, always there; null: it has none. */
export function errorsOf(schema: SchemaModel, service: ServiceModel): { readonly field: FieldModel; readonly of: EnumModel } | null {
  const outcome = service.endpoint?.outcome;
  const field = failureOf(schema, service)?.fields.find((one) => one.member !== outcome && one.type.kind === 'enum' && !one.list);
  return field?.type.kind === 'enum' && presenceOf(field) === 'required' ? { field, of: field.type.of } : null;
}

/** Messages that follow an answer; `by` null: on a connection that has only this one, `more` null: one by one. */
export interface Pushes {
  readonly message: MessageModel;
  readonly by: FieldModel | null;
  readonly more: FieldModel | null;
}

/** Null: nothing follows the answer, or (refused by the checks) what the option names is not there. */
export function pushesOf(schema: SchemaModel, { call, output }: MethodModel): Pushes | null {
  const stated = call?.pushes ?? null;
  if (stated === null) return null;
  const messages = schema.packages.flatMap((one) => one.messages);
  const message = messages.find(({ name, package: from }) => name === stated.message && from === output.package);
  if (message === undefined) return null;
  const by = memberOf(message, stated.by);
  const asked = memberOf(output, stated.by);
  const more = memberOf(message, stated.more);
  const same = by !== null && asked !== null && by.type.kind === asked.type.kind && !by.list && presenceOf(by) === 'required';
  return (same || stated.by === '') && (stated.more === '' || isFlag(more)) ? { message, by, more } : null;
}
