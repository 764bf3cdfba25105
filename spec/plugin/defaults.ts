/** Values that hold where none is given: of registry values, settings and kernel-style parameters. */
import type { FieldModel } from './model.ts';

export type DefaultValue = string | number | bigint | boolean | readonly string[];

/** What a registry value counts as when it is absent; null: it must be there, or its absence means none. */
export function registryDefault(field: FieldModel): DefaultValue | null {
  const facts = field.registry;
  if (facts === null || facts.required || facts.optional) return null;
  if (field.list) return [];
  const { type } = field;
  switch (type.kind) {
    case 'string':
      return facts.defaultText;
    case 'boolean':
      return facts.defaultNumber === 1n;
    case 'integer':
      return type.bits === 64 ? facts.defaultNumber : Number(facts.defaultNumber);
    case 'enum':
      return type.of.values.find((value) => BigInt(value.registryNumber) === facts.defaultNumber)?.wire ?? null;
    default:
      return null;
  }
}

/** The default of a parameter in its type; null: it has none, or (refused by the checks) the text is no value of the type. */
export function parseParameterDefault(field: FieldModel): DefaultValue | null {
  const text = field.parameter?.defaultText ?? '';
  const { type } = field;
  switch (type.kind) {
    case 'string':
      return text;
    case 'boolean':
      return text === '1' || text === '0' ? text === '1' : null;
    case 'integer':
      if (!/^-?\d+$/.test(text)) return null;
      return type.bits === 64 ? BigInt(text) : Number(text);
    case 'enum':
      return type.of.values.some(({ wire }) => wire === text) ? text : null;
    default:
      return null;
  }
}
