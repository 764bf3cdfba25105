/** A console device that takes as much as a test lets it, and a loop that turns by hand. */
import { constants } from 'node:os';
import type { Clock, Descriptors, Files } from '../../src/kernel/kernel.ts';
import type { Loop, Ready } from '../../src/kernel/loop.ts';

const { EAGAIN, ENOENT, ENXIO, EPERM } = constants.errno;

export interface ConsoleRoom {
  /** Of both clocks. */
  now: bigint;
  /** Bytes that the device takes. */
  room: number;
  /** What writing fails with; 0: it does not. */
  error: number;
  /** Paths that can be opened. */
  opens: readonly string[];
  isTerminal: boolean;
  /** The loop can wait for room. */
  pollable: boolean;
  written: string;
  writes: number;
  /** Which call wrote, and where to. */
  readonly calls: Set<string>;
  watched: number;
  /** What was opened. */
  readonly opened: string[];
  turn(): void;
  /** The device has so much room more. */
  hasRoom(bytes: number): void;
  /** Time passes, and deadlines come. */
  passes(ms: number): void;
}

export function createConsoleRoom(): {
  room: ConsoleRoom;
  kernel: Clock & Descriptors & Pick<Files, 'isTerminal'>;
  loop: Loop;
} {
  let ready: ((ready: Ready) => void) | null = null;
  const deferred: (() => void)[] = [];
  let deadlines: { readonly at: bigint; readonly handler: () => void }[] = [];
  const room: ConsoleRoom = {
    now: 5_000_000_000n,
    room: Number.POSITIVE_INFINITY,
    error: 0,
    opens: ['/dev/console'],
    isTerminal: false,
    pollable: true,
    written: '',
    writes: 0,
    calls: new Set(),
    watched: 0,
    opened: [],
    turn() {
      for (const handler of deferred.splice(0)) handler();
    },
    hasRoom(bytes) {
      room.room += bytes;
      ready?.({ readable: false, writable: true, priority: false, closed: false });
    },
    passes(ms) {
      room.now += BigInt(ms) * 1_000_000n;
      const due = deadlines.filter(({ at }) => at <= room.now);
      deadlines = deadlines.filter(({ at }) => at > room.now);
      for (const { handler } of due) handler();
    },
  };
  const take = (call: string) => (fd: number, data: Uint8Array, offset: number, length: number) => {
    room.writes++;
    room.calls.add(`${call} ${fd}`);
    if (room.error !== 0) return -room.error;
    const count = Math.min(length, room.room);
    if (count === 0) return -EAGAIN;
    room.room -= count;
    room.written += Buffer.from(data.subarray(offset, offset + count)).toString('latin1');
    return count;
  };
  const kernel = {
    monotonicNs: () => room.now,
    realtimeNs: () => room.now,
    isTerminal: () => room.isTerminal,
    open(path: string) {
      room.opened.push(path);
      return room.opens.includes(path) ? 7 : path.startsWith('/proc') ? -ENXIO : -ENOENT;
    },
    write: take('write'),
    writeNow: take('writeNow'),
  } as unknown as Clock & Descriptors & Files;
  const loop: Loop = {
    watch(_fd, _interest, _lane, handler) {
      if (!room.pollable) throw new Error(`epoll_ctl: ${EPERM}`);
      room.watched++;
      ready = handler;
      return {
        update: () => undefined,
        close() {
          room.watched--;
          ready = null;
        },
      };
    },
    at(at, handler) {
      const deadline = { at, handler };
      deadlines.push(deadline);
      return {
        cancel() {
          deadlines = deadlines.filter((each) => each !== deadline);
        },
      };
    },
    atRealtime: () => ({ cancel: () => undefined }),
    onClockSet: () => undefined,
    beforeDeadlines: () => undefined,
    defer: (handler) => void deferred.push(handler),
  };
  return { room, kernel, loop };
}
