/** Messages and their members, for gen/wire.json. */
import { registryDefault } from '../../defaults.ts';
import { answerMessages, presenceOf, requestMessages } from '../../derive.ts';
import type { EndpointFacts, EnumModel, FieldModel, MessageModel, PackageModel, RegistryFacts, SchemaModel } from '../../model.ts';
import type { ExactNumber, WireEndpoint, WireMember, WireMessage, WireRegistryValue, Writer } from './wire-document.ts';

export type Writers = (message: MessageModel) => readonly Writer[];

export function writersOf(schema: SchemaModel): Writers {
  const requests = requestMessages(schema);
  const answers = answerMessages(schema);
  return (message) => {
    if (message.kind !== 'json') return [];
    if (!requests.has(message)) return ['daemon'];
    return answers.has(message) ? ['client', 'daemon'] : ['client'];
  };
}

export const reference = ({ package: from, name }: MessageModel | EnumModel): string => `${from}.${name}`;

export const endpointOf = (
  one: PackageModel,
  { path, discriminator, correlation, outcome, ok, error, failure, maxLine }: EndpointFacts,
): WireEndpoint => ({
  path,
  discriminator,
  correlation,
  outcome,
  ok,
  error,
  failure: failure === '' ? null : `${one.name}.${failure}`,
  maxLine,
});

/** Numbers that JSON readers may round are written as strings. */
const exact = (value: bigint): ExactNumber =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : String(value);

export function messageFacts(one: PackageModel, message: MessageModel, writers: Writers): WireMessage {
  const { kind, key, datagram, event, array, union, comment } = message;
  return {
    text: comment,
    kind,
    writers: writers(message),
    ...(key === null ? {} : { key }),
    ...(datagram === null ? {} : { datagram: endpointOf(one, datagram) }),
    ...(event === null
      ? {}
      : {
          event: {
            name: event.name,
            audit: event.audit,
            severity: event.severityBy === '' ? event.severity : null,
            severityBy: event.severityBy || null,
          },
        }),
    ...(array ? { array: true as const } : {}),
    ...(union === null
      ? {}
      : { union: { member: union.member, forms: Object.fromEntries(union.forms.map(({ value, of }) => [value, reference(of)])) } }),
    members: Object.fromEntries(message.fields.map((field) => [field.member, fieldFacts(message, field)])),
  };
}

function typeName({ type, list }: FieldModel): string {
  const one = (): string => {
    switch (type.kind) {
      case 'enum':
      case 'message':
        return reference(type.of);
      case 'integer':
        return `${type.unsigned ? 'u' : ''}int${type.bits}`;
      case 'json':
        return type.shape === 'object' ? 'object' : 'json';
      default:
        return type.kind;
    }
  };
  return list ? `list of ${one()}` : one();
}

function fieldFacts(message: MessageModel, field: FieldModel): WireMember {
  const { type, wire, registry, parameter, notify } = field;
  return {
    text: field.comment,
    type: typeName(field),
    ...(message.kind === 'json' ? { presence: presenceOf(field) } : {}),
    ...(wire === null || type.kind !== 'integer'
      ? {}
      : { min: exact(wire.range.min), max: exact(wire.range.max), decimalString: wire.decimalString }),
    ...(wire === null || type.kind !== 'string' ? {} : { maxLength: wire.maxLength, pattern: wire.pattern }),
    ...(wire?.nullElements === true ? { nullElements: true as const } : {}),
    ...(wire === null || wire.payloadOf === '' ? {} : { payloadOf: wire.payloadOf }),
    ...(wire === null || wire.withKinds.length === 0 ? {} : { withKinds: wire.withKinds }),
    ...(registry === null ? {} : { registry: registryFacts(message, field, registry) }),
    ...(parameter === null ? {} : { parameter: { name: parameter.name, default: parameter.defaultText } }),
    ...(notify === null
      ? {}
      : { notify: { name: notify.name, value: notify.value, inert: notify.inert, ...(notify.foreign ? { foreign: true } : {}) } }),
  };
}

function registryFacts(message: MessageModel, field: FieldModel, facts: RegistryFacts): WireRegistryValue {
  const value = registryDefault(field);
  return {
    name: facts.name,
    key: facts.key || (message.key?.path ?? ''),
    type: facts.type,
    required: facts.required,
    optional: facts.optional,
    default: typeof value === 'bigint' ? exact(value) : value,
    min: exact(facts.range.min),
    max: exact(facts.range.max),
    syntax: facts.syntax,
    effect: facts.effect,
    unit: facts.unit,
    onlyWith: facts.onlyWith,
    emptyIsAbsent: facts.emptyIsAbsent,
    commaText: facts.commaText,
    secret: facts.secret,
    extension: facts.extension,
  };
}
