/** The values of one key by the schema's table of their fields. */
import type { FieldRow } from '../../../gen/options/rows.ts';
import type { RegistryValue } from '../../registry/value.ts';
import { decodeFields, foldedRows } from './decode-fields.ts';
import { indexValues } from './values.ts';

export interface KeyProblem {
  /** Full path of the key. */
  readonly key: string;
  /** The value; null: the key as a whole. */
  readonly name: string | null;
  /** Names both, and says what to do. */
  readonly message: string;
}

export const problemOf = (key: string, name: string | null, what: string, remedy: string): KeyProblem => ({
  key,
  name,
  message: `${name === null ? key : `${key}\\${name}`} ${what}. ${remedy}`,
});

/** Members that are right, defaults of those that are not there, and what is wrong with the others. */
export interface DecodedKey<Fields> {
  readonly fields: Fields;
  readonly problems: readonly KeyProblem[];
}

/** @param rows the table of `Fields`; @param defaults what absent values of it count as */
export function decodeKey<Fields extends object>(
  key: string,
  rows: { readonly [M in keyof Fields]-?: FieldRow },
  defaults: Fields,
  values: readonly RegistryValue[],
): DecodedKey<Fields> {
  const fields: Record<string, unknown> = { ...(defaults as Record<string, unknown>) };
  const problems: KeyProblem[] = [];
  decodeFields(foldedRows(rows), indexValues(values), fields, (kind, field, _entry, what, remedy) => {
    if (kind !== 'warning') problems.push(problemOf(key, field, what, remedy));
  });
  // Every member was read by its row: type and bounds are those that the schema states.
  return { fields: fields as unknown as Fields, problems };
}
