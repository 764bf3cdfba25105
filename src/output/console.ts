import { constants } from 'node:fs';
import { errno } from '../linux/errnos.ts';
import type { Clock, Descriptors } from '../linux/kernel.ts';
import type { Loop, Watch } from '../linux/loop.ts';

/** Text kept while the console does not take it; beyond that whole lines are dropped and counted. */
const backlogBytes = 256 * 1024;

/** peinit's own messages. LOG-018. */
export interface Console {
  /** One line with the time since the start of peinit. */
  line(text: string): void;
  /** Writes as much as the console takes now; for the moments before the machine ends. */
  flush(): void;
  /** Descriptor of the console; -1 without one. */
  readonly fd: number;
}

/**
 * Opens the console without making it a controlling terminal and without ever blocking on it: what it does not take at once is kept and
 * written when it does. Lines of one turn are written together.
 */
export function createConsole(kernel: Clock & Descriptors, loop: Loop, path: string): Console {
  const startedAt = kernel.monotonicNs();
  const opened = kernel.open(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
  // Without a device the streams that PID 1 was given are the console.
  const fd = opened >= 0 ? opened : 1;
  const encoder = new TextEncoder();
  let backlog: Uint8Array[] = [];
  let bytes = 0;
  let dropped = 0;
  let deferred = false;
  let watch: Watch | null = null;

  function writeOut(): void {
    deferred = false;
    while (backlog.length > 0) {
      const first = backlog.length > 1 ? concatenate(backlog) : (backlog[0] ?? new Uint8Array(0));
      const written = kernel.write(fd, first, 0, first.length);
      if (written === -errno.EINTR) continue;
      if (written === -errno.EAGAIN) {
        backlog = [first];
        waitForRoom();
        return;
      }
      // A console that fails for good must not hold memory.
      const rest = written < 0 ? new Uint8Array(0) : first.subarray(written);
      backlog = rest.length > 0 ? [rest] : [];
      bytes = rest.length;
    }
    watch?.close();
    watch = null;
  }

  function waitForRoom(): void {
    try {
      watch ??= loop.watch(fd, { write: true }, 'output', writeOut);
    } catch {
      // A regular file takes everything; one that the loop refuses and that is full is tried again with the next line.
    }
  }

  function add(text: string): void {
    if (bytes > backlogBytes) {
      dropped++;
      return;
    }
    const line = encoder.encode(dropped > 0 ? `(${dropped} lines of the console were lost)\n${text}` : text);
    dropped = 0;
    backlog.push(line);
    bytes += line.length;
    if (deferred || watch !== null) return;
    deferred = true;
    loop.defer(writeOut);
  }

  return {
    fd,
    line(text) {
      const elapsedMs = Number((kernel.monotonicNs() - startedAt) / 1_000_000n);
      add(`[${(elapsedMs / 1000).toFixed(3).padStart(8)}] ${text}\n`);
    },
    flush: writeOut,
  };
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
