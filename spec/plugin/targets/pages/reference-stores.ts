/** Reference pages of what is configured: definitions, settings, kernel-style parameters, notify keys. */
import { parseParameterDefault, registryDefault } from '../../defaults.ts';
import type { EnumModel, FieldModel, MessageModel, PackageModel, SchemaModel } from '../../model.ts';
import { words } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { code, page, prose, table } from './markdown.ts';
import { protocolLink } from './parts.ts';

export function printStoresPage(schema: SchemaModel, one: PackageModel): PrintedFile {
  const messages = one.messages.filter(({ kind }) => kind === 'registry');
  const effects = new Set(messages.flatMap((message) => message.fields.map((field) => field.registry?.effect ?? '')));
  return page(`docs/reference/${one.name}.md`, sourceOf(one), [
    `# ${one.name.slice(0, 1).toUpperCase()}${one.name.slice(1)}`,
    '',
    ...one.intros.map(({ comment }) => prose(comment)),
    '',
    ...messages.flatMap(messagePart),
    ...effectsPart(schema, effects),
    ...one.enums.flatMap((declared) => enumPart(declared, isStoredAsNumber(messages, declared))),
  ]);
}

function messagePart(message: MessageModel): readonly string[] {
  const keys = [...new Set(message.fields.map((field) => keyOf(message, field)))];
  return [
    prose(message.comment),
    '',
    ...keys.flatMap((key) => [
      `## ${code(key)}`,
      '',
      ...(message.key?.watched === true && message.key.path === key
        ? ['peinit watches the key and takes changes over by itself.', '']
        : []),
      ...table(
        ['Value', 'Type', 'Default', 'Bounds', 'Takes effect', 'Meaning', 'Section'],
        message.fields.filter((field) => keyOf(message, field) === key).map((field) => valueRow(message, field)),
      ),
    ]),
  ];
}

const keyOf = (message: MessageModel, field: FieldModel): string => field.registry?.key || (message.key?.path ?? '');

const typeNames: { readonly [type: string]: string } = {
  sz: 'REG_SZ',
  multi_sz: 'REG_MULTI_SZ',
  dword: 'REG_DWORD',
  qword: 'REG_QWORD',
  binary: 'REG_BINARY',
};

const syntaxNames: { readonly [syntax: string]: string } = {
  absolute_path: 'absolute path',
  command: 'command: absolute path and arguments',
  reload_action: '`signal:NAME` or a command',
  service_name: 'service name',
  trigger: '`boot` or `timer:EXPRESSION`',
  check: '`type:argument`',
  environment: '`KEY=VALUE`',
  exit_code: 'decimal, 0 to 255',
  file_name: 'one file name',
  path_kind: '`directory` or `file`',
  place: 'absolute path, not `/` itself',
  optional_path: 'absolute path, `-` before it where it may be missing',
  privilege: 'privilege name',
  signal: 'signal name, such as `SIGTERM`',
  mount_point: 'absolute path',
  mount_option: 'a word, or `name=value`',
};

function valueRow(message: MessageModel, field: FieldModel): readonly string[] {
  const facts = field.registry;
  if (facts === null) return [];
  return [
    code(facts.name),
    `${typeNames[facts.type ?? ''] ?? ''}${facts.commaText ? ', or REG_SZ with commas' : ''}`,
    defaultWords(field),
    boundWords(message, field),
    words(facts.effect),
    prose(field.comment),
    `${facts.section}${facts.extension ? ' (extension)' : ''}`,
  ];
}

function defaultWords(field: FieldModel): string {
  const facts = field.registry;
  if (facts === null) return '';
  if (facts.required) return '**required**';
  if (facts.optional) return 'none';
  const value = registryDefault(field);
  const unit = facts.unit === '' ? '' : ` ${facts.unit}`;
  if (Array.isArray(value)) return 'empty';
  if (field.type.kind === 'enum') return `${code(String(value))} (${facts.defaultNumber})`;
  if (typeof value === 'boolean') return value ? '1' : '0';
  return field.type.kind === 'string' ? (value === '' ? 'empty' : code(String(value))) : `${String(value)}${unit}`;
}

