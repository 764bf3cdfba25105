/**
 * What a turn of the loop is, for the real loop and the simulated one alike. A turn takes the records of one drain call
 * and runs, in this order: the signal lane, the deadlines that are due, the control, notify and output lanes, and what was
 * deferred. Whoever asked for it is called before the deadlines, and told when they are late because the loop stood still;
 * and before that whoever wants to know that the wall clock was set. What clients ask for in numbers, and deadlines of the wall
 * clock, take no turn for long: what is left comes first in the next one, which follows at once.
 * A handler that throws is contained, and one that always does is given up. A record of a watch that was closed earlier in
 * the turn is not delivered, and neither is readiness that its watch stopped asking for. Nothing wakes the process while
 * nothing is ready or due. O-13.
 */

import { errnoName } from '../kernel/errno.ts';
import type { MonotonicNs, Result } from '../kernel/kernel.ts';
import type { Interest, Lane, Loop, Ready, Stall, Watch } from '../kernel/loop.ts';
import { lanes } from '../kernel/loop.ts';
import type { DeadlineEntry } from './deadline-heap.ts';
import { createDeadlineHeap } from './deadline-heap.ts';
import type { WallTimer } from './wall-clock.ts';
import { createWallClock } from './wall-clock.ts';

/** Bits of the kernel's poll interface. */
export const pollBits = { in: 1, pri: 2, out: 4, err: 8, hup: 16 } as const;

/** Being late by less is the ordinary life of a busy machine. */
const stallNs = 100_000_000n;

/** After so long the rest of a lane waits for the next turn: a thousand clients hold up no child's end and no deadline. O-178. */
const laneNs = 50_000_000n;

/** A handler that throws so often in a row is not called any more: what it leaves unread would wake the loop for ever. */
const mostFailures = 16;

/** Token of a record that says the timer fired. */
export const timerToken = 0;
/** The same of the wall clock's timer; with the bit `pri` the clock was set. */
export const wallTimerToken = 1;

/** What a dispatcher needs below it: an epoll set with a timer for each clock. */
export interface Poller extends WallTimer {
  now(): MonotonicNs;
  /** `urgent`: a full batch must not leave this one out. */
  add(fd: number, token: number, bits: number, urgent: boolean): Result;
  modify(fd: number, token: number, bits: number): Result;
  remove(fd: number, token: number): Result;
  /** Fires at or after the instant; 0n disarms. */
  arm(instant: MonotonicNs): void;
}

/** Where a contained error came from. */
export type ErrorPlace = Lane | 'deferred';

export interface Dispatcher extends Loop {
  /** Runs one turn over `count` pairs of {token, bits}. Throws only what `onError` threw, after the turn. */
  turn(records: Int32Array, count: number): void;
  /** Watches, deadlines and deferred handlers that are there. */
  readonly pending: { readonly watches: number; readonly deadlines: number; readonly deferred: number };
}

interface WatchState {
  readonly fd: number;
  readonly token: number;
  readonly lane: Lane;
  readonly handler: (ready: Ready) => void;
  /** What it asks for; 0 is out of the set. */
  bits: number;
  /** What this turn's records say. */
  ready: number;
  open: boolean;
  /** How often its handler threw in a row. */
  failures: number;
}

function bitsOf(interest: Interest): number {
  return (
    (interest.read === true ? pollBits.in : 0) |
    (interest.write === true ? pollBits.out : 0) |
    (interest.priority === true ? pollBits.pri : 0)
  );
}

const readyTable: readonly Ready[] = Array.from({ length: 32 }, (_, bits) =>
  Object.freeze({
    readable: (bits & pollBits.in) !== 0,
    writable: (bits & pollBits.out) !== 0,
    priority: (bits & pollBits.pri) !== 0,
    // Kernel files report an error beside every EPOLLPRI.
    closed: (bits & pollBits.hup) !== 0 || ((bits & pollBits.err) !== 0 && (bits & pollBits.pri) === 0),
  }),
);

