/** The rows of the fact tables: an enum value, a registry value, a bound. */
import type { DefaultValue } from './defaults.ts';
import { registryDefault } from './defaults.ts';
import { typeRange } from './extract-fields.ts';
import type { EnumModel, EnumValueModel, FieldModel, MessageModel } from './model.ts';
import { lowerFirst } from './names.ts';

/** A value of a table; members that are undefined are left out. */
export type TableValue = DefaultValue | null | readonly TableValue[] | { readonly [name: string]: TableValue | undefined };

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly of: (value: EnumValueModel) => TableValue;
}

/** The text of a value, and the facts that at least one value of the enum states. */
export const factColumns = (declared: EnumModel): readonly Column[] => [
  { name: 'text', type: 'string', of: (value) => value.comment },
  ...(declared.numbered ? [{ name: 'number', type: 'number', of: (value: EnumValueModel) => value.registryNumber }] : []),
  ...declared.stated.map((name) => ({
    name,
    type: typeof declared.values[0]?.facts[name],
    of: (value: EnumValueModel) => value.facts[name],
  })),
];

type RowKind = 'String' | 'List' | 'Boolean' | 'Number' | 'Bigint' | 'Enum' | 'Bytes';

export function rowKind(field: FieldModel): RowKind {
  if (field.list) return 'List';
  switch (field.type.kind) {
    case 'boolean':
      return 'Boolean';
    case 'integer':
      return field.type.bits === 64 ? 'Bigint' : 'Number';
    case 'enum':
      return 'Enum';
    case 'bytes':
      return 'Bytes';
    default:
      return 'String';
  }
}

export function fieldRow(message: MessageModel, field: FieldModel): TableValue {
  const facts = field.registry;
  if (facts === null) return {};
  const kind = rowKind(field);
  const text = kind === 'String' || kind === 'List';
  const number = kind === 'Number' || kind === 'Bigint';
  const size = (value: bigint): number | bigint => (kind === 'Bigint' ? value : Number(value));
  return {
    kind: lowerFirst(kind),
    member: field.member,
    name: facts.name,
    key: facts.key || (message.key?.path ?? ''),
    type: facts.type,
    required: facts.required,
    optional: facts.optional,
    default: registryDefault(field),
    min: number ? size(facts.range.min) : undefined,
    max: number ? size(facts.range.max) : undefined,
    onlyWith: number ? facts.onlyWith || null : undefined,
    unit: number ? facts.unit : undefined,
    commaText: kind === 'List' ? facts.commaText : undefined,
    emptyIsAbsent: kind === 'String' ? facts.emptyIsAbsent : undefined,
    syntax: text ? (facts.syntax === 'unspecified' ? null : facts.syntax) : undefined,
    names:
      field.type.kind === 'enum'
        ? Object.fromEntries(field.type.of.values.map((value) => [String(value.registryNumber), value.wire]))
        : undefined,
    effect: facts.effect,
    section: facts.section,
    extension: facts.extension,
    secret: facts.secret,
    text: field.comment,
  };
}

export const scalarKind = (field: FieldModel): string => {
  const { type } = field;
  return type.kind === 'integer' ? (type.bits === 64 ? 'bigint' : 'number') : type.kind;
};

export function bounds(field: FieldModel): { readonly min: TableValue; readonly max: TableValue } {
  const { type } = field;
  if (type.kind !== 'integer') return { min: null, max: null };
  const { min, max } = typeRange(type);
  return type.bits === 64 ? { min, max } : { min: Number(min), max: Number(max) };
}
