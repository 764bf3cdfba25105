/**
 * EXTEND_TIMEOUT_USEC: moves the deadline of the phase under way to now plus that time, at most four times the phase's own timeout after
 * its begin, and during a shutdown not past its end. PSD-007 5.3, WD-006..WD-011.
 */
import type { ActivationDeadline } from '../deadlines.ts';
import { arm, isArmed } from '../deadlines.ts';
import type { Activation, Service } from '../state.ts';
import type { MonotonicNs } from '../time.ts';
import { after, secondsToNs } from '../time.ts';
import type { Turn } from '../turn.ts';

const capFactor = 4n;

export function extendTimeout(turn: Turn, service: Service, activation: Activation, usec: bigint): void {
  if (activation.doom !== null && service.stop === null) return;
  const phase = phaseOf(service, activation);
  if (phase === null) return;
  if (!isArmed(turn, phase.deadline, service.key)) return;
  const { shutdown } = turn.state.machine;
  const cap = latestEnd(activation, phase.timeoutSeconds);
  const latest = shutdown !== null && shutdown.endsAt < cap ? shutdown.endsAt : cap;
  const wanted = after(turn.stamp.monotonic, usec * 1000n);
  arm(turn, phase.deadline, service.key, wanted < latest ? wanted : latest);
}

/** The latest end of a phase, however it is extended. WD-008, RLD-007. */
export const latestEnd = ({ phaseSince }: Activation, timeoutSeconds: number): MonotonicNs =>
  after(phaseSince, secondsToNs(timeoutSeconds) * capFactor);

function phaseOf(
  service: Service,
  activation: Activation,
): { readonly deadline: ActivationDeadline; readonly timeoutSeconds: number } | null {
  const live = service.definition ?? activation.definition;
  if (service.stop !== null) return service.stop.killed ? null : { deadline: 'stop', timeoutSeconds: live.stopTimeout };
  switch (service.state) {
    case 'starting':
      return { deadline: 'start', timeoutSeconds: activation.definition.startTimeout };
    case 'reloading':
      return { deadline: 'reload', timeoutSeconds: live.startTimeout };
    default:
      return null;
  }
}
