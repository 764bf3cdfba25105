import { definitionFields, definitionKey } from '../../gen/definition/facts.ts';
import { eventAccessFields, eventAccessKey, eventdSettingsFields, logAccessFields, logAccessKey } from '../../gen/eventd/facts.ts';
import { mountFields, mountKey } from '../../gen/mounts/facts.ts';
import type { FieldRow } from '../../gen/options/rows.ts';
import { pathFields, pathKey } from '../../gen/paths/facts.ts';
import {
  authorityStateFields,
  givenIdsFields,
  localAccountFields,
  localAccountKey,
  localGroupFields,
  localGroupKey,
  privilegeGrantFields,
  privilegeGrantKey,
} from '../../gen/principals/facts.ts';
import { settingFields } from '../../gen/settings/facts.ts';
import { foldName } from '../registry/folding.ts';

/** What the schema says about a value in a seed: whether it is an enum, and so on. */

/** The key a field stands under, folded; a key that others are like has the placeholder of the schema instead of its name. */
const familyKeys = [definitionKey, mountKey, pathKey, localAccountKey, localGroupKey, privilegeGrantKey, eventAccessKey, logAccessKey].map(
  ({ path }) => {
    const parts = path.split('\\');
    return { parent: parts.slice(0, -1).map(foldName), placeholder: foldName(parts.at(-1) ?? '') };
  },
);

let fields: ReadonlyMap<string, FieldRow> | null = null;

function fieldTable(): ReadonlyMap<string, FieldRow> {
  const tables = [
    definitionFields,
    mountFields,
    pathFields,
    settingFields,
    authorityStateFields,
    givenIdsFields,
    localAccountFields,
    localGroupFields,
    privilegeGrantFields,
    eventdSettingsFields,
    eventAccessFields,
    logAccessFields,
  ];
  const rows: readonly FieldRow[] = tables.flatMap((table) => Object.values<FieldRow>(table));
  return new Map(rows.map((row) => [foldName(`${row.key}\\${row.name}`), row]));
}

/** Of the keys that are like this one: how the schema calls them. Null: it is one by itself. */
const familyOf = (path: readonly string[]) =>
  familyKeys.find(
    ({ parent }) => path.length === parent.length + 1 && parent.every((part, index) => part === foldName(path[index] ?? '')),
  ) ?? null;

/** Whether it is the key of a service itself. */
export const isServiceKey = (path: readonly string[]): boolean => familyOf(path) === familyKeys[0];

/** The field that the value `name` of the key `path` is, if the schema knows it. */
export function fieldAt(path: readonly string[], name: string): FieldRow | null {
  fields ??= fieldTable();
  const family = familyOf(path);
  const key = family === null ? path.map(foldName) : [...family.parent, family.placeholder];
  return fields.get([...key, foldName(name)].join('\\')) ?? null;
}