function boundWords(message: MessageModel, field: FieldModel): string {
  const facts = field.registry;
  if (facts === null) return '';
  if (facts.syntax !== 'unspecified') return syntaxNames[facts.syntax] ?? words(facts.syntax);
  const { type } = field;
  if (type.kind === 'boolean') return '0 or 1';
  if (type.kind === 'enum')
    return `[${type.of.name}](${type.of.package === message.package ? '' : `${type.of.package}.md`}#${type.of.name.toLowerCase()})`;
  if (type.kind !== 'integer') return '';
  const { min, max } = facts.range;
  const open = max === 4294967295n || max === 18446744073709551615n;
  const range = open ? (min === 0n ? '' : `${min} or more`) : `${min} to ${max}`;
  return range === '' || facts.onlyWith === '' ? range : `${range}, with ${code(facts.onlyWith)}`;
}

function effectsPart(schema: SchemaModel, used: ReadonlySet<string>): readonly string[] {
  const effects = schema.packages.find(({ name }) => name === 'options')?.enums.find(({ name }) => name === 'Effect');
  if (effects === undefined) return [];
  return [
    '## When a change takes effect',
    '',
    ...table(
      ['Class', 'When'],
      effects.values.filter(({ wire }) => used.has(wire)).map((value) => [words(value.wire), prose(value.comment)]),
    ),
  ];
}

const isStoredAsNumber = (messages: readonly MessageModel[], declared: EnumModel): boolean =>
  messages.some(({ fields }) => fields.some(({ type }) => type.kind === 'enum' && type.of === declared));

const enumPart = (declared: EnumModel, numbered: boolean): readonly string[] => [
  `## ${declared.name}`,
  '',
  prose(declared.comment),
  '',
  ...table(
    [...(numbered ? ['Number'] : []), 'Name', 'Meaning'],
    declared.values.map((value) => [...(numbered ? [String(value.registryNumber)] : []), code(value.wire), prose(value.comment)]),
  ),
];

export function printParametersPage(one: PackageModel): PrintedFile {
  const fields = one.messages.flatMap((message) => message.fields);
  return page(`docs/reference/${one.name}.md`, sourceOf(one), [
    '# Parameters',
    '',
    ...one.intros.map(({ comment }) => prose(comment)),
    '',
    ...one.messages.map(({ comment }) => prose(comment)),
    '',
    ...table(
      ['Parameter', 'Default', 'Meaning', 'Section'],
      fields.map((field) => {
        const value = parseParameterDefault(field);
        const shown = value === null || value === '' ? 'none' : typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
        return [
          code(`${field.parameter?.name}=${field.parameter?.placeholder}`),
          shown === 'none' ? shown : code(shown),
          prose(field.comment),
          field.parameter?.section ?? '',
        ];
      }),
    ),
  ]);
}

export function printNotifyPage(one: PackageModel): PrintedFile {
  const [message] = one.messages;
  return page(`docs/reference/${one.name}.md`, sourceOf(one), [
    '# Notify socket',
    '',
    ...one.intros.map(({ comment }) => prose(comment)),
    '',
    ...(message === undefined ? [] : [prose(message.comment), '']),
    ...protocolLink,
    ...(message?.datagram === null || message?.datagram === undefined
      ? []
      : table(['Socket', 'Longest datagram'], [[code(message.datagram.path), `${message.datagram.maxLine} bytes`]])),
    ...table(
      ['Line', 'Meaning', 'Section'],
      one.messages.flatMap(({ fields }) =>
        fields.map((field) => [
          code(`${field.notify?.name}=${field.notify?.value || (field.type.kind === 'string' ? 'TEXT' : 'N')}`),
          prose(field.comment) +
            (field.notify?.inert === true ? ' Without effect otherwise.' : '') +
            (field.notify?.foreign === true ? ' peinit passes over it.' : ''),
          field.notify?.section ?? '',
        ]),
      ),
    ),
  ]);
}
