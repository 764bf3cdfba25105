/**
 * Deadlines are data: what ends, and whose it is. The policy keeps them by kind and subject; a text for them is made only where somebody
 * outside needs one to tell them apart, and it is never taken apart again.
 */
import type { MonotonicNs } from './time.ts';
import type { Turn } from './turn.ts';

/** Those that end with the activation of their service. */
export const activationDeadlines = [
  'start',
  'stop',
  'kill',
  'side-kill',
  'reload',
  'watchdog',
  'health',
  'health-limit',
  'readiness',
  'readiness-limit',
] as const;
export type ActivationDeadline = (typeof activationDeadlines)[number];

/** Those on the monotonic clock. The subject of each is the key of a service, save for those named here. */
export type DurationKind =
  | ActivationDeadline
  /** The restart delay of a service in backoff. */
  | 'restart'
  /** Its RestartWindow. */
  | 'window'
  /** The lifetime of a pending operation; the subject is its id. */
  | 'expiry'
  /** The time a killed tree has to empty; the subject is its name. */
  | 'drain'
  /** The oldest ended operation is to be forgotten; no subject. */
  | 'retention'
  /** BootSuccessGrace, while all hold that it is about; no subject. */
  | 'grace'
  /** ShutdownTimeout; no subject. */
  | 'shutdown'
  /** Timeout of an ad-hoc job, the end of its time after SIGTERM, and of that after SIGKILL; the subject is its id. */
  | 'job-timeout'
  | 'job-kill'
  | 'job-drain'
  /** The next timers are to be reckoned; no subject. */
  | 'reckoning';

export type DeadlineKind =
  | DurationKind
  /** A timer of a service fires, on the wall clock; the subject is its id. Kept beside the timer: timers/timer.ts. */
  | 'timer';

export interface Deadline {
  readonly kind: DeadlineKind;
  /** Empty where there is only one of the kind. */
  readonly subject: string;
}

export type ArmedDeadlines = Map<DurationKind, Map<string, MonotonicNs>>;

/** Arms it, or moves it. */
export function arm(turn: Turn, kind: DurationKind, subject: string, at: MonotonicNs): void {
  forgetStalls(turn, kind, subject);
  set(turn, kind, subject, at);
}

/** Moves it, and remembers that. */
export function postpone(turn: Turn, kind: DurationKind, subject: string, at: MonotonicNs): void {
  const text = deadlineText({ kind, subject });
  turn.state.postponed.set(text, (turn.state.postponed.get(text) ?? 0) + 1);
  set(turn, kind, subject, at);
}

/** How often it was postponed since it was armed. */
export const timesPostponed = (turn: Turn, kind: DurationKind, subject: string): number =>
  turn.state.postponed.get(deadlineText({ kind, subject })) ?? 0;

function set(turn: Turn, kind: DurationKind, subject: string, at: MonotonicNs): void {
  const { deadlines } = turn.state;
  const ofKind = deadlines.get(kind);
  if (ofKind === undefined) deadlines.set(kind, new Map([[subject, at]]));
  else ofKind.set(subject, at);
  turn.effects.push({ kind: 'arm-deadline', deadline: { kind, subject }, clock: 'monotonic', at });
}

export function disarm(turn: Turn, kind: DurationKind, subject: string): void {
  if (forget(turn, kind, subject)) turn.effects.push({ kind: 'disarm-deadline', deadline: { kind, subject } });
}

/** It came, or is wanted no more; false: it was not armed. */
export function forget(turn: Turn, kind: DurationKind, subject: string): boolean {
  forgetStalls(turn, kind, subject);
  return turn.state.deadlines.get(kind)?.delete(subject) === true;
}

function forgetStalls(turn: Turn, kind: DurationKind, subject: string): void {
  const { postponed } = turn.state;
  if (postponed.size > 0) postponed.delete(deadlineText({ kind, subject }));
}

/** When it comes; undefined: it is not armed. */
export const deadlineAt = (turn: Turn, kind: DurationKind, subject: string): MonotonicNs | undefined =>
  turn.state.deadlines.get(kind)?.get(subject);

export const isArmed = (turn: Turn, kind: DurationKind, subject: string): boolean => deadlineAt(turn, kind, subject) !== undefined;

/** A text of its own for each. */
export const deadlineText = ({ kind, subject }: Deadline): string => `${kind}:${subject}`;
