/** Safe mode: only Critical services and those with SafeMode=1 take part; dependencies on others are dropped. PSD-007 2.3, D-12. */
import type { ServiceDefinition } from './definition/definition.ts';
import type { Service } from './state.ts';
import type { Turn } from './turn.ts';

export const isEligible = (definition: ServiceDefinition | null): boolean =>
  definition !== null && (definition.safeMode || definition.errorControl === 'Critical');

/** The dependency counts for nothing: the target is excluded, and nobody has started it by hand. */
export const excludedBySafeMode = (turn: Turn, service: Service, target: Service): boolean =>
  turn.state.machine.safe && service.bootMember && target.definition !== null && !isEligible(target.definition);
