/**
 * What process 1 missed while it stood still: stopped by a signal or a freezer, without memory or processor, or busy for long. Those that
 * it judges stood still as well, or spoke and were not heard. So what fell due meanwhile gets the time back that it had left when
 * deadlines were judged last. A deadline gets it back a few times only: a process 1 that is always late must not spare a service that
 * hangs for ever.
 */
import type { DurationKind } from './deadlines.ts';
import { postpone, timesPostponed } from './deadlines.ts';
import { secondsWords } from './details.ts';
import type { Stalled } from './events.ts';
import type { MonotonicNs } from './time.ts';
import { after } from './time.ts';
import type { Turn } from './turn.ts';
import { report } from './turn.ts';

/** The latest one. */
export interface Stall {
  readonly since: MonotonicNs;
  readonly until: MonotonicNs;
}

/** Those by which something is judged that needs time for itself. The end of a shutdown is a promise to others and stays. */
const judging: ReadonlySet<DurationKind> = new Set([
  'start',
  'stop',
  'kill',
  'side-kill',
  'reload',
  'watchdog',
  'health-limit',
  'expiry',
  'drain',
  'job-timeout',
  'job-kill',
  'job-drain',
]);
const mostTimes = 3;
/** A shorter one is not worth a word. */
const toldFromNs = 1_000_000_000n;

export function noteStall(turn: Turn, { since, dueAt }: Stalled): void {
  const until = turn.stamp.monotonic;
  turn.state.machine.stall = { since, until };
  if (until - dueAt < toldFromNs) return;
  const long = secondsWords(Number((until - dueAt) / 1_000_000n) / 1000);
  const text = `peinit stood still for at least ${long}, stopped or without memory or processor`;
  report(turn, 'warning', `${text}: what timed out meanwhile gets its time back`, null, true);
}

/** Whether a deadline that came is to come later. */
export function putOff(turn: Turn, kind: DurationKind, subject: string, at: MonotonicNs): boolean {
  const { stall } = turn.state.machine;
  if (stall === null || at <= stall.since || at > stall.until || !judging.has(kind)) return false;
  if (timesPostponed(turn, kind, subject) >= mostTimes) return false;
  postpone(turn, kind, subject, after(at, stall.until - stall.since));
  return true;
}
