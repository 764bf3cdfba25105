/** gen/PACKAGE/types.ts: string unions for enums, interfaces for messages. */
import { payloadMember, presenceOf, requestMessages } from '../../derive.ts';
import type { Refer } from '../../language.ts';
import { declare, typeOf } from '../../language.ts';
import type { EnumModel, FieldModel, MessageModel, PackageModel, SchemaModel, UnionModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { Imports, referFrom } from './imports.ts';
import { doc, typescript, typescriptFile } from './language.ts';
import { literal } from './literals.ts';

export function printTypes(schema: SchemaModel): readonly PrintedFile[] {
  const read = requestMessages(schema);
  return schema.packages.map((one) => typescriptFile(`gen/${one.name}/types.ts`, sourceOf(one), body(one, read)));
}

function body(one: PackageModel, read: ReadonlySet<MessageModel>): readonly string[] {
  const imports = new Imports();
  const refer = referFrom(one.name, imports, (name) => name === one.name);
  const printed = [
    ...one.enums.flatMap(printEnum),
    ...one.messages.flatMap((message) => printMessage(message, read.has(message), refer, imports)),
  ];
  return [...imports.lines(), '', ...printed];
}

function printEnum(declared: EnumModel): readonly string[] {
  const names = `${typescript.names.constant(declared.name)}Names`;
  return [
    `/** All values of {@link ${declared.name}}. */`,
    `export const ${names} = [`,
    ...declared.values.flatMap((value) => [doc(value.comment, '  '), `  ${literal(value.wire)},`]),
    '] as const;',
    '',
    doc(declared.comment),
    `export type ${declared.name} = (typeof ${names})[number];`,
    '',
  ];
}

function printMessage(message: MessageModel, read: boolean, refer: Refer, imports: Imports): readonly string[] {
  if (message.union !== null) return printUnion(message, message.union, refer);
  if (message.array) return printTuple(message, refer);
  const carried = payloadMember(message);
  const members = message.fields
    .filter((field) => field !== carried?.name && field !== carried?.payload)
    .flatMap((field) => [doc(field.comment, '  '), `  readonly ${declare(message, field, read, typescript, refer)};`]);
  if (carried === null) {
    const lines = message.kind === 'notify' ? printAssignment(message) : [];
    return [doc(message.comment), `export interface ${message.name} {`, ...members, '}', '', ...lines];
  }
  return [
    doc(message.comment),
    `export type ${message.name} = {`,
    ...members,
    '} & (',
    ...carriedEvent(carried.name, carried.payload, imports),
    ');',
    '',
  ];
}

/** One of several messages, told by a member that only the union has. */
const printUnion = (message: MessageModel, { member, forms }: UnionModel, refer: Refer): readonly string[] => [
  doc(message.comment),
  `export type ${message.name} =`,
  ...forms.flatMap(({ value, comment, of }, index) => [
    doc(comment, '  '),
    `  | ({ readonly ${typescript.names.member(member)}: ${literal(value)} } & ${refer(of.package, of.name)})` +
      `${index === forms.length - 1 ? ';' : ''}`,
  ]),
  '',
];

const printTuple = (message: MessageModel, refer: Refer): readonly string[] => [
  doc([message.comment, ...message.fields.map(({ member, comment }) => `${member}: ${comment}`)].join('\n\n')),
  `export type ${message.name} = readonly [`,
  ...message.fields.map((field) => {
    const type = typeOf(field, typescript, refer);
    return `  ${field.member}: ${presenceOf(field) === 'nullable' ? typescript.orNull(type) : type},`;
  }),
  '];',
  '',
];

/** The two members that carry an event, so that its name tells the type of its content. */
function carriedEvent(name: FieldModel, payload: FieldModel, imports: Imports): readonly string[] {
  const names = imports.type('../events/events.ts', 'EventName');
  const member = (field: FieldModel, type: string): string => `readonly ${typescript.names.member(field.member)}${type};`;
  const absent = { optional: '?: undefined', nullable: ': null', required: null, unspecified: null }[presenceOf(name)];
  return [
    '  | {',
    `      readonly [N in ${names}]: {`,
    doc(name.comment, '        '),
    `        ${member(name, ': N')}`,
    doc(payload.comment, '        '),
    `        ${member(payload, `: ${imports.type('../events/events.ts', 'EventPayloads')}[N]`)}`,
    '      };',
    `    }[${names}]`,
    ...(absent === null ? [] : [`  | { ${member(name, absent)} ${member(payload, absent)} }`]),
  ];
}

/** The lines of a datagram one by one: they count in their order, and a key may come twice. */
const printAssignment = ({ name }: MessageModel): readonly string[] => [
  doc(`One line of a datagram, by the member of {@link ${name}}.`),
  'export type Assignment = {',
  `  readonly [K in keyof ${name}]-?: { readonly member: K; readonly value: NonNullable<${name}[K]> };`,
  `}[keyof ${name}];`,
  '',
];
