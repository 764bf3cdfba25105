/**
 * What is remembered of how a service came up for the first time in this boot: a few instants, for whoever wants to know where the time
 * went. Nothing is decided by it, and nothing is added once the service was up or given up, beside its first steps. O-147.
 */
import { stateFacts } from '../../gen/service/facts.ts';
import type { State } from '../../gen/service/types.ts';
import type { Service } from './state.ts';
import type { MonotonicNs } from './time.ts';
import type { Turn } from './turn.ts';

export interface FirstStart {
  /** Its first attempt began. */
  readonly asked: MonotonicNs;
  /** Its conditions and asserts were judged. */
  checked: MonotonicNs | null;
  /** Nothing that it needs was waited for any more. */
  freed: MonotonicNs | null;
  /** Key of the service that was waited for last; null: none was. */
  freedBy: string | null;
  /** The last restart began; null: this is the first try. What follows is of the last try. */
  retried: MonotonicNs | null;
  /** The start sequence began. */
  launched: MonotonicNs | null;
  /** Its main process is wanted: the hooks before it are over. */
  prepared: MonotonicNs | null;
  /** The token of its main process was granted. */
  granted: MonotonicNs | null;
  /** exec of its main process was confirmed. */
  running: MonotonicNs | null;
  /** It satisfied. */
  up: MonotonicNs | null;
  /** Its post-hooks were over. */
  released: MonotonicNs | null;
  /** It was given up before that. */
  ended: MonotonicNs | null;
  readonly changes: Change[];
}

export interface Change {
  readonly to: State;
  readonly at: MonotonicNs;
}

/** Of a service that goes up and down all the time the first ones tell enough. */
export const mostChanges = 12;

type Instant = 'checked' | 'prepared' | 'granted' | 'running' | 'released';

export function noteAsked(turn: Turn, service: Service): void {
  service.first ??= {
    asked: turn.stamp.monotonic,
    checked: null,
    freed: null,
    freedBy: null,
    retried: null,
    launched: null,
    prepared: null,
    granted: null,
    running: null,
    up: null,
    released: null,
    ended: null,
    changes: [],
  };
}

/** Null: there is nothing to remember any more. */
const open = ({ first }: Service): FirstStart | null => (first === null || first.released !== null || first.ended !== null ? null : first);

/** The first time counts. */
export function note(turn: Turn, service: Service, instant: Instant): void {
  const first = open(service);
  if (first !== null) first[instant] ??= turn.stamp.monotonic;
}

/** It waits for no other service. `by`: for that one it waited last; null: it is not known to have waited. */
export function noteFreed(turn: Turn, service: Service, by: string | null): void {
  const first = open(service);
  if (first === null || first.launched !== null || (by === null && first.freed !== null)) return;
  first.freed = turn.stamp.monotonic;
  if (by !== null) first.freedBy = by;
}

export function noteLaunched(turn: Turn, service: Service): void {
  const first = open(service);
  if (first !== null) first.launched = turn.stamp.monotonic;
}

/** It made a step. */
export function noteStep(turn: Turn, { first, state: to }: Service, from: State): void {
  if (first === null) return;
  const at = turn.stamp.monotonic;
  if (first.changes.length < mostChanges) first.changes.push({ to, at });
  if (first.released !== null || first.ended !== null) return;
  if (to === 'backoff') first.launched = first.prepared = first.granted = first.running = first.up = null;
  else if (from === 'backoff' && to === 'starting') first.retried = at;
  else if (to !== 'skipped' && stateFacts[to].satisfies) first.up ??= at;
  // A Oneshot that was up may be started again before its post-hooks are over.
  else if (to !== 'starting' || first.up !== null) first.ended = at;
}
