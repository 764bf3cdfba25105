import { timerFields } from '../../gen/timers/facts.ts';
import type { RegistryNode } from '../platform/registry.ts';
import { foldName } from '../policy/definition/names.ts';
import type { RawDefinition } from '../policy/definition/set.ts';
import type { RegistryValue } from '../registry/value.ts';

/** The part of the registry that peinit keeps a copy of, read at once. */
export const systemKey = 'Machine\\System';

const { key: timerStatePath } = timerFields.each;
/** Key below that of a service. */
export const timerStateKey = timerStatePath.slice(timerStatePath.lastIndexOf('\\') + 1);

/** What stands below Machine\System, sorted by what it is for. */
export interface RegistryModel {
  /** One per key below Services. */
  readonly definitions: readonly RawDefinition[];
  /** One per key below Boot\Mounts. KEY-005. */
  readonly mounts: readonly RawDefinition[];
  /** Values of the keys TimerState, by the service in lower case. */
  readonly timerStates: ReadonlyMap<string, readonly RegistryValue[]>;
  /** Values by the full path of their key in lower case; settings are looked up here. */
  readonly valuesByKey: ReadonlyMap<string, readonly RegistryValue[]>;
  /** Init\EnvVars as KEY=VALUE. KEY-016. */
  readonly globalVariables: readonly string[];
  /** Keys below Services and Init in lower case. */
  readonly keys: ReadonlySet<string>;
}

export function buildRegistryModel(nodes: readonly RegistryNode[]): RegistryModel {
  const definitions: RawDefinition[] = [];
  const mounts: RawDefinition[] = [];
  const timerStates = new Map<string, readonly RegistryValue[]>();
  const valuesByKey = new Map<string, readonly RegistryValue[]>();
  const keys = new Set<string>();
  let globalVariables: readonly string[] = [];
  for (const node of nodes) {
    const path = node.path === '' ? systemKey : `${systemKey}\\${node.path}`;
    const folded = path.toLowerCase();
    const [area, name, ...below] = node.path.split('\\');
    const inArea = area?.toLowerCase();
    if (inArea === 'services' || inArea === 'init') keys.add(folded);
    if (inArea === 'services' && name !== undefined) {
      // Deeper keys belong to a service but are no definitions.
      if (below.length === 0) definitions.push(rawOf(name, node));
      else if (below.length === 1 && below[0]?.toLowerCase() === timerStateKey.toLowerCase()) timerStates.set(foldName(name), node.values);
      continue;
    }
    const [entry, ...further] = below;
    if (inArea === 'boot' && name?.toLowerCase() === 'mounts' && entry !== undefined) {
      if (further.length === 0) mounts.push(rawOf(entry, node));
      continue;
    }
    valuesByKey.set(folded, node.values);
    if (folded === `${systemKey}\\init\\envvars`.toLowerCase()) globalVariables = variables(node.values);
  }
  return { definitions, mounts, timerStates, valuesByKey, globalVariables, keys };
}

const rawOf = (name: string, { denied, values }: RegistryNode): RawDefinition =>
  denied === true ? { name, values: [], denied } : { name, values };

const variables = (values: readonly RegistryValue[]): readonly string[] =>
  values.flatMap((value) => (value.type === 'SZ' && value.name !== '' && !value.name.includes('=') ? [`${value.name}=${value.data}`] : []));
