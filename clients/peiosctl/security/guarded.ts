/** What guards a service or the machine, and where it stands. */
import { settingFields } from '../../../gen/settings/facts.ts';
import { judgedKey } from '../../../src/judge/judge.ts';
import type { GuardedMachine } from '../../../src/judge/machine.ts';
import { readMachine } from '../../../src/judge/machine.ts';
import { defaultControlSecurity, defaultServiceSecurity } from '../../../src/security/defaults.ts';
import type { SecurityDescriptor } from '../../../src/security/descriptor.ts';
import { decodeDescriptor } from '../../../src/security/descriptor.ts';
import type { RegistryConnection } from '../../typescript/registry.ts';
import { RegistryCallError } from '../../typescript/registry.ts';
import type { Context } from '../command.ts';
import { noSuchService } from '../service-names.ts';
import { UsageError } from '../usage-error.ts';
import type { Kind } from './words.ts';
import { machineKind, serviceKind } from './words.ts';

/** An object that a descriptor guards, and the value that would be its own. */
export interface Guarded {
  /** As sentences begin with it. */
  readonly name: string;
  readonly kind: Kind;
  readonly key: readonly string[];
  readonly value: string;
  readonly source: 'own' | 'shared' | 'built-in';
  /** Where the descriptor in force comes from, as the end of a sentence. */
  readonly from: string;
  /** `problem`: it cannot be read. */
  readonly descriptor: SecurityDescriptor | { readonly problem: string };
}

const { serviceSecurity, controlSecurity } = settingFields;
const servicesPart = serviceSecurity.key.slice(judgedKey.length + 1).toLowerCase();

export async function readGuarded(registry: RegistryConnection): Promise<GuardedMachine> {
  const { nodes } = await registry.readTree({ path: judgedKey });
  const denied = nodes.find(({ path, denied }) => denied === true && path.toLowerCase() === servicesPart);
  if (denied !== undefined)
    throw new RegistryCallError(
      'EACCES',
      `you may not read ${serviceSecurity.key}, where descriptors stand; peiosctl list and whoami tell what you may do`,
    );
  return readMachine(nodes);
}

/** The object that a command line is about, and the words that are left of it. */
export function objectOf(
  machine: GuardedMachine,
  context: Context,
  words: readonly string[],
): { object: Guarded; rest: readonly string[] } {
  const { machine: isMachine, shared } = context.options.values;
  if (isMachine === true && shared === true) throw new UsageError('--machine and --shared contradict each other');
  if (isMachine === true) return { object: guardOfMachine(machine), rest: words };
  if (shared === true) return { object: guardOfAll(machine), rest: words };
  const [name, ...rest] = words;
  if (name === undefined) throw new UsageError('SERVICE is missing');
  return { object: guardOf(machine, name), rest };
}

type Value = GuardedMachine['shared'];

function descriptorOf(value: NonNullable<Value>): Guarded['descriptor'] {
  if (!(value instanceof Uint8Array)) return value;
  const read = decodeDescriptor(value);
  return 'malformed' in read ? { problem: read.malformed } : read;
}

export function guardOfMachine({ control }: GuardedMachine): Guarded {
  const key = controlSecurity.key.split('\\');
  const base = { name: 'the machine', kind: machineKind, key, value: controlSecurity.name };
  if (control === null)
    return { ...base, source: 'built-in', from: 'the built-in descriptor of machines', descriptor: defaultControlSecurity };
  return { ...base, source: 'own', from: `${controlSecurity.key}\\${controlSecurity.name}`, descriptor: descriptorOf(control) };
}

/** Of services without a descriptor of their own. */
export function guardOfAll({ shared }: GuardedMachine): Guarded {
  const key = serviceSecurity.key.split('\\');
  const base = { name: 'every service without a descriptor of its own', kind: serviceKind, key, value: serviceSecurity.name };
  if (shared === null)
    return { ...base, source: 'built-in', from: 'the built-in descriptor of services', descriptor: defaultServiceSecurity };
  return { ...base, source: 'own', from: `${serviceSecurity.key}\\${serviceSecurity.name}`, descriptor: descriptorOf(shared) };
}

export function guardOf(machine: GuardedMachine, name: string): Guarded {
  const names = machine.services.map((service) => service.name);
  const service = machine.services.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (service === undefined) throw noSuchService(name, names);
  const key = [...serviceSecurity.key.split('\\'), service.name];
  const base = { name: service.name, kind: serviceKind, key, value: serviceSecurity.name };
  if (service.own !== null) return { ...base, source: 'own', from: 'its own descriptor', descriptor: descriptorOf(service.own) };
  const { source, from, descriptor } = guardOfAll(machine);
  return { ...base, source: source === 'own' ? 'shared' : source, from, descriptor };
}
