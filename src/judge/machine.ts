/** A registry as the security of its services sees it: who they run as, and what guards them. */
import { settingFields } from '../../gen/settings/facts.ts';
import { withRegistryd } from '../configuration/builtin-registryd.ts';
import { buildRegistryModel } from '../configuration/model.ts';
import { fromWire } from '../platform/hosted/registry-values.ts';
import type { RegistryNode } from '../platform/registry.ts';
import { decodeDefinitions } from '../policy/definition/decode.ts';
import { foldName } from '../policy/definition/names.ts';
import type { DescriptorValue } from '../policy/definition/security.ts';
import { controlSecurityIn, serviceSecurityIn } from '../policy/definition/security.ts';
import { isPlatformDaemon } from '../policy/platform-daemons.ts';
import type { WireNode } from './judge.ts';

/** Of a definition, what says who its processes are. */
export interface Identities {
  readonly identity: string;
  /** Null: hooks run as the service does. */
  readonly hookIdentity: string | null;
  /** Null: all that its identity has. */
  readonly requiredPrivileges: readonly string[] | null;
  /** What variables are read from as root; null: nothing. */
  readonly environmentFile: string | null;
  /** Files of the main program, and of the hooks. */
  readonly program: string;
  readonly hooks: readonly string[];
}

export interface GuardedService {
  readonly name: string;
  /** One of those that the machine stands on: SYSTEM by what it does. */
  readonly isPlatform: boolean;
  /** Null: none of its own. */
  readonly own: DescriptorValue | null;
  /** Null: the definition is broken. */
  readonly definition: Identities | null;
}

export interface GuardedMachine {
  readonly services: readonly GuardedService[];
  /** ServiceSecurity of the Services key, and ControlSecurity; null: there is none. */
  readonly shared: DescriptorValue | null;
  readonly control: DescriptorValue | null;
}

/** @param nodes all below Machine\System */
export function readMachine(nodes: readonly WireNode[]): GuardedMachine {
  const tree = nodes.map(
    ({ path, values }): RegistryNode => ({ path, values: values.flatMap(({ name, type, data }) => fromWire(name, type, data) ?? []) }),
  );
  const model = buildRegistryModel(tree);
  const definitions = withRegistryd(model.definitions);
  const values = new Map(definitions.map((one) => [foldName(one.name), one.values]));
  const valuesOf = (key: string) => model.valuesByKey.get(key.toLowerCase()) ?? [];
  return {
    services: decodeDefinitions(definitions, model.keys).services.map(({ name, definition }) => ({
      name,
      isPlatform: isPlatformDaemon(foldName(name)),
      own: serviceSecurityIn(values.get(foldName(name)) ?? []),
      definition:
        definition === null
          ? null
          : {
              identity: definition.identity,
              hookIdentity: definition.hookIdentity ?? null,
              requiredPrivileges: definition.requiredPrivileges ?? null,
              environmentFile: definition.environmentFile?.replace(/^-/, '') ?? null,
              program: definition.imagePath,
              hooks: [...definition.execStartPre, ...definition.execStartPost].map(([file]) => file),
            },
    })),
    shared: serviceSecurityIn(valuesOf(settingFields.serviceSecurity.key)),
    control: controlSecurityIn(valuesOf(settingFields.controlSecurity.key)),
  };
}
