import { definitionFields } from '../../gen/definition/facts.ts';
import {
  eventAccessFields,
  eventAccessKey,
  eventdSettingsFields,
  eventdSettingsKey,
  logAccessFields,
  logAccessKey,
} from '../../gen/eventd/facts.ts';
import { mountFields, mountKey } from '../../gen/mounts/facts.ts';
import { pathFields, pathKey } from '../../gen/paths/facts.ts';
import {
  localAccountFields,
  localAccountKey,
  localGroupFields,
  localGroupKey,
  privilegeGrantFields,
  privilegeGrantKey,
} from '../../gen/principals/facts.ts';
import { settingFields } from '../../gen/settings/facts.ts';
import { timerFields } from '../../gen/timers/facts.ts';
import { foldName } from '../registry/folding.ts';
import { nearest } from '../registry/nearest.ts';
import { fieldAt, isServiceKey } from './fields.ts';
import { foreignField } from './foreign-words.ts';

interface NamedValues {
  readonly path: readonly string[];
  readonly values: readonly { readonly name: string; readonly line?: number }[];
}

/** A value that peinit ignores, and what may be meant. */
export interface UnknownField {
  /** In its file; null: it comes from none. */
  readonly line: number | null;
  readonly message: string;
  /** The field that it nearly is. */
  readonly meant: string | null;
}

/** Values of services and of peinit itself that are no field, which peinit ignores: one sentence each, with what does it here. */
export function unknownFields(keys: readonly NamedValues[]): readonly UnknownField[] {
  const all = keys.flatMap(({ path, values }) => {
    const kind = kindOf(path);
    if (kind === null) return [];
    return values
      .filter(({ name }) => name !== '' && fieldAt(path, name) === null && !(kind === serviceFields && isLastRun(name)))
      .map(({ name, line }) => ({
        line: line ?? null,
        message: `${path.join('\\')}: ${JSON.stringify(name)} is no ${kind.what} and is ignored${hintFor(name, kind)}`,
        meant: meantBy(name, kind),
      }));
  });
  if (all.length <= most) return all;
  return [...all.slice(0, most), { line: null, message: `${all.length - most} more values are no fields and are ignored`, meant: null }];
}

/** What peinit writes there itself: an export has it. KEY-003. */
const isLastRun = (name: string): boolean => foldName(name) === foldName(timerFields.one.name);

const most = 10;

interface Kind {
  readonly what: string;
  readonly names: readonly string[];
  readonly foreign: boolean;
}

const serviceFields: Kind = {
  what: 'field of a service',
  names: Object.values(definitionFields).map(({ name }) => name),
  foreign: true,
};
/** Keys that hold nothing but settings of peinit and its daemons. */
const settingKeys: ReadonlyMap<string, Kind> = new Map(
  ['Machine\\System\\Init', 'Machine\\System\\Boot', eventdSettingsKey.path].map((key) => {
    const fields = [...Object.values(settingFields), ...Object.values(eventdSettingsFields)];
    const names = fields.flatMap((field) => (field.key === key ? [field.name] : []));
    return [foldName(key), { what: 'setting', names, foreign: false }];
  }),
);

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('\\'));
const valuesOf = (what: string, table: Readonly<Record<string, { readonly name: string }>>): Kind => ({
  what,
  names: Object.values(table).map(({ name }) => name),
  foreign: false,
});
/** By the key above. */
const namedKeys: ReadonlyMap<string, Kind> = new Map(
  (
    [
      [mountKey, valuesOf('value of a mount', mountFields)],
      [localAccountKey, valuesOf('value of an account', localAccountFields)],
      [localGroupKey, valuesOf('value of a group', localGroupFields)],
      [privilegeGrantKey, valuesOf('value of a grant', privilegeGrantFields)],
      [pathKey, valuesOf('value of a provisioned path', pathFields)],
      [eventAccessKey, valuesOf('value of an access to events', eventAccessFields)],
      [logAccessKey, valuesOf('value of an access to logs', logAccessFields)],
    ] as const
  ).map(([{ path }, kind]) => [foldName(parentOf(path)), kind]),
);

const kindOf = (path: readonly string[]): Kind | null => {
  if (isServiceKey(path)) return serviceFields;
  const folded = path.map(foldName).join('\\');
  return settingKeys.get(folded) ?? namedKeys.get(parentOf(folded)) ?? null;
};

const meantBy = (name: string, { names }: Kind): string | null => nearest(name, names, foldName);

function hintFor(name: string, kind: Kind): string {
  const { foreign } = kind;
  const elsewhere = foreign ? foreignField(name) : null;
  if (elsewhere !== null) return `; ${elsewhere.hint}`;
  const misplaced = foreign ? null : Object.values(settingFields).find((field) => foldName(field.name) === foldName(name));
  if (misplaced) return `; it belongs to ${misplaced.key}`;
  const meant = meantBy(name, kind);
  return meant === null ? '' : `; is ${meant} meant?`;
}
