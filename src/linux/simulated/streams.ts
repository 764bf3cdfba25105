/**
 * A queue of bytes that arrive late and in order: one direction of a pipe or of a stream socket. The writing side may be a
 * simulated program (which waits when it is full) or the daemon (which gets EAGAIN).
 */
import type { OpenFile, World } from './world.ts';
import { milliseconds } from './world.ts';

export interface Passed {
  /** Descriptions that arrive with the byte at this offset of the stream. */
  readonly at: number;
  readonly files: OpenFile[];
}

export interface ByteQueue {
  /** Bytes that can be read now. */
  readonly available: number;
  /** Bytes on the way or readable. */
  readonly held: number;
  /** Everything written was read, and nothing more comes. */
  readonly ended: boolean;
  readonly ending: boolean;
  /** Room for the daemon. */
  readonly room: number;
  /** From a program: takes all, what does not fit waits. */
  push(data: Uint8Array, files?: OpenFile[]): void;
  take(into: Uint8Array): number;
  /** Descriptions whose byte was taken by the last takes. */
  takePassed(): OpenFile[];
  /** No more will be written. */
  end(): void;
}

export function createByteQueue(world: World, capacity: number, onReadable: () => void, onRoom: () => void): ByteQueue {
  let chunks: Uint8Array[] = [];
  let available = 0;
  let underWay = 0;
  const waiting: Uint8Array[] = [];
  let ending = false;
  let endSeen = false;
  let lastArrival = 0n;
  let written = 0;
  let taken = 0;
  const passed: Passed[] = [];

  /** In order: nothing overtakes what was written before. */
  function arrive(action: () => void): void {
    const earliest = world.now + world.delay();
    lastArrival = earliest > lastArrival ? earliest : lastArrival;
    world.schedule(lastArrival - world.now, action);
  }

  function admit(): void {
    while (waiting.length > 0 && available + underWay < capacity) {
      const next = waiting[0] as Uint8Array;
      const part = next.subarray(0, capacity - available - underWay);
      if (part.length === next.length) waiting.shift();
      else waiting[0] = next.subarray(part.length);
      underWay += part.length;
      arrive(() => {
        underWay -= part.length;
        available += part.length;
        chunks.push(part);
        onReadable();
      });
    }
    if (ending && waiting.length === 0 && !endSeen) {
      endSeen = true;
      arrive(() => {
        ended = true;
        onReadable();
      });
    }
  }

  let ended = false;
  return {
    get available() {
      return available;
    },
    get held() {
      return available + underWay + waiting.reduce((sum, chunk) => sum + chunk.length, 0);
    },
    get ended() {
      return ended && available === 0;
    },
    get ending() {
      return ending;
    },
    get room() {
      return waiting.length > 0 ? 0 : Math.max(0, capacity - available - underWay);
    },
    push(data, files = []) {
      if (ending) return;
      if (files.length > 0) passed.push({ at: written, files });
      written += data.length;
      // A copy: slice() of a Buffer is a view of memory that the daemon uses again.
      if (data.length > 0) waiting.push(new Uint8Array(data));
      admit();
    },
    take(into) {
      let count = 0;
      while (count < into.length && chunks.length > 0) {
        const next = chunks[0] as Uint8Array;
        // The kernel ends a read before bytes that carry other descriptors.
        const barrier = passed.find((each) => each.at > taken && each.at < taken + next.length);
        if (passed.some((each) => each.at === taken) && count > 0) break;
        const limit = barrier === undefined ? next.length : barrier.at - taken;
        const part = next.subarray(0, Math.min(limit, into.length - count));
        into.set(part, count);
        count += part.length;
        taken += part.length;
        available -= part.length;
        if (part.length === next.length) chunks.shift();
        else chunks = [next.subarray(part.length), ...chunks.slice(1)];
        if (barrier !== undefined && taken === barrier.at) break;
      }
      if (count > 0) {
        admit();
        world.schedule(world.random.upTo(milliseconds(0.01)), onRoom);
      }
      return count;
    },
    takePassed() {
      const files: OpenFile[] = [];
      while (passed.length > 0 && (passed[0] as Passed).at < taken) files.push(...(passed.shift() as Passed).files);
      return files;
    },
    end() {
      ending = true;
      admit();
    },
  };
}
