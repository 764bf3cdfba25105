/**
 * The deadlines of the wall clock and the one timer that they share. It is armed with what the clock will show, so the kernel moves it when
 * the clock is set, and says that it was. While somebody listens for that, the timer stays armed, for the end of time if there is nothing
 * else. PSD-007 9.1.
 */
import { errno } from '../kernel/errno.ts';
import type { RealtimeNs, Result } from '../kernel/kernel.ts';
import type { LoopDeadline } from '../kernel/loop.ts';
import type { DeadlineEntry } from './deadline-heap.ts';
import { createDeadlineHeap } from './deadline-heap.ts';

/** The last instant that the kernel knows, in the year 2262: what is later is never due. */
export const endOfTime: RealtimeNs = (1n << 63n) - 1n;

/** Those that are due together are taken in such pieces, for each may start a process. O-178. */
const mostAtOnce = 16;

export interface WallTimer {
  realtimeNow(): RealtimeNs;
  /** Fires when the clock shows the instant; 0n disarms. -ECANCELED: armed, and the clock was set since that was told last. */
  armRealtime(instant: RealtimeNs): Result;
}

export interface WallClock {
  at(instant: RealtimeNs, handler: () => void): LoopDeadline;
  onSet(handler: () => void): void;
  /** The timer fired, or told that the clock was set. */
  fired(wasSet: boolean): void;
  /** The clock was set, which nobody has been told yet. */
  readonly wasSet: boolean;
  /** Tells whoever listens. What the handler throws comes out. */
  tellSet(): void;
  isDue(): boolean;
  /** Some of them; the others stay due. */
  takeDue(): DeadlineEntry<RealtimeNs>[];
  /** Sets the timer to what is wanted of it. */
  arm(): void;
  readonly size: number;
}

/** `changed`: other instants may be wanted of the timer now. */
export function createWallClock(timer: WallTimer, changed: () => void): WallClock {
  const heap = createDeadlineHeap<RealtimeNs>();
  let onSet: (() => void) | null = null;
  let armed: RealtimeNs = 0n;
  let wasSet = false;

  return {
    at(instant, handler) {
      const entry = heap.add(instant < 1n ? 1n : instant, handler);
      changed();
      return {
        cancel() {
          entry.cancelled = true;
          if (heap.remove(entry)) changed();
        },
      };
    },
    onSet(handler) {
      onSet = handler;
      changed();
    },
    fired(set) {
      armed = 0n;
      wasSet ||= set;
    },
    get wasSet() {
      return wasSet;
    },
    tellSet() {
      wasSet = false;
      onSet?.();
    },
    isDue() {
      const first = heap.first();
      return first !== undefined && first.instant <= timer.realtimeNow();
    },
    takeDue: () => (heap.size === 0 ? [] : heap.takeDue(timer.realtimeNow(), mostAtOnce)),
    arm() {
      const first = heap.first()?.instant ?? (onSet === null ? 0n : endOfTime);
      const wanted = first > endOfTime ? endOfTime : first;
      if (wanted === armed) return;
      armed = wanted;
      if (timer.armRealtime(wanted) === -errno.ECANCELED) wasSet = true;
    },
    get size() {
      return heap.size;
    },
  };
}
