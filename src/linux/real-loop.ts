/** The loop over the shim's epoll set: libuv polls that set alone, each wake-up makes one drain call and one turn. */

import { errnoName } from '../kernel/errno.ts';
import type { Loop } from '../kernel/loop.ts';
import type { ErrorPlace } from './dispatcher.ts';
import { createDispatcher } from './dispatcher.ts';
import type { Shim } from './shim.ts';

export interface RealLoop extends Loop {
  /** Lets Node's own loop wake us; keeps the process alive. */
  run(): void;
  /** Undoes run(); may run again later. */
  stop(): void;
  /** For good: the epoll set and the timers are closed. */
  close(): void;
}

/** 256 records and room for the urgent ones. */
const recordsPerDrain = 264;

/** `onError` gets what a handler threw; the loop goes on. `afterTurn` must not throw. Throws when the kernel refuses the epoll set. */
export function createRealLoop(
  shim: Shim,
  onError: (error: unknown, place: ErrorPlace) => void,
  afterTurn: () => void = () => undefined,
): RealLoop {
  const set = shim.loopCreate();
  if (typeof set === 'number') throw new Error(`epoll_create1: ${errnoName(set)}`);
  const records = new Int32Array(recordsPerDrain * 2);
  const dispatcher = createDispatcher(
    {
      now: () => shim.monotonicNs(),
      add: (fd, token, bits, urgent) => shim.loopAdd(set, fd, token, bits, urgent ? 1 : 0),
      modify: (fd, token, bits) => shim.loopModify(set, fd, token, bits),
      remove: (fd, token) => shim.loopRemove(set, fd, token),
      arm: (instant) => shim.loopArm(set, instant),
      realtimeNow: () => shim.realtimeNs(),
      armRealtime: (instant) => shim.loopArmRealtime(set, instant),
    },
    onError,
  );
  function wake(): void {
    const count = shim.loopDrain(set as Exclude<typeof set, number>, records);
    if (count < 0) onError(new Error(`epoll_wait: ${errnoName(count)}`), 'signal');
    else dispatcher.turn(records, count);
    afterTurn();
  }
  return {
    watch: dispatcher.watch,
    at: dispatcher.at,
    atRealtime: dispatcher.atRealtime,
    onClockSet: dispatcher.onClockSet,
    beforeDeadlines: dispatcher.beforeDeadlines,
    defer: dispatcher.defer,
    run() {
      const started = shim.loopRun(set, wake);
      if (started < 0) throw new Error(`uv_poll: ${errnoName(started)}`);
    },
    stop: () => void shim.loopStop(set),
    close: () => void shim.loopClose(set),
  };
}
