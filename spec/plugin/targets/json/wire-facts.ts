/** gen/wire.json: every fact of the wires, for comparing releases. `buf breaking` does not see options; this does. */
import { presenceOf, wireNameOf } from '../../derive.ts';
import { factColumns } from '../../fact-rows.ts';
import type { FieldModel, LinkModel, MessageModel, PackageModel, SchemaModel, ServiceModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { generatedMark } from '../../printed-file.ts';

export function printWireFacts(schema: SchemaModel): readonly PrintedFile[] {
  const document = {
    comment: generatedMark('peinit'),
    packages: Object.fromEntries(schema.packages.map((one) => [one.name, packageFacts(one)])),
  };
  return [
    {
      path: 'gen/wire.json',
      content: JSON.stringify(document, (_, value: unknown) => (typeof value === 'bigint' ? exact(value) : value), 1),
    },
  ];
}

/** Numbers that JSON readers may round are written as strings. */
const exact = (value: bigint): number | string =>
  BigInt(Number(value)) === value && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);

function packageFacts(one: PackageModel): object {
  return {
    enums: Object.fromEntries(
      one.enums.map((declared) => [
        declared.name,
        {
          values: Object.fromEntries(
            declared.values.map((value) => [
              value.wire,
              Object.fromEntries([
                ['number', value.registryNumber],
                ...factColumns(declared).flatMap(({ name, of }) =>
                  ['text', 'words', 'remedy', 'number'].includes(name) ? [] : [[name, of(value)]],
                ),
              ]),
            ]),
          ),
          transitions: declared.transitions.map(({ from, to, causes }) => ({ from, to, causes })),
          conflicts: declared.conflicts.map(({ live, state, cells, supersededByRestart }) => ({
            live,
            state,
            ...Object.fromEntries(cells),
            supersededByRestart,
          })),
        },
      ]),
    ),
    messages: Object.fromEntries(one.messages.map((message) => [message.name, messageFacts(message)])),
    services: Object.fromEntries(one.services.map((service) => [service.name, serviceFacts(service)])),
    ...(one.links.length === 0 ? {} : { links: Object.fromEntries(one.links.map((link) => [link.name, linkFacts(link)])) }),
  };
}

const messageFacts = (message: MessageModel): object => ({
  kind: message.kind,
  ...(message.key === null ? {} : { key: message.key }),
  ...(message.datagram === null ? {} : { datagram: message.datagram }),
  ...(message.event === null ? {} : { event: message.event.name, severity: message.event.severityBy || message.event.severity }),
  ...(message.array ? { array: true } : {}),
  ...(message.union === null
    ? {}
    : { member: message.union.member, forms: Object.fromEntries(message.union.forms.map(({ value, of }) => [value, of.name])) }),
  members: Object.fromEntries(message.fields.map((field) => [field.member, fieldFacts(message, field)])),
});

function fieldFacts(message: MessageModel, field: FieldModel): object {
  const { type, wire, registry, parameter, notify } = field;
  const bounded = type.kind === 'integer' && wire !== null ? { min: wire.range.min, max: wire.range.max } : {};
  const name =
    type.kind === 'enum' || type.kind === 'message'
      ? `${type.of.package}.${type.of.name}`
      : type.kind === 'integer'
        ? `${type.unsigned ? 'u' : ''}int${type.bits}`
        : type.kind;
  return {
    type: field.list ? `list of ${name}` : name,
    ...(message.kind === 'json' ? { presence: presenceOf(field) } : {}),
    ...(wire === null ? {} : { ...bounded, maxLength: wire.maxLength, pattern: wire.pattern, decimalString: wire.decimalString }),
    ...(wire?.nullElements === true ? { nullElements: true } : {}),
    ...(wire === null || wire.payloadOf === '' ? {} : { payloadOf: wire.payloadOf }),
    ...(registry === null ? {} : { ...registry, range: undefined, min: registry.range.min, max: registry.range.max }),
    ...(parameter === null ? {} : parameter),
    ...(notify === null ? {} : notify),
  };
}

const linkFacts = ({ endpoint, sent, received }: LinkModel): object => ({ endpoint, sent: sent.name, received: received.name });

const serviceFacts = (service: ServiceModel): object => ({
  endpoint: service.endpoint,
  commands: Object.fromEntries(
    service.methods.map((method) => [
      wireNameOf(method),
      {
        request: method.input.name,
        response: method.output.name,
        streaming: method.streaming,
        ...(method.call === null ? {} : { parts: method.call.parts, pushes: method.call.pushes }),
        ...(method.command === null
          ? {}
          : { ...method.command, matrix: method.command.matrix === null ? null : Object.fromEntries(method.command.matrix) }),
      },
    ]),
  ),
});
