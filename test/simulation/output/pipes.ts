/** Pipes from simulated processes to process 1. A writer waits while its pipe is full, and is gone with what it could not write. */
import { constants } from 'node:os';
import { pollBits } from '../../../src/linux/dispatcher.ts';
import type { Random } from '../../support/random.ts';
import { must } from '../invariants/invariant.ts';
import type { DescriptorWorld, File } from '../kernel/descriptors.ts';

export interface Pipe {
  /** Of the end that process 1 reads. */
  readonly fd: number;
  write(bytes: Buffer): void;
  /** Nobody holds the writing end any more. */
  close(): void;
  /** Since when process 1 has left alone what is in it; null: it is empty, or closed. */
  readonly leftSince: number | null;
}

export interface PipeEvents {
  /** Process 1 has read so many bytes, with which so many lines are whole; at the end one without its newline is whole too. */
  read(bytes: number, lines: number): void;
  closed(): void;
}

const { EAGAIN, EINTR } = constants.errno;
const capacity = 65_536;
const newline = 10;

export function createPipe(world: DescriptorWorld, now: () => number, random: Random, events: PipeEvents): Pipe {
  let held: Buffer = Buffer.alloc(0);
  /** What its writer waits with. */
  let waiting: Buffer = Buffer.alloc(0);
  let writerGone = false;
  let readerGone = false;
  let since: number | null = null;
  /** The line whose beginning was read has no end yet. */
  let begun = false;

  function fill(): void {
    const room = capacity - held.length;
    if (room > 0 && waiting.length > 0) {
      held = Buffer.concat([held, waiting.subarray(0, room)]);
      waiting = waiting.subarray(room);
    }
    since = held.length === 0 ? null : (since ?? now());
    world.touch(file);
  }

  const file: File = {
    ready: () => (held.length > 0 ? pollBits.in : 0) | (writerGone ? pollBits.hup : 0),
    read(into) {
      if (random.chance(0.01)) return random.chance(0.5) ? -EINTR : -EAGAIN;
      if (held.length === 0) return writerGone ? 0 : -EAGAIN;
      const part = held.subarray(0, Math.min(into.length, random.chance(0.05) ? 1 + random.below(held.length) : held.length));
      into.set(part);
      held = held.subarray(part.length);
      since = null;
      let lines = 0;
      for (let at = part.indexOf(newline); at >= 0; at = part.indexOf(newline, at + 1)) lines += 1;
      begun = part[part.length - 1] !== newline;
      events.read(part.length, lines);
      fill();
      return part.length;
    },
    write() {
      return must(false, () => 'process 1 wrote into a pipe of a service') as never;
    },
    closed() {
      readerGone = true;
      if (begun) events.read(0, 1);
      events.closed();
    },
  };

  return {
    fd: world.install(file),
    write(bytes) {
      if (writerGone || readerGone) return;
      waiting = Buffer.concat([waiting, bytes]);
      fill();
    },
    close() {
      writerGone = true;
      waiting = Buffer.alloc(0);
      world.touch(file);
    },
    get leftSince() {
      return readerGone ? null : since;
    },
  };
}
