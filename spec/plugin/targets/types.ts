/** gen/PACKAGE/types.ts: string unions for enums, interfaces for messages. */
import type { EnumModel, FieldModel, MessageModel, PackageModel, SchemaModel } from '../model.ts';
import { presenceOf, reachable } from '../model.ts';
import { literal, lowerFirst, memberName } from '../names.ts';
import type { PrintedFile } from '../print.ts';
import { doc, elementType, sourceOf, TypeImports, typescriptFile } from '../print.ts';

export function printTypes(schema: SchemaModel): readonly PrintedFile[] {
  const read = requestMessages(schema);
  return schema.packages.map((one) => typescriptFile(`gen/${one.name}/types.ts`, sourceOf(one), body(one, read)));
}

/** Requests and what is nested in them: messages that clients write, so members that may be null may be left out as well. */
export const requestMessages = (schema: SchemaModel): ReadonlySet<MessageModel> =>
  reachable(schema.packages.flatMap(({ services }) => services.flatMap(({ methods }) => methods.map(({ input }) => input))));

function body(one: PackageModel, read: ReadonlySet<MessageModel>): readonly string[] {
  const imports = new TypeImports(one.name, typesPath);
  const printed = [
    ...one.enums.flatMap(printEnum),
    ...one.messages.flatMap((message) => printMessage(message, read.has(message), imports)),
  ];
  return [...imports.lines(), '', ...printed];
}

const typesPath = (packageName: string): string => (packageName === 'json' ? '../../src/json/text.ts' : `../${packageName}/types.ts`);

function printEnum(declared: EnumModel): readonly string[] {
  const names = `${lowerFirst(declared.name)}Names`;
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

function printMessage(message: MessageModel, read: boolean, imports: TypeImports): readonly string[] {
  return [
    doc(message.comment),
    `export interface ${message.name} {`,
    ...message.fields.flatMap((field) => [
      doc(field.comment, '  '),
      `  readonly ${memberName(field.member)}${memberType(message, field, read, imports)};`,
    ]),
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

function memberType(message: MessageModel, field: FieldModel, read: boolean, imports: TypeImports): string {
  const element = elementType(field, imports);
  const type = field.list ? `readonly ${element.includes(' ') ? `(${element})` : element}[]` : element;
  const optional = `?: ${type} | undefined`;
  switch (message.kind) {
    case 'json':
      switch (presenceOf(field)) {
        case 'optional':
          return optional;
        case 'nullable':
          return read ? `?: ${type} | null | undefined` : `: ${type} | null`;
        default:
          return `: ${type}`;
      }
    case 'registry':
      return field.registry?.optional === true ? optional : `: ${type}`;
    case 'parameter':
      return field.parameter?.defaultText === '' && field.type.kind !== 'string' ? optional : `: ${type}`;
    case 'notify':
      return optional;
  }
}
