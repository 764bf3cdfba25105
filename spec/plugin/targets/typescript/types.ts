/** gen/PACKAGE/types.ts: string unions for enums, interfaces for messages. */
import { requestMessages } from '../../derive.ts';
import type { Refer } from '../../language.ts';
import { declare } from '../../language.ts';
import type { EnumModel, MessageModel, PackageModel, SchemaModel } from '../../model.ts';
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
  const printed = [...one.enums.flatMap(printEnum), ...one.messages.flatMap((message) => printMessage(message, read.has(message), refer))];
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

function printMessage(message: MessageModel, read: boolean, refer: Refer): readonly string[] {
  return [
    doc(message.comment),
    `export interface ${message.name} {`,
    ...message.fields.flatMap((field) => [doc(field.comment, '  '), `  readonly ${declare(message, field, read, typescript, refer)};`]),
    '}',
    '',
    ...(message.kind === 'notify' ? printAssignment(message) : []),
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
