/** Pipes. The ends of PID 1 do not block; an end it made blocking and then uses like one is a violation. */

import { errno } from '../../kernel/errno.ts';
import type { Descriptors } from '../../kernel/kernel.ts';
import { pollBits } from '../dispatcher.ts';
import type { ByteQueue } from './streams.ts';
import { createByteQueue } from './streams.ts';
import type { OpenFile, World } from './world.ts';
import { openFile } from './world.ts';

export interface PipeEnd extends OpenFile {
  readonly queue: ByteQueue;
}

export function isWriteEnd(file: OpenFile): file is PipeEnd {
  return file.kind === 'pipe-write';
}

export function createPipe(world: World, capacity: number, nonblockingRead: boolean): readonly [PipeEnd, PipeEnd] {
  let readerGone = false;
  const queue: ByteQueue = createByteQueue(
    world,
    capacity,
    () => world.touch(readEnd),
    () => world.touch(writeEnd),
  );
  const readEnd: PipeEnd = Object.assign(
    openFile('pipe-read', {
      ready: () => (queue.available > 0 ? pollBits.in : 0) | (queue.ended ? pollBits.hup : 0),
      read(into) {
        if (queue.available > 0) return queue.take(shortened(world, into));
        if (queue.ended) return 0;
        if (!nonblockingRead) world.violations.push('read on a blocking pipe would wait');
        return -errno.EAGAIN;
      },
      released() {
        readerGone = true;
      },
    }),
    { queue },
  );
  const writeEnd: PipeEnd = Object.assign(
    openFile('pipe-write', {
      ready: () => (readerGone ? pollBits.err : queue.room > 0 ? pollBits.out : 0),
      write(data) {
        if (readerGone) return -errno.EPIPE;
        const part = data.subarray(0, queue.room);
        if (part.length === 0) {
          world.violations.push('write on a blocking pipe would wait');
          return -errno.EAGAIN;
        }
        queue.push(part);
        return part.length;
      },
      released: () => queue.end(),
    }),
    { queue },
  );
  return [readEnd, writeEnd];
}

/** A part of a buffer, when transfers may be short. */
export function shortened(world: World, into: Uint8Array): Uint8Array {
  if (!world.disturbance.shortTransfers || into.length < 2 || !world.random.chance(0.1)) return into;
  return into.subarray(0, 1 + world.random.below(into.length - 1));
}

export function createPipeCall(world: World): Descriptors['pipe'] {
  return ({ nonblockingRead, capacity = 65536 }) => {
    const [readEnd, writeEnd] = createPipe(world, capacity, nonblockingRead);
    const read = world.install(readEnd);
    if (read < 0) return read;
    const write = world.install(writeEnd);
    if (write >= 0) return [read, write];
    world.close(read);
    return write;
  };
}
