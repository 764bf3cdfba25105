import { definitionFields, definitionKey } from '../../gen/definition/facts.ts';
import type { FieldRow } from '../../gen/options/rows.ts';
import { settingFields } from '../../gen/settings/facts.ts';
import { foldName } from '../registry/folding.ts';

/** What the schema says about a value in a seed: whether it is an enum, and so on. */

/** The key a field stands under, folded; a service's own key has the placeholder instead of its name. */
const placeholder = '<name>';

let fields: ReadonlyMap<string, FieldRow> | null = null;

function fieldTable(): ReadonlyMap<string, FieldRow> {
  const rows: readonly FieldRow[] = [...Object.values(definitionFields), ...Object.values(settingFields)];
  return new Map(rows.map((row) => [foldName(`${row.key}\\${row.name}`), row]));
}

const serviceParent = foldName(definitionKey.path).split('\\').slice(0, -1);

/** Whether it is the key of a service itself. */
export function isServiceKey(path: readonly string[]): boolean {
  return path.length === serviceParent.length + 1 && serviceParent.every((part, index) => part === foldName(path[index] ?? ''));
}

/** The field that the value `name` of the key `path` is, if the schema knows it. */
export function fieldAt(path: readonly string[], name: string): FieldRow | null {
  fields ??= fieldTable();
  const key = isServiceKey(path) ? [...serviceParent, placeholder] : path.map(foldName);
  return fields.get([...key, foldName(name)].join('\\')) ?? null;
}
