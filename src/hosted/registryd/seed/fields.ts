import { definitionFields, definitionKey } from '../../../../gen/definition/facts.ts';
import type { FieldRow } from '../../../../gen/options/rows.ts';
import { settingFields } from '../../../../gen/settings/facts.ts';
import { foldName } from '../folding.ts';

/** What the schema says about a value in a seed: whether it is an enum, and so on. */

/** The key a field stands under, folded; a service's own key has the placeholder instead of its name. */
const placeholder = '<name>';

let fields: ReadonlyMap<string, FieldRow> | null = null;

function fieldTable(): ReadonlyMap<string, FieldRow> {
  const rows: readonly FieldRow[] = [...Object.values(definitionFields), ...Object.values(settingFields)];
  return new Map(rows.map((row) => [foldName(`${row.key}\\${row.name}`), row]));
}

const serviceParent = foldName(definitionKey.path).split('\\').slice(0, -1);

/** The field that the value `name` of the key `path` is, if the schema knows it. */
export function fieldAt(path: readonly string[], name: string): FieldRow | null {
  fields ??= fieldTable();
  const folded = path.map(foldName);
  const isService = folded.length === serviceParent.length + 1 && serviceParent.every((part, index) => part === folded[index]);
  const key = isService ? [...serviceParent, placeholder] : folded;
  return fields.get([...key, foldName(name)].join('\\')) ?? null;
}
