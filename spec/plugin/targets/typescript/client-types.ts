/**
 * clients/typescript/generated/PACKAGE.ts: what crosses the sockets of clients, as their library tells it. It differs from
 * gen/PACKAGE/types.ts, which is what a daemon of this version says, in what answers have: values that are not known yet, of enums, unions
 * and events.
 */
import type { ClientPackage, ClientSocket } from '../../client-surface.ts';
import { clientPackages } from '../../client-surface.ts';
import { answersOf, eventsIn, payloadMember, presenceOf, pushesOf, requestMessages, wireNameOf } from '../../derive.ts';
import type { Refer } from '../../language.ts';
import { declare, typeOf } from '../../language.ts';
import type { EnumModel, FieldModel, MessageModel, SchemaModel, UnionModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { commandsType } from './handlers.ts';
import { Imports } from './imports.ts';
import { doc, typescript, typescriptFile } from './language.ts';
import { literal, memberName } from './literals.ts';

const openModule = '../open.ts';
const jsonModule = '../json.ts';
const eventsModule = './events.ts';

export function printClientTypes(schema: SchemaModel): readonly PrintedFile[] {
  const packages = clientPackages(schema);
  const requests = requestMessages(schema);
  const enums = new Set(packages.flatMap((one) => one.enums));
  return packages.map((one) => {
    const imports = new Imports();
    const type: Refer = (packageName, name) => {
      if (packageName === one.package.name) return name;
      return imports.type(packageName === 'json' ? jsonModule : `./${packageName}.ts`, name);
    };
    /** A value that a client writes is one that it knows. */
    const referIn =
      (message: MessageModel): Refer =>
      (packageName, name) => {
        const isEnum = [...enums].some((declared) => declared.package === packageName && declared.name === name);
        return isEnum && !requests.has(message)
          ? `${imports.type(openModule, 'Open')}<${type(packageName, name)}>`
          : type(packageName, name);
      };
    const printed = [
      ...one.enums.flatMap(printEnum),
      ...one.messages.flatMap((message) => printMessage(message, requests.has(message), referIn(message), imports)),
      ...one.sockets.flatMap((socket) => printCommands(schema, socket, type)),
      ...printPayloads(one),
    ];
    return typescriptFile(`clients/typescript/generated/${one.package.name}.ts`, sourceOf(one.package), [
      ...imports.lines(),
      '',
      ...printed,
    ]);
  });
}

/** As a value for its constants, as a type for those that are known. */
const printEnum = (declared: EnumModel): readonly string[] => [
  doc(declared.comment),
  `export const ${declared.name} = {`,
  ...declared.values.flatMap(({ wire, comment }) => [doc(comment, '  '), `  ${memberName(wire)}: ${literal(wire)},`]),
  '} as const;',
  doc(declared.comment),
  `export type ${declared.name} = (typeof ${declared.name})[keyof typeof ${declared.name}];`,
  '',
];

function printMessage(message: MessageModel, read: boolean, refer: Refer, imports: Imports): readonly string[] {
  if (message.union !== null) return printUnion(message, message.union, refer, imports);
  if (message.array) return printTuple(message, refer);
  const carried = payloadMember(message);
  const members = message.fields
    .filter((field) => field !== carried?.name && field !== carried?.payload)
    .flatMap((field) => [doc(field.comment, '  '), `  readonly ${declare(message, field, read, typescript, refer)};`]);
  if (carried === null) return [doc(message.comment), `export interface ${message.name} {`, ...members, '}', ''];
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

const printUnion = (message: MessageModel, { member, forms }: UnionModel, refer: Refer, imports: Imports): readonly string[] => [
  doc(message.comment),
  `export type ${message.name} =`,
  ...forms.flatMap(({ value, comment, of }) => [
    doc(comment, '  '),
    `  | ({ readonly ${memberName(member)}: ${literal(value)} } & ${refer(of.package, of.name)})`,
  ]),
  '  /** A form that is not known yet. */',
  `  | { readonly ${memberName(member)}: ${imports.type(openModule, 'Unknown')} };`,
  '',
];

const printTuple = (message: MessageModel, refer: Refer): readonly string[] => [
  doc([message.comment, ...message.fields.map(({ member, comment }) => `${member}: ${comment}`)].join('\n\n')),
  `export type ${message.name} = readonly [`,
  ...message.fields.map((field) => {
    const one = typeOf(field, typescript, refer);
    return `  ${field.member}: ${presenceOf(field) === 'nullable' ? typescript.orNull(one) : one},`;
  }),
  '];',
  '',
];

/** The two members that carry an event, so that its name tells the type of its content. */
function carriedEvent(name: FieldModel, payload: FieldModel, imports: Imports): readonly string[] {
  const member = (field: FieldModel, type: string): string => `readonly ${memberName(field.member)}${type};`;
  const absent = { optional: '?: undefined', nullable: ': null', required: null, unspecified: null }[presenceOf(name)];
  const unknown = imports.type(openModule, 'Unknown');
  const names = imports.type(eventsModule, 'EventName');
  return [
    '  | {',
    `      readonly [N in ${names}]: {`,
    doc(name.comment, '        '),
    `        ${member(name, ': N')}`,
    doc(payload.comment, '        '),
    `        ${member(payload, `: ${imports.type(eventsModule, 'EventPayloads')}[N]`)}`,
    '      };',
    `    }[${names}]`,
    '  /** An event that is not known yet. */',
    `  | { ${member(name, `: ${unknown}`)} ${member(payload, `: ${imports.type(jsonModule, 'JsonObject')}`)} }`,
    ...(absent === null ? [] : [`  | { ${member(name, absent)} ${member(payload, absent)} }`]),
  ];
}

function printPayloads({ messages }: ClientPackage): readonly string[] {
  const events = eventsIn(messages);
  if (events.length === 0) return [];
  return [
    '/** What each event says, by its name. */',
    'export interface EventPayloads {',
    ...events.flatMap(({ message, facts }) => [doc(message.comment, '  '), `  readonly ${memberName(facts.name)}: ${message.name};`]),
    '}',
    '/** The names of the events that are known. */',
    'export type EventName = keyof EventPayloads;',
    '',
  ];
}

const printCommands = (schema: SchemaModel, { service }: ClientSocket, refer: Refer): readonly string[] => [
  doc(service.comment),
  `export interface ${commandsType(service)} {`,
  ...service.methods.flatMap((method) => {
    const answers = answersOf(service, method).map((message) => refer(message.package, message.name));
    const pushes = pushesOf(schema, method);
    const members = [
      `readonly request: ${refer(method.input.package, method.input.name)}`,
      `readonly response: ${answers.join(' | ')}`,
      ...(pushes === null ? [] : [`readonly pushed: ${refer(pushes.message.package, pushes.message.name)}`]),
    ];
    return [doc(method.comment, '  '), `  readonly ${memberName(wireNameOf(method))}: { ${members.join('; ')} };`];
  }),
  '}',
  '',
];
