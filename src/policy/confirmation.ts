/**
 * Whether this boot counts as a success: every Critical service of its graph, and registryd, has satisfied for BootSuccessGrace without a
 * break. `pending` are those that do not satisfy now. While it is empty the time runs, from the moment that the last of them satisfied, and
 * any step out of a satisfying state begins it anew, also one that is made good within the same event. PSD-007 2.3, BOOT-048, D-09.
 */
import { stateFacts } from '../../gen/service/facts.ts';
import { hasPassed } from './attempt/satisfaction.ts';
import { arm, disarm } from './deadlines.ts';
import { registrydKey } from './platform-daemons.ts';
import type { Service } from './state.ts';
import type { Moment, MonotonicNs } from './time.ts';
import { after, momentOf, secondsToNs } from './time.ts';
import type { Turn } from './turn.ts';
import { emit } from './turn.ts';

export interface Confirmation {
  graceSeconds: number;
  /** Keys of those that are waited for. */
  readonly pending: Set<string>;
  /** Since when all hold; null: they do not. */
  since: MonotonicNs | null;
  confirmedAt: Moment | null;
}

export const newConfirmation = (graceSeconds: number): Confirmation => ({
  graceSeconds,
  pending: new Set(),
  since: null,
  confirmedAt: null,
});

const isWatched = ({ bootMember, definition, key }: Service): boolean =>
  key === registrydKey || (bootMember && definition?.errorControl === 'Critical');

/** It satisfies, or is a Oneshot that did its work and passed on. */
const holds = (service: Service): boolean => stateFacts[service.state].satisfies || hasPassed(service);

/** The boot has begun and is not confirmed, and the machine goes on. */
function isOpen({ state: { machine } }: Turn): boolean {
  return machine.booted && machine.confirmation.confirmedAt === null && machine.shutdown === null && machine.criticalFailure === null;
}

/** A service left a satisfying state. */
export function noteBreak(turn: Turn, service: Service): void {
  if (!isOpen(turn) || !isWatched(service) || hasPassed(service)) return;
  turn.state.machine.confirmation.pending.add(service.key);
  stopClock(turn);
}

/** It is known no more. */
export const leaveConfirmation = (turn: Turn, service: Service): void => void turn.state.machine.confirmation.pending.delete(service.key);

/** At the end of an event: those that were touched hold, or do not. */
export function followConfirmation(turn: Turn): void {
  const { confirmation } = turn.state.machine;
  if (!isOpen(turn)) return stopClock(turn);
  for (const service of turn.touched) {
    if (isWatched(service) && turn.state.services.has(service.key) && !holds(service)) confirmation.pending.add(service.key);
    else confirmation.pending.delete(service.key);
  }
  if (confirmation.pending.size > 0) return stopClock(turn);
  if (confirmation.since !== null) return;
  confirmation.since = turn.stamp.monotonic;
  armGrace(turn);
}

/** BootSuccessGrace has another value. */
export function changeGrace(turn: Turn, seconds: number): void {
  const { confirmation } = turn.state.machine;
  if (confirmation.graceSeconds === seconds) return;
  confirmation.graceSeconds = seconds;
  if (confirmation.since !== null && isOpen(turn)) armGrace(turn);
}

function armGrace(turn: Turn): void {
  const { graceSeconds, since } = turn.state.machine.confirmation;
  if (since === null) return;
  const at = after(since, secondsToNs(graceSeconds));
  if (at > turn.stamp.monotonic) arm(turn, 'grace', '', at);
  else graceOver(turn);
}

/** The deadline came. */
export function graceOver(turn: Turn): void {
  const { confirmation } = turn.state.machine;
  if (!isOpen(turn) || confirmation.pending.size > 0) return;
  disarm(turn, 'grace', '');
  confirmation.confirmedAt = momentOf(turn.stamp);
  emit(turn, { kind: 'boot-confirmed', at: turn.stamp.realtime });
}

/** Something does not hold, or the machine ends. */
export function stopClock(turn: Turn): void {
  const { confirmation } = turn.state.machine;
  if (confirmation.since === null || confirmation.confirmedAt !== null) return;
  confirmation.since = null;
  disarm(turn, 'grace', '');
}
