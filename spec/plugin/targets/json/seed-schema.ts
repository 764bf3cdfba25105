/** gen/seed.schema.json: JSON Schema of registry seed files, so that an editor completes and checks them. */
import { registryDefault } from '../../defaults.ts';
import type { Shape } from '../../json-shape.ts';
import type { FieldModel, MessageModel, SchemaModel } from '../../model.ts';
import { words } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { generatedMark } from '../../printed-file.ts';

export function printSeedSchema(schema: SchemaModel): readonly PrintedFile[] {
  const messages = schema.packages.flatMap((one) => one.messages.filter(({ kind }) => kind === 'registry'));
  if (messages.length === 0) return [];
  const keys = keysOf(messages);
  const document = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $comment: generatedMark([...new Set(messages.map((message) => `peinit/${message.package}`))].join(', ')),
    title: 'peinit registry seed',
    description: 'A map from key paths, with backslashes, to the values of each key. Names of keys and values are compared without case.',
    type: 'object',
    properties: Object.fromEntries(
      keys.filter(({ path }) => !path.includes('<')).map(({ path, name }) => [path, { $ref: `#/$defs/${name}` }]),
    ),
    patternProperties: Object.fromEntries(keys.map(({ path, name }) => [keyPattern(path), { $ref: `#/$defs/${name}` }])),
    additionalProperties: { $ref: '#/$defs/key' },
    $defs: { ...Object.fromEntries(keys.map(({ name, shape }) => [name, shape])), ...freeForm },
  };
  return [{ path: 'gen/seed.schema.json', content: JSON.stringify(document, null, 2) }];
}

const ref = (name: string): Shape => ({ $ref: `#/$defs/${name}` });

/** Values that no schema field names, by the form that tells their type. */
const freeForm = {
  key: { description: 'Any other key.', type: 'object', additionalProperties: ref('value') },
  value: { anyOf: [ref('string'), ref('list'), ref('integer'), ref('qword'), ref('sddl'), ref('hex'), ref('typed')] },
  string: { description: 'REG_SZ.', type: 'string' },
  list: { description: 'REG_MULTI_SZ.', type: 'array', items: { type: 'string' } },
  integer: { description: 'REG_DWORD.', type: 'integer', minimum: 0, maximum: 4294967295 },
  qword: {
    description: 'REG_QWORD as a decimal string.',
    type: 'object',
    properties: { qword: { type: 'string', pattern: '^[0-9]{1,20}$' } },
    required: ['qword'],
    additionalProperties: false,
  },
  sddl: {
    description: 'A security descriptor in SDDL, stored as REG_BINARY.',
    type: 'object',
    properties: { sddl: { type: 'string' } },
    required: ['sddl'],
    additionalProperties: false,
  },
  hex: {
    description: 'REG_BINARY in hexadecimal.',
    type: 'object',
    properties: { hex: { type: 'string', pattern: '^([0-9A-Fa-f]{2})*$' } },
    required: ['hex'],
    additionalProperties: false,
  },
  typed: {
    description: "Any type, with its data as on the registry's wire; needed for EXPAND_SZ, NONE, LINK and DWORD_BE only.",
    type: 'object',
    properties: {
      type: { type: 'string', pattern: '^[A-Z_]+$' },
      data: { anyOf: [{ type: 'string' }, { type: 'integer' }, ref('list')] },
    },
    required: ['type', 'data'],
    additionalProperties: false,
  },
};

interface Key {
  readonly path: string;
  readonly name: string;
  readonly shape: Shape;
}

/** One definition for each key, whichever messages place values under it. */
function keysOf(messages: readonly MessageModel[]): readonly Key[] {
  const keys = new Map<string, { comment: string | null; fields: FieldModel[] }>();
  for (const message of messages) {
    for (const field of message.fields) {
      const path = field.registry?.key || (message.key?.path ?? '');
      const known = keys.get(path);
      if (known === undefined) keys.set(path, { comment: path === message.key?.path ? message.comment : null, fields: [field] });
      else known.fields.push(field);
    }
  }
  return [...keys].map(([path, { comment, fields }]) => ({
    path,
    name: path.replaceAll(/[\\<>]+/g, '.').replace(/\.$/, ''),
    shape: keyShape(comment, fields),
  }));
}

function keyShape(comment: string | null, fields: readonly FieldModel[]): Shape {
  const guarded = fields.filter((field) => field.registry !== null && field.registry.onlyWith !== '');
  const dependent = Object.fromEntries(
    [...new Set(guarded.map((field) => field.registry?.onlyWith ?? ''))].map((other) => [
      other,
      {
        properties: Object.fromEntries(
          guarded
            .filter((field) => field.registry?.onlyWith === other)
            .map((field) => [field.registry?.name ?? '', { minimum: Number(field.registry?.range.min ?? 0n) }]),
        ),
      },
    ]),
  );
  return {
    ...(comment === null ? {} : { description: comment }),
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.registry?.name ?? '', fieldShape(field)])),
    ...(guarded.length === 0 ? {} : { dependentSchemas: dependent }),
    additionalProperties: ref('value'),
  };
}

function fieldShape(field: FieldModel): Shape {
  const facts = field.registry;
  if (facts === null) return {};
  const unit = facts.unit === '' ? '' : ` In ${facts.unit === 's' ? 'seconds' : facts.unit}.`;
  const description = `${field.comment}${unit} ${facts.required ? 'Required.' : ''} Takes effect: ${words(facts.effect)}.`.replaceAll(
    / {2,}/g,
    ' ',
  );
  const absent = registryDefault(field);
  const stated = absent === null || typeof absent === 'bigint' ? {} : { default: typeof absent === 'boolean' ? Number(absent) : absent };
  return { description, ...stated, ...valueShape(field) };
}

function valueShape(field: FieldModel): Shape {
  const { type, registry } = field;
  if (registry === null) return {};
  const list = { type: 'array', items: { type: 'string' } };
  if (field.list) return registry.commaText ? { anyOf: [list, { type: 'string' }] } : list;
  switch (type.kind) {
    case 'boolean':
      return { enum: [0, 1, false, true] };
    case 'enum':
      return { enum: [...type.of.values.map(({ wire }) => wire), ...type.of.values.map(({ registryNumber }) => registryNumber)] };
    case 'integer':
      if (type.bits === 64) return ref('qword');
      return { type: 'integer', minimum: registry.onlyWith === '' ? Number(registry.range.min) : 0, maximum: Number(registry.range.max) };
    case 'bytes':
      return { anyOf: [ref('sddl'), ref('hex')] };
    default:
      return registry.syntax === 'absolute_path'
        ? { type: 'string', pattern: registry.emptyIsAbsent ? '^(/|$)' : '^/' }
        : { type: 'string' };
  }
}

/** The key's path in any case of its letters; <name> stands for one component. */
const keyPattern = (path: string): string =>
  `^${path
    .split('\\')
    .map((part) =>
      part.startsWith('<') ? '[^\\\\]+' : part.replaceAll(/[A-Za-z]/g, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`),
    )
    .join('\\\\')}$`;
