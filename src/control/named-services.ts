import type { CommandName } from '../../gen/control/facts.ts';
import type { Refusal, ServiceName } from '../policy/view.ts';
import { quoted } from '../wire/refusal.ts';
import type { MachineContext } from './context.ts';
import { refuseBroken, refuseDenied } from './denial.ts';
import { refuse } from './refusal.ts';
import { queryStatus } from './rights.ts';

/** Services that a command of several names, each once and by name. All must be there, and the caller must have the right to query each. */
export function namedServices(
  { desk, caller }: MachineContext,
  command: CommandName,
  names: readonly string[],
): readonly ServiceName[] | Refusal {
  const found = new Map<string, ServiceName>();
  for (const name of names) {
    const service = desk.policy.service(name);
    if (service === null) return refuse('UNKNOWN_SERVICE', `no service ${quoted(name)} is defined`);
    const held = desk.access.held(caller, service.key);
    if (typeof held !== 'number') return refuseBroken(desk.access, service.name, held);
    if ((held & queryStatus) === 0) {
      const denial = { caller, service: service.name, requested: queryStatus, held };
      desk.denied(denial);
      return refuseDenied(command, denial);
    }
    found.set(service.key, service);
  }
  return [...found.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
}
