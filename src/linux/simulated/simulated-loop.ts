/** The loop over simulated descriptors: the same dispatcher as the real one, with time that jumps to what happens next. */

import { errno } from '../../kernel/errno.ts';
import type { MonotonicNs, RealtimeNs } from '../../kernel/kernel.ts';
import type { Loop } from '../../kernel/loop.ts';
import type { ErrorPlace } from '../dispatcher.ts';
import { createDispatcher, pollBits, timerToken, wallTimerToken } from '../dispatcher.ts';
import { endOfTime } from '../wall-clock.ts';
import type { OpenFile, World } from './world.ts';
import { milliseconds } from './world.ts';

export interface SimulatedLoop extends Loop {
  /** Does the next thing: a turn, or a jump to the next instant. False: nothing will ever happen, or the machine is down. */
  step(): boolean;
  /** Steps until the condition holds. Throws when nothing happens any more, or when `limitMs` of virtual time have passed. */
  runUntil(condition: () => boolean, limitMs?: number): void;
  /** Steps for that much virtual time. */
  runFor(durationMs: number): void;
  /** The daemon stands still for that much virtual time, as by SIGSTOP; the world goes on. */
  standStill(durationMs: number): void;
  /** Turns made so far. */
  readonly turns: number;
  readonly pending: { readonly watches: number; readonly deadlines: number; readonly deferred: number };
}

const notPollable = 1;
const pollable = new Set([
  'pipe-read',
  'pipe-write',
  'connection',
  'listener',
  'datagrams',
  'signals',
  'pidfd',
  'file',
  'vanishing',
  'appearing',
  'input',
]);

export function createSimulatedLoop(world: World, onError: (error: unknown, place: ErrorPlace) => void): SimulatedLoop {
  const registered = new Map<number, OpenFile>();
  let armed: MonotonicNs = 0n;
  let late = 0n;
  /** The wall clock's timer: what it is armed for, 0n once it has fired. */
  let wallArmed: RealtimeNs = 0n;
  let wallLate = 0n;
  /** It tells of sets after so many; null: it was never armed, or is disarmed. */
  let setsTold: number | null = null;
  let turns = 0;

  const dispatcher = createDispatcher(
    {
      now: () => world.now,
      add(fd, token, bits) {
        const file = world.file(fd);
        if (file === undefined) return -errno.EBADF;
        if (file.registration !== null) return -errno.EEXIST;
        if (!pollable.has(file.kind)) return -notPollable;
        file.registration = { token, bits };
        registered.set(token, file);
        world.touch(file);
        return 0;
      },
      modify(_fd, token, bits) {
        const file = registered.get(token);
        if (file?.registration?.token !== token) return -errno.ENOENT;
        file.registration.bits = bits;
        world.touch(file);
        return 0;
      },
      remove(fd, token) {
        const file = registered.get(token);
        registered.delete(token);
        if (file?.registration?.token !== token) {
          world.violations.push(`descriptor ${fd} was closed before its watch`);
          return -errno.ENOENT;
        }
        file.registration = null;
        world.touched.delete(file);
        return 0;
      },
      arm(instant) {
        armed = instant;
        late = world.random.upTo(world.disturbance.timerLateNs);
      },
      realtimeNow: () => world.now + world.realtimeOffset,
      armRealtime(instant) {
        const wasSet = clockWasSet();
        setsTold = instant === 0n ? null : world.clockSets;
        wallArmed = instant;
        if (wallInstant() !== undefined) wallLate = world.random.upTo(world.disturbance.timerLateNs);
        return wasSet && instant !== 0n ? -errno.ECANCELED : 0;
      },
    },
    onError,
  );

  const clockWasSet = (): boolean => setsTold !== null && setsTold !== world.clockSets;

  /** When the wall clock's timer fires, as things are. */
  function wallInstant(): MonotonicNs | undefined {
    if (wallArmed === 0n || wallArmed === endOfTime) return undefined;
    return wallArmed - world.realtimeOffset + wallLate;
  }

  /** The earliest of what will happen. */
  function nextInstant(): MonotonicNs | undefined {
    let next = world.nextInstant();
    for (const timer of [armed === 0n ? undefined : armed + late, wallInstant()]) {
      if (timer !== undefined && (next === undefined || timer <= next)) next = timer;
    }
    return next;
  }

  /** Descriptors that are ready; what is not leaves the set of candidates. */
  function collect(): [token: number, bits: number][] {
    const ready: [number, number][] = [];
    for (const file of world.touched) {
      const { registration } = file;
      const bits = registration === null ? 0 : file.ready() & (registration.bits | 8 | 16);
      if (registration === null || bits === 0) world.touched.delete(file);
      else ready.push([registration.token, bits]);
    }
    if (!world.disturbance.reorder || ready.length < 2) return ready;
    world.random.shuffle(ready);
    // Some are seen a turn later than they could be.
    return world.random.chance(0.2) ? ready.slice(0, 1 + world.random.below(ready.length)) : ready;
  }

  function turn(): boolean {
    const ready = collect();
    if (armed !== 0n && armed + late <= world.now) {
      ready.push([timerToken, 1]);
      armed = 0n;
    }
    const wallAt = wallInstant();
    if (clockWasSet() || (wallAt !== undefined && wallAt <= world.now)) {
      ready.push([wallTimerToken, clockWasSet() ? pollBits.pri : pollBits.in]);
      if (setsTold !== null) setsTold = world.clockSets;
      wallArmed = 0n;
    }
    if (ready.length === 0) return false;
    turns += 1;
    dispatcher.turn(Int32Array.from(ready.flat()), ready.length);
    // A turn takes its time, so that a daemon that never rests cannot stop the clock.
    world.now += 1000n + world.random.upTo(20_000n);
    return true;
  }

  function step(): boolean {
    if (world.rebooted !== null) return false;
    const happened = world.runDue();
    if (turn() || happened) return true;
    const next = nextInstant();
    if (next === undefined) return false;
    if (next > world.now) world.now = next;
    return true;
  }

  return {
    watch: dispatcher.watch,
    at: dispatcher.at,
    atRealtime: dispatcher.atRealtime,
    onClockSet: dispatcher.onClockSet,
    beforeDeadlines: dispatcher.beforeDeadlines,
    defer: dispatcher.defer,
    step,
    runUntil(condition, limitMs = 3_600_000) {
      const limit = world.now + milliseconds(limitMs);
      while (!condition()) {
        if (world.now > limit) throw new Error(`simulation: not so after ${limitMs} ms of virtual time`);
        if (!step()) throw new Error('simulation: nothing will happen any more');
      }
    },
    runFor(durationMs) {
      const until = world.now + milliseconds(durationMs);
      let reached = false;
      const cancel = world.schedule(until - world.now, () => {
        reached = true;
      });
      while (!reached && step());
      cancel();
    },
    standStill(durationMs) {
      const until = world.now + milliseconds(durationMs);
      for (let next = world.nextInstant(); next !== undefined && next <= until; next = world.nextInstant()) {
        if (next > world.now) world.now = next;
        world.runDue();
      }
      world.now = until;
    },
    get turns() {
      return turns;
    },
    get pending() {
      return dispatcher.pending;
    },
  };
}
