import { constants } from 'node:fs';
import { errno } from '../kernel/errno.ts';
import type { Clock, Descriptors } from '../kernel/kernel.ts';
import type { Loop, Watch } from '../kernel/loop.ts';

/** Text kept while the console does not take it; beyond that whole lines are dropped and counted. */
const backlogBytes = 256 * 1024;
const flags = constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK | constants.O_APPEND;
const nothing = new Uint8Array(0);

/** Text of definitions must neither steer the terminal nor look like a line of peinit's; a stack trace is one line as well. */
const oneLine = (text: string): string => joined(text).replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '\ufffd');

const joined = (text: string): string =>
  text.includes('\n')
    ? text
        .split('\n')
        .map((line) => line.trim())
        .join(' ')
    : text;

/** peinit's own messages. LOG-018. */
export interface Console {
  /** One line with the time since the start of peinit. */
  line(text: string): void;
  /** Writes as much as the console takes now; for the moments before the machine ends. */
  flush(): void;
}

/**
 * Opens the console without making it a controlling terminal and without ever blocking on it: what it does not take at once is kept and
 * written when it does. Lines of one turn are written together.
 */
export function createConsole(kernel: Clock & Descriptors, loop: Loop, path: string): Console {
  const startedAt = kernel.monotonicNs();
  // Without a device the streams that PID 1 was given are the console, opened anew: what is shared with others may block.
  const device = kernel.open(path, flags);
  const opened = device >= 0 ? device : kernel.open('/proc/self/fd/1', flags);
  const fd = opened >= 0 ? opened : 1;
  /** Lines not yet bytes: those of one turn become bytes together. */
  let text = '';
  /** Bytes that the console did not take. */
  let unsent: Uint8Array = nothing;
  let dropped = 0;
  let deferred = false;
  let watch: Watch | null = null;

  function writeOut(): void {
    deferred = false;
    while (text !== '' || unsent.length > 0) {
      if (unsent.length === 0) {
        unsent = Buffer.from(text);
        text = '';
      }
      const written = kernel.write(fd, unsent, 0, unsent.length);
      if (written === -errno.EINTR) continue;
      if (written === -errno.EAGAIN) {
        waitForRoom();
        return;
      }
      // A console that fails for good must not hold memory.
      unsent = written < 0 || written === unsent.length ? nothing : unsent.subarray(written);
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

  function add(line: string): void {
    if (unsent.length + text.length > backlogBytes) {
      dropped++;
      return;
    }
    if (dropped > 0) text += `(${dropped} lines of the console were lost)\n`;
    dropped = 0;
    text += line;
    if (deferred || watch !== null) return;
    deferred = true;
    loop.defer(writeOut);
  }

  return {
    line(text) {
      const elapsedNs = Number(kernel.monotonicNs() - startedAt);
      add(`[${(Math.floor(elapsedNs / 1e6) / 1000).toFixed(3).padStart(8)}] ${oneLine(text)}\n`);
    },
    flush: writeOut,
  };
}
