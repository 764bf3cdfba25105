import type { RegistryNode } from '../platform/registry.ts';
import type { RawDefinition } from '../policy/definition/set.ts';
import type { RegistryValue } from '../registry/value.ts';

/** The part of the registry that peinit keeps a copy of, read at once. */
export const systemKey = 'Machine\\System';

/** What stands below Machine\System, sorted by what it is for. */
export interface RegistryModel {
  /** One per key below Services. */
  readonly definitions: readonly RawDefinition[];
  /** Values by the full path of their key in lower case; settings are looked up here. */
  readonly valuesByKey: ReadonlyMap<string, readonly RegistryValue[]>;
  /** Init\EnvVars as KEY=VALUE. KEY-016. */
  readonly globalVariables: readonly string[];
  /** Keys below Services and Init in lower case. */
  readonly keys: ReadonlySet<string>;
}

export function buildRegistryModel(nodes: readonly RegistryNode[]): RegistryModel {
  const definitions: RawDefinition[] = [];
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
      // Deeper keys (TimerState) belong to a service but are no definitions.
      if (below.length === 0) definitions.push(node.denied === true ? { name, values: [], denied: true } : { name, values: node.values });
      continue;
    }
    valuesByKey.set(folded, node.values);
    if (folded === `${systemKey}\\init\\envvars`.toLowerCase()) globalVariables = variables(node.values);
  }
  return { definitions, valuesByKey, globalVariables, keys };
}

const variables = (values: readonly RegistryValue[]): readonly string[] =>
  values.flatMap((value) => (value.type === 'SZ' && value.name !== '' && !value.name.includes('=') ? [`${value.name}=${value.data}`] : []));
