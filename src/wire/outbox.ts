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

/** The greatest length up to `most` that splits no character of two halves. */
function cutBefore(text: string, most: number): number {
  if (text.length <= most) return text.length;
  const last = text.charCodeAt(most - 1);
  return last >= 0xd800 && last < 0xdc00 ? most - 1 : most;
}

/** `shared`: everything goes out from there, in pieces; its content is used only within one call. */
export function createOutbox(kernel: Pick<Descriptors, 'write'>, fd: number, shared: Buffer): Outbox {
  /** Lines not yet bytes: those that are protected go first. */
  let vital = '';
  let text = '';
  /** What of the piece under way is not bytes yet: it goes out before all else. */
  let rest = '';
  /** Bytes that the kernel did not take, from `sent` on. */
  let bytes: Buffer | null = null;
  let pieceIsVital = false;
  let sent = 0;
  let midLine = false;
  let failure: Result = 0;

  /** The next bytes to send, with their bounds in `sent` and `end`: never more than fit into what is shared. */
  function take(): { readonly from: Buffer; readonly end: number } {
    if (bytes !== null) return { from: bytes, end: bytes.length };
    if (rest === '') {
      pieceIsVital = vital !== '';
      rest = pieceIsVital ? vital : text;
      if (pieceIsVital) vital = '';
      else text = '';
    }
    const cut = cutBefore(rest, Math.floor(shared.length / 3));
    sent = 0;
    const end = shared.write(cut < rest.length ? rest.slice(0, cut) : rest, 0);
    rest = cut < rest.length ? rest.slice(cut) : '';
    return { from: shared, end };
  }

  return {
    push(line) {
      text += `${line}\n`;
    },
    flush() {
      while (bytes !== null || rest !== '' || vital !== '' || text !== '') {
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
        }
        return 'blocked';
      }
      return 'sent';
    },
    protect() {
      vital += text;
      text = '';
      pieceIsVital = true;
    },
    dropWaiting() {
      text = '';
      if (pieceIsVital) return;
      if (!midLine) {
        bytes = null;
        rest = '';
        return;
      }
      const end = bytes === null ? -1 : bytes.indexOf(newline, sent);
      if (bytes !== null && end >= 0) bytes = bytes.subarray(0, end + 1);
      rest = end >= 0 ? '' : rest.slice(0, rest.indexOf('\n') + 1);
    },
    clear() {
      vital = '';
      text = '';
      rest = '';
      bytes = null;
      midLine = false;
    },
    get failure() {
      return failure;
    },
    get unsent() {
      return vital.length + text.length + rest.length + (bytes === null ? 0 : bytes.length - sent);
    },
  };
}
