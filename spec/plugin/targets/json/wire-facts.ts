/** gen/wire.json: every fact of the wires, for clients of any language and for comparing releases. `buf breaking` sees no options. */
import { protocolOf, protocolPackages } from '../../derive.ts';
import { factColumns } from '../../fact-rows.ts';
import type { EnumModel, LinkModel, PackageModel, SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { generatedMark } from '../../printed-file.ts';
import type { WireDocument, WireEnum, WireLink, WirePackage } from './wire-document.ts';
import type { Writers } from './wire-messages.ts';
import { endpointOf, messageFacts, reference, writersOf } from './wire-messages.ts';
import { serviceFacts } from './wire-services.ts';

const format = 1;

export const wireDocument = (schema: SchemaModel): WireDocument => {
  const writers = writersOf(schema);
  const numbered = numberedEnums(schema);
  return {
    comment: generatedMark('peinit'),
    format,
    protocol: protocolOf(schema)?.version ?? null,
    packages: Object.fromEntries(protocolPackages(schema).map((one) => [one.name, packageFacts(schema, one, writers, numbered)])),
  };
};

export const printWireFacts = (schema: SchemaModel): readonly PrintedFile[] => [
  { path: 'gen/wire.json', content: JSON.stringify(wireDocument(schema), null, 1) },
];

const packageFacts = (schema: SchemaModel, one: PackageModel, writers: Writers, numbered: ReadonlySet<EnumModel>): WirePackage => ({
  enums: Object.fromEntries(one.enums.map((declared) => [declared.name, enumFacts(declared, numbered.has(declared))])),
  messages: Object.fromEntries(one.messages.map((message) => [message.name, messageFacts(one, message, writers)])),
  services: Object.fromEntries(one.services.map((service) => [service.name, serviceFacts(schema, one, service)])),
  links: Object.fromEntries(one.links.map((link) => [link.name, linkFacts(one, link)])),
});

/** Enums whose values have a number in the registry. */
const numberedEnums = (schema: SchemaModel): ReadonlySet<EnumModel> => {
  const all = schema.packages.flatMap(({ enums }) => enums.filter((declared) => declared.numbered));
  const fields = schema.packages.flatMap(({ messages }) => messages.flatMap((message) => message.fields));
  return new Set([...all, ...fields.flatMap(({ type, registry }) => (registry !== null && type.kind === 'enum' ? [type.of] : []))]);
};

const enumFacts = (declared: EnumModel, numbered: boolean): WireEnum => ({
  text: declared.comment,
  values: Object.fromEntries(
    declared.values.map((value) => [
      value.wire,
      {
        text: value.comment,
        ...(numbered ? { number: value.registryNumber } : {}),
        ...Object.fromEntries(factColumns(declared).map(({ name, of }) => [name, of(value) as string | number | boolean])),
      },
    ]),
  ),
  transitions: declared.transitions.map(({ from, to, causes }) => ({ from, to, causes })),
  conflicts: declared.conflicts.map(({ live, state, cells, supersededByRestart }) => ({
    live,
    state,
    ...Object.fromEntries(cells),
    supersededByRestart,
  })),
});

const linkFacts = (one: PackageModel, { comment, endpoint, sent, received }: LinkModel): WireLink => ({
  text: comment,
  endpoint: endpoint === null ? null : endpointOf(one, endpoint),
  sent: reference(sent),
  received: reference(received),
});
