import type { TimerIdle } from '../../../gen/service/types.ts';
import { isEligible } from '../safe-mode.ts';
import type { PolicyState, Service } from '../state.ts';

/** Why no timer of that service counts; null: they do. TMR-018, DEF-005, SHUT-005. */
export function whyAllIdle({ machine }: Pick<PolicyState, 'machine'>, { definition, removed }: Service): TimerIdle | null {
  if (machine.shutdown !== null) return 'shutdown';
  if (removed || definition === null) return 'removed';
  if (definition.disabled) return 'disabled';
  if (!machine.booted) return 'not_booted';
  return machine.safe && !isEligible(definition) ? 'safe_mode' : null;
}
