/** The values of one key by the schema's table of their fields: which have to be there, which are there twice, and what each says. */
import type { FieldRow } from '../../../gen/options/rows.ts';
import { readValue } from './value.ts';
import type { ValueIndex } from './values.ts';
import { foldValueName } from './values.ts';

/** A table, with the names in the form in which they are looked for. */
export type FoldedRows = readonly { readonly row: FieldRow; readonly folded: string }[];

export const foldedRows = (table: object): FoldedRows =>
  Object.values<FieldRow>(table as Readonly<Record<string, FieldRow>>).map((row) => ({ row, folded: foldValueName(row.name) }));

/** Of a list `entry` is the place in it that is meant; null: the value as a whole. */
export type FieldReport = (
  kind: 'undecodable' | 'invalid' | 'warning',
  field: string,
  entry: number | null,
  what: string,
  remedy: string,
) => void;

/** Puts what is right into `fields`, by its member; what is wrong is told, and leaves what is there. */
export function decodeFields(rows: FoldedRows, values: ValueIndex, fields: Record<string, unknown>, report: FieldReport): void {
  // By index: a boot with many definitions comes through here cold, and there for-of makes an object for each step.
  for (let at = 0; at < rows.length; at++) {
    const { row, folded } = rows[at] as FoldedRows[number];
    const value = values.find(folded);
    if (value === null) {
      if (row.required) report('invalid', row.name, null, 'is missing', `${row.text} Set it, or delete the key.`);
      continue;
    }
    if (values.repeated(folded)) {
      report('undecodable', row.name, null, 'is there more than once', 'Keep one; names of values are compared without case.');
      continue;
    }
    const reading = readValue(row, value, values);
    if (reading.kind === 'value') {
      fields[row.member] = reading.value;
      for (const { entry, what, remedy } of reading.warnings ?? none) report('warning', row.name, entry, what, remedy);
    }
    if (reading.kind !== 'problems') continue;
    for (const { undecodable, entry, what, remedy } of reading.problems)
      report(undecodable ? 'undecodable' : 'invalid', row.name, entry, what, remedy);
  }
}

const none: readonly never[] = [];
