import { errno } from '../kernel/errno.ts';
import type { Descriptors, Result } from '../kernel/kernel.ts';
import type { Outgoing } from './link.ts';

/**
 * Bytes on their way out of a non-blocking descriptor, written into one piece of memory and sent from there. Whoever has more than there is
 * room for waits with it; nothing is copied but what is left where room is needed behind it.
 */
export interface OutgoingBytes extends Outgoing {
  /** Only until the next call of another one of these. */
  readonly memory: Buffer;
  /** Where the next byte is to be written. */
  readonly end: number;
  /** Nothing waits. */
  readonly empty: boolean;
  /** Whether so many bytes fit behind the end; what waits is moved to the front where that helps. */
  fits(bytes: number): boolean;
  /** The same; and where nothing waits the memory grows for it, up to its bound, until that is sent. */
  fitsAlone(bytes: number): boolean;
  /** So many bytes were written at the end. */
  add(count: number): void;
}

export interface OutgoingSize {
  readonly usualBytes: number;
  /** For what does not fit into that by itself. */
  readonly mostBytes: number;
}

export function createOutgoingBytes(
  kernel: Pick<Descriptors, 'write'>,
  fd: number,
  { usualBytes, mostBytes }: OutgoingSize,
): OutgoingBytes {
  const usual = Buffer.allocUnsafeSlow(usualBytes);
  let memory = usual;
  let begin = 0;
  let end = 0;
  let failure: Result = 0;

  function fits(bytes: number): boolean {
    if (begin > 0 && memory.length - end < bytes) {
      memory.copyWithin(0, begin, end);
      end -= begin;
      begin = 0;
    }
    return memory.length - end >= bytes;
  }

  return {
    get memory() {
      return memory;
    },
    get end() {
      return end;
    },
    get empty() {
      return begin === end;
    },
    get failure() {
      return failure;
    },
    fits,
    fitsAlone(bytes) {
      if (fits(bytes)) return true;
      if (begin < end || bytes > mostBytes) return false;
      memory = Buffer.allocUnsafeSlow(bytes);
      return true;
    },
    add(count) {
      end += count;
    },
    flush() {
      if (begin < end) {
        const wrote = kernel.write(fd, memory, begin, end - begin);
        if (wrote < 0 && wrote !== -errno.EAGAIN && wrote !== -errno.EINTR) {
          failure = wrote;
          return 'gone';
        }
        begin += Math.max(wrote, 0);
        if (begin < end) return 'blocked';
      }
      memory = usual;
      begin = 0;
      end = 0;
      return 'sent';
    },
  };
}
