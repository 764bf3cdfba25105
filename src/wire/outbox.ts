import { errno } from '../kernel/errno.ts';
import type { Descriptors, Result } from '../kernel/kernel.ts';

/** Lines on their way out of a non-blocking descriptor: gathered as text, turned into bytes late, sent in pieces. */
export interface Outbox {
  /** Takes a line without its newline. */
  push(line: string): void;
  /** Sends what the kernel takes. `gone`: nobody will read it, nothing is kept. */
  flush(): 'sent' | 'blocked' | 'gone';
  /** What was pushed so far is never dropped: answers before a stream, which calls this when it begins (control/streaming.ts). */
  protect(): void;
  /** Drops all but what is protected and the rest of a line that is half sent. */
  dropWaiting(): void;
  clear(): void;
  /** About how many bytes are waiting. */
  readonly unsent: number;
  /** -errno of what is gone; 0 before that. */
  readonly failure: Result;
}

const newline = 0x0a;

/** `shared`: what fits goes out from there; its content is used only within one call. */
export function createOutbox(kernel: Pick<Descriptors, 'write'>, fd: number, shared: Buffer): Outbox {
  /** Lines not yet bytes: those that are protected go first. */
  let vital = '';
  let text = '';
  /** Bytes that the kernel did not take, from `sent` on. */
  let bytes: Buffer | null = null;
  let bytesAreVital = false;
  let sent = 0;
  let midLine = false;
  let failure: Result = 0;

  /** The next bytes to send, with their bounds in `sent` and `end`. */
  function take(): { readonly from: Buffer; readonly end: number } {
    if (bytes !== null) return { from: bytes, end: bytes.length };
    bytesAreVital = vital !== '';
    const lines = bytesAreVital ? vital : text;
    if (bytesAreVital) vital = '';
    else text = '';
    sent = 0;
    if (lines.length * 3 <= shared.length) return { from: shared, end: shared.write(lines, 0) };
    const own = Buffer.from(lines);
    return { from: own, end: own.length };
  }

  return {
    push(line) {
      text += `${line}\n`;
    },
    flush() {
      while (bytes !== null || vital !== '' || text !== '') {
        const { from, end } = take();
        const wrote = kernel.write(fd, from, sent, end - sent);
        if (wrote < 0 && wrote !== -errno.EAGAIN && wrote !== -errno.EINTR) {
          this.clear();
          failure = wrote;
          return 'gone';
        }
        if (wrote > 0) {
          sent += wrote;
          midLine = from[sent - 1] !== newline;
        }
        if (sent === end) {
          bytes = null;
          continue;
        }
        if (from === shared) {
          bytes = Buffer.from(shared.subarray(sent, end));
          sent = 0;
        } else bytes = from;
        return 'blocked';
      }
      return 'sent';
    },
    protect() {
      vital += text;
      text = '';
      bytesAreVital = true;
    },
    dropWaiting() {
      text = '';
      if (bytes === null || bytesAreVital) return;
      if (midLine) bytes = bytes.subarray(0, bytes.indexOf(newline, sent) + 1);
      else bytes = null;
    },
    clear() {
      vital = '';
      text = '';
      bytes = null;
      midLine = false;
    },
    get failure() {
      return failure;
    },
    get unsent() {
      return vital.length + text.length + (bytes === null ? 0 : bytes.length - sent);
    },
  };
}
