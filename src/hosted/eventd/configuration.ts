/** What the registry says of eventd: its settings, and who may read. */
import {
  eventAccessFields,
  eventAccessKey,
  eventdSettingsDefaults,
  eventdSettingsFields,
  eventdSettingsKey,
  logAccessKey,
} from '../../../gen/eventd/facts.ts';
import type { EventdSettings } from '../../../gen/eventd/types.ts';
import { settingDefaults, settingFields } from '../../../gen/settings/facts.ts';
import { decodeKey } from '../../policy/definition/decode-key.ts';
import { descriptorIn } from '../../policy/definition/security.ts';
import { foldName } from '../../registry/folding.ts';
import type { RegistryValue } from '../../registry/value.ts';
import { soundness } from '../../security/soundness.ts';
import type { Access, GivenDescriptor } from './access.ts';
import { accessOf, closedAccess } from './access.ts';

/** A key below {@link eventdKey}, by its path from there; '' is that key itself. */
export interface ConfigurationNode {
  readonly path: string;
  readonly values: readonly RegistryValue[];
  /** Nobody may read it, eventd neither. */
  readonly denied?: boolean;
}

export interface Configuration extends EventdSettings {
  readonly logSocketPath: string;
  readonly access: Access;
  /** What cannot be used, in words for an administrator. */
  readonly problems: readonly string[];
}

export const eventdKey = eventdSettingsKey.path;
const above = (path: string): string => path.slice(0, path.lastIndexOf('\\'));
/** The keys above those that are called after what they guard. */
export const eventsKey: string = above(eventAccessKey.path);
export const logsKey: string = above(logAccessKey.path);

const { logSocketPath } = settingFields;
/** LogSocketPath belongs to process 1 as well; where that has a default of its own, so has eventd. */
const logSocketRow = { logSocketPath };
const logSocketDefault = { logSocketPath: settingDefaults.logSocketPath };

/** While the registry has not been read: the defaults, and no reader but those that may read everything. */
export const unreadConfiguration: Configuration = {
  ...eventdSettingsDefaults,
  ...logSocketDefault,
  access: closedAccess,
  problems: [],
};

const descriptorOfKey = descriptorIn(eventAccessFields.security.name);

/** Descriptors of the keys next below `parent`. */
function descriptorsBelow(nodes: readonly ConfigurationNode[], parent: string, problems: string[]): ReadonlyMap<string, GivenDescriptor> {
  const beginning = `${foldName(parent.slice(eventdKey.length + 1))}\\`;
  const found = new Map<string, GivenDescriptor>();
  for (const { path, values, denied } of nodes) {
    const name = path.slice(beginning.length);
    if (!foldName(path).startsWith(beginning) || name === '' || name.includes('\\')) continue;
    const given = denied === true ? { problem: 'cannot be read: its key denies that to eventd' } : descriptorOfKey(values);
    if (given === null) continue;
    const problem = given instanceof Uint8Array ? soundness(given).problem : given.problem;
    if (problem !== null)
      problems.push(`${eventdKey}\\${path}\\${eventAccessFields.security.name} ${problem}; nobody gets what it guards until it is mended`);
    found.set(name, given);
  }
  return found;
}

export function readConfiguration(nodes: readonly ConfigurationNode[]): Configuration {
  const root = nodes.find(({ path }) => path === '')?.values ?? [];
  const settings = decodeKey(eventdKey, eventdSettingsFields, eventdSettingsDefaults, root);
  const log = decodeKey(eventdKey, logSocketRow, logSocketDefault, root);
  const problems = [...settings.problems, ...log.problems].map(({ message }) => `${message} Until then its default counts.`);
  const access = accessOf(descriptorsBelow(nodes, eventsKey, problems), descriptorsBelow(nodes, logsKey, problems));
  return { ...settings.fields, ...log.fields, access, problems };
}