export function createDispatcher(poller: Poller, onError: (error: unknown, place: ErrorPlace) => void): Dispatcher {
  const watches = new Map<number, WatchState>();
  /** Who watches a descriptor now: its number may be in use anew before an old watch is closed. */
  const holders = new Map<number, WatchState>();
  const heap = createDeadlineHeap();
  const wall = createWallClock(poller, () => arm());
  const ready: Record<Lane, WatchState[]> = { signal: [], deadline: [], control: [], notify: [], output: [] };
  let deferred: (() => void)[] = [];
  let lastToken = wallTimerToken;
  let armed: MonotonicNs = 0n;
  let inTurn = false;
  let judgedAt: MonotonicNs = poller.now();
  let beforeDeadlines: (stall: Stall | null) => void = () => undefined;
  let escaped: { readonly error: unknown } | null = null;

  function contain(error: unknown, place: ErrorPlace): void {
    try {
      onError(error, place);
    } catch (second) {
      escaped ??= { error: second };
    }
  }

  function arm(): void {
    if (inTurn) return;
    wall.arm();
    const first = deferred.length > 0 || wall.wasSet || isLeft() ? 1n : (heap.first()?.instant ?? 0n);
    if (first === armed) return;
    armed = first;
    poller.arm(first);
  }

  const isLeft = (): boolean => lanes.some((lane) => ready[lane].length > 0);

  function newToken(): number {
    do lastToken = lastToken >= 0x7fffffff ? wallTimerToken + 1 : lastToken + 1;
    while (watches.has(lastToken));
    return lastToken;
  }

  function enter(state: WatchState, bits: number): void {
    if (bits !== 0) {
      const added = poller.add(state.fd, state.token, bits, state.lane === 'signal');
      if (added < 0) throw Object.assign(new Error(`epoll_ctl: ${errnoName(added)} for descriptor ${state.fd}`), { errno: added });
      holders.set(state.fd, state);
    }
    state.bits = bits;
  }

  function leave(state: WatchState): void {
    if (state.bits !== 0 && holders.get(state.fd) === state) {
      poller.remove(state.fd, state.token);
      holders.delete(state.fd);
    }
    state.bits = 0;
  }

  function update(state: WatchState, interest: Interest): void {
    const bits = bitsOf(interest);
    if (!state.open || bits === state.bits) return;
    // Without any interest it leaves the set: a hung-up peer would wake the loop for ever.
    if (bits === 0) leave(state);
    else if (state.bits === 0) enter(state, bits);
    else {
      state.bits = bits;
      if (holders.get(state.fd) === state) poller.modify(state.fd, state.token, bits);
    }
  }

  function sort(records: Int32Array, count: number): void {
    for (let at = 0; at < count * 2; at += 2) {
      const token = records[at] ?? 0;
      if (token === timerToken) {
        armed = 0n;
        continue;
      }
      if (token === wallTimerToken) {
        wall.fired(((records[at + 1] ?? 0) & pollBits.pri) !== 0);
        continue;
      }
      const state = watches.get(token);
      if (state === undefined) continue;
      if (state.ready === 0) ready[state.lane].push(state);
      state.ready |= (records[at + 1] ?? 0) & 31;
    }
  }

  function runLane(lane: Lane): void {
    if (ready[lane].length === 0) return;
    const end = poller.now() + laneNs;
    let served = 0;
    for (const state of ready[lane]) {
      if (lane !== 'signal' && served > 0 && poller.now() >= end) break;
      served += 1;
      const bits = state.ready & (state.bits | pollBits.err | pollBits.hup);
      state.ready = 0;
      if (!state.open || state.bits === 0 || bits === 0) continue;
      try {
        state.handler(readyTable[bits] as Ready);
        state.failures = 0;
      } catch (error) {
        contain(error, lane);
        state.failures += 1;
        if (state.failures >= mostFailures && lane !== 'signal') giveUp(state, lane);
      }
    }
    ready[lane].splice(0, served);
  }

  function giveUp(state: WatchState, lane: Lane): void {
    if (!state.open) return;
    leave(state);
    contain(new Error(`descriptor ${state.fd} is not watched any more: its handler failed ${mostFailures} times in a row`), lane);
  }

  function runDeadlines(): void {
    if (wall.wasSet) run(() => wall.tellSet());
    const now = poller.now();
    const since = judgedAt;
    judgedAt = now;
    const dueAt = heap.first()?.instant;
    const isDue = dueAt !== undefined && dueAt <= now;
    if (!isDue && !wall.isDue()) return;
    // One that was set for the past is no sign of anything.
    run(() => beforeDeadlines(isDue && now - dueAt > stallNs && dueAt > since ? { since, dueAt } : null));
    runEntries(heap.takeDue(now));
    runEntries(wall.takeDue());
  }

  function run(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      contain(error, 'deadline');
    }
  }

  function runEntries(due: readonly DeadlineEntry<bigint>[]): void {
    for (const entry of due) {
      // Cancelled by an earlier one of the same turn.
      if (!entry.cancelled) run(entry.handler);
    }
  }

  function runDeferred(): void {
    const now = deferred;
    if (now.length === 0) return;
    deferred = [];
    for (const handler of now) {
      try {
        handler();
      } catch (error) {
        contain(error, 'deferred');
      }
    }
  }

  return {
    watch(fd, interest, lane, handler): Watch {
      const state: WatchState = { fd, token: newToken(), lane, handler, bits: 0, ready: 0, open: true, failures: 0 };
      enter(state, bitsOf(interest));
      watches.set(state.token, state);
      return {
        update: (next) => update(state, next),
        close() {
          if (!state.open) return;
          leave(state);
          state.open = false;
          watches.delete(state.token);
        },
      };
    },
    at(instant, handler) {
      const entry = heap.add(instant < 1n ? 1n : instant, handler);
      arm();
      return {
        cancel() {
          entry.cancelled = true;
          if (heap.remove(entry)) arm();
        },
      };
    },
    atRealtime: wall.at,
    onClockSet: wall.onSet,
    beforeDeadlines(handler) {
      beforeDeadlines = handler;
    },
    defer(handler) {
      deferred.push(handler);
      arm();
    },
    turn(records, count) {
      inTurn = true;
      sort(records, count);
      for (const lane of lanes) {
        if (lane === 'deadline') runDeadlines();
        else runLane(lane);
      }
      runDeferred();
      inTurn = false;
      arm();
      const failure = escaped;
      escaped = null;
      if (failure !== null) throw failure.error;
    },
    get pending() {
      return { watches: watches.size, deadlines: heap.size + wall.size, deferred: deferred.length };
    },
  };
}
