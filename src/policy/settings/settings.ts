/**
 * Settings of the machine by the schema's table. A bad value never stops a running machine: at boot its default holds and a
 * warning says so, and reload-config refuses it. PSD-007 14.1, KEY-020.
 */
import type { FieldRow } from '../../../gen/options/rows.ts';
import { settingDefaults, settingFields } from '../../../gen/settings/facts.ts';
import type { MachineSettings } from '../../../gen/settings/types.ts';
import type { RegistryValue } from '../../registry/value.ts';
import { adviseOnDescriptor } from '../definition/advice.ts';
import { readValue } from '../definition/value.ts';
import type { ValueIndex } from '../definition/values.ts';
import { foldValueName, indexValues } from '../definition/values.ts';

export interface SettingFinding {
  /** Path of the key and name of the value. */
  readonly key: string;
  readonly name: string;
  readonly message: string;
  /** `undecodable` and `invalid`: the default is in force, and a reload-config is refused. */
  readonly kind: 'undecodable' | 'invalid' | 'warning';
  /** Boot cannot go on with it: Recovery. BOOT-084, D-04. */
  readonly fatal: boolean;
}

export interface DecodedSettings {
  readonly settings: MachineSettings;
  readonly findings: readonly SettingFinding[];
}

/** Version of the definitions that this program knows. DEF-046. */
export const knownSchemaVersion = 1;

/** Without these the machine is not what its administrator thinks it is. */
const fatalMembers: readonly string[] = ['schemaVersion', 'maxParallelStarts'] satisfies (keyof MachineSettings)[];

const rows = Object.values<FieldRow>(settingFields).map((row) => ({ row, folded: foldValueName(row.name) }));

/** @param keys values by the path of their key, in any case; a key that is not there counts as empty */
export function decodeSettings(keys: ReadonlyMap<string, readonly RegistryValue[]>): DecodedSettings {
  const byPath = new Map(Array.from(keys, ([path, values]): [string, ValueIndex] => [path.toLowerCase(), indexValues(values)]));
  const findings: SettingFinding[] = [];
  const settings: Record<string, unknown> = { ...settingDefaults, schemaVersion: knownSchemaVersion };
  for (const { row, folded } of rows) {
    const report = (kind: SettingFinding['kind'], what: string, remedy: string): void => {
      const fatal = kind !== 'warning' && fatalMembers.includes(row.member);
      findings.push({ key: row.key, name: row.name, message: `${row.key}\\${row.name} ${what}. ${remedy}`, kind, fatal });
    };
    const values = byPath.get(row.key.toLowerCase());
    const value = values?.find(folded) ?? null;
    if (values === undefined || value === null) {
      if (row.required) report('invalid', 'is missing', `Set it: REG_${row.type.toUpperCase()}.`);
      continue;
    }
    if (values.repeated(folded)) {
      report('undecodable', 'is there more than once', 'Keep one; names of values are compared without case.');
      continue;
    }
    const reading = readValue(row, value, values);
    if (reading.kind === 'value') settings[row.member] = reading.value;
    const broken = reading.kind === 'value' && row.kind === 'bytes' ? adviseOnDescriptor(reading.value as Uint8Array) : null;
    if (broken !== null) report('warning', broken.what, broken.remedy);
    if (reading.kind !== 'problems') continue;
    for (const { undecodable, what, remedy } of reading.problems) report(undecodable ? 'undecodable' : 'invalid', what, remedy);
  }
  // Every member was read by its row: type and bounds are those that the schema states.
  const decoded = settings as unknown as MachineSettings;
  if (decoded.schemaVersion > knownSchemaVersion) findings.push(newerSchema(decoded.schemaVersion));
  return { settings: decoded, findings };
}

function newerSchema(version: number): SettingFinding {
  const { key, name } = settingFields.schemaVersion;
  const message =
    `${key}\\${name} is ${version}, but this peinit knows ${knownSchemaVersion}: newer fields of definitions are ignored. ` +
    'Update peinit.';
  return { key, name, message, kind: 'warning', fatal: false };
}
