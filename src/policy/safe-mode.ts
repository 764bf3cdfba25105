/**
 * Safe mode: only Critical services and those with SafeMode=1 take part. A dependency of a member of the boot on a service that Safe mode
 * leaves out is dropped, for as long as the machine lives; one on a Disabled or missing service is not. PSD-007 2.3, BOOT-091, D-12.
 */
import type { ServiceDefinition } from './definition/definition.ts';
import type { ServiceNode } from './graph/graph.ts';
import type { Validation } from './graph/validate.ts';
import type { PolicyState } from './state.ts';
import type { Turn } from './turn.ts';
import { report } from './turn.ts';

export const isEligible = (definition: ServiceDefinition | null): boolean =>
  definition !== null && (definition.safeMode || definition.errorControl === 'Critical');

/** A mount takes part where what needs it does. O-142. */
export const isMount = (definition: ServiceDefinition | null): boolean => definition?.mount !== undefined;

/** The dependency of that service counts for nothing: the target is left out, also where somebody has started it by hand. */
export const excludedBySafeMode = ({ machine }: PolicyState, isMember: boolean, target: ServiceDefinition | null): boolean =>
  machine.safe && isMember && target !== null && !target.disabled && !isEligible(target) && !isMount(target);

/** Whether the graph of Full mode keeps a Critical service from starting by what no reboot mends; in words, or null. BOOT-056, BOOT-057. */
export function reasonForSafeMode(roots: readonly ServiceNode[], { verdicts }: Validation): string | null {
  for (const [node, { kind, message }] of verdicts)
    if (kind === 'cycle' && isCritical(node)) return `the critical service ${node.name} is in a cycle; ${message}`;
  const triggered = new Set(roots);
  for (const node of roots)
    for (const other of node.conflicts) {
      if (!triggered.has(other) || !(isCritical(node) || isCritical(other))) continue;
      const [critical, opponent] = isCritical(node) ? [node, other] : [other, node];
      return `the critical service ${critical.name} and ${opponent.name} are both to start at boot, and conflict`;
    }
  return null;
}

const isCritical = ({ definition }: ServiceNode): boolean => definition?.errorControl === 'Critical';

/** Names told; there may be thousands, and `peiosctl list` has them all. */
const toldNames = 20;

export function tellSafeMode(turn: Turn, left: readonly ServiceNode[], reason: string | null): void {
  if (reason !== null) report(turn, 'error', `the boot goes on in Safe mode: ${reason}`, null, true);
  const names = left.slice(0, toldNames).map(({ name }) => name);
  const more = left.length > names.length ? ` and ${left.length - names.length} more` : '';
  const out = left.length === 0 ? 'no boot service is left out' : `left out of the boot: ${names.join(', ')}${more}`;
  report(turn, 'info', `Safe mode: only critical services and those with SafeMode=1 start; ${out}`, null, true);
}
