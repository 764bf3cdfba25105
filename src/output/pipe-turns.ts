import type { Loop } from '../kernel/loop.ts';
import type { OutputPipe } from './output-pipe.ts';
import { bytesPerRead } from './output-pipe.ts';
import type { OutputRing } from './output-ring.ts';

/** Bytes read in one turn from all pipes together, so that no writer holds the loop. LOG-010, LOG-013. */
const bytesPerTurn = 1 << 20;
/** A read costs that much of a turn, however little it brings. */
const leastCost = 2_048;
/** Less is not worth a read. */
const leastRead = 4_096;

/**
 * Free: nobody takes what is kept, and the ring drops its oldest for what is new. Bounded: it is being taken, so a pipe pauses while too
 * much of it waits, and nothing is dropped. LOG-009, LOG-015.
 */
export type Flow = 'free' | 'bounded';

export interface TurnParts {
  readonly loop: Pick<Loop, 'defer'>;
  readonly ring: OutputRing;
  readonly flow: () => Flow;
  /** MaxLogBufferPerService in force. */
  readonly maxUnsentBytes: () => number;
  /** Reads so many bytes at most; tells how many there were. */
  readonly read: (pipe: OutputPipe, most: number) => number;
  /** All that was read in this turn is in the ring. */
  readonly added: () => void;
}

export interface PipeTurns {
  /** It has something to read. */
  ready(pipe: OutputPipe): void;
  /** Lines were sent or acknowledged, or the flow is another: pipes that need not pause any more are read again. */
  goOn(): void;
  closed(pipe: OutputPipe): void;
}

/**
 * Which pipe is read when. Those that have something wait in the order in which they were found ready; at the end of a turn of the loop
 * they are read one after the other until the bytes of the turn are used up, and who was not reached is the first of the next turn. So each
 * stream keeps its order, and lines that were written in different turns stay in the order in which they came. PSD-007 12.1, O-99.
 */
export function createPipeTurns({ loop, ring, flow, maxUnsentBytes, read, added }: TurnParts): PipeTurns {
  const paused = new Set<OutputPipe>();
  let first: OutputPipe | null = null;
  let last: OutputPipe | null = null;
  let deferred = false;

  function readWaiting(): void {
    deferred = false;
    // Those that are left are still ready, which makes the next turn.
    for (let left = bytesPerTurn; first !== null && left > 0; ) {
      const pipe: OutputPipe = first;
      first = pipe.behind;
      if (first === null) last = null;
      pipe.behind = null;
      pipe.waits = false;
      if (pipe.watch !== null) left -= Math.max(turnOf(pipe), leastCost);
    }
    added();
  }

  function turnOf(pipe: OutputPipe): number {
    const most = flow() === 'free' ? bytesPerRead : roomFor(pipe);
    if (most > 0) return read(pipe, most);
    paused.add(pipe);
    pipe.watch?.update({});
    return 0;
  }

  function roomFor({ writer, pendingBytes }: OutputPipe): number {
    if (ring.heldBytes > 0 && ring.heldBytes + pendingBytes >= ring.capacity * 0.75) return 0;
    const unsent = ring.unsentBytesOf(writer);
    const left = Math.min(maxUnsentBytes() - unsent - pendingBytes, bytesPerRead);
    // The unfinished line alone never pauses it.
    return left >= leastRead ? left : unsent === 0 ? leastRead : 0;
  }

  return {
    ready(pipe) {
      if (!pipe.waits) {
        if (last === null) first = pipe;
        else last.behind = pipe;
        last = pipe;
      }
      pipe.waits = true;
      if (!deferred) loop.defer(readWaiting);
      deferred = true;
    },
    goOn() {
      const free = flow() === 'free';
      if (!free && ring.heldBytes > ring.capacity / 2) return;
      for (const pipe of paused) {
        // Who would only pause again would wake the loop for nothing.
        if (!free && (ring.unsentBytesOf(pipe.writer) > maxUnsentBytes() / 2 || roomFor(pipe) === 0)) continue;
        paused.delete(pipe);
        pipe.watch?.update({ read: true });
      }
    },
    closed(pipe) {
      paused.delete(pipe);
    },
  };
}
