import { constants } from 'node:os';
import type { Shim } from '../../../linux/shim.ts';

/**
 * Answers of one connection in their order, each with its descriptor on the first byte. Node cannot send those, so nothing of this
 * connection is sent by Node.
 */
export interface Outbox {
  /** Takes a line without its newline, and the descriptor that goes with it (-1: none), which is closed in any case. */
  send(line: string, descriptor: number): void;
  /** Answers that are not sent yet. */
  readonly waiting: number;
  /** The connection is over: what is left is closed. */
  close(): void;
}

export interface OutboxOptions {
  readonly shim: Shim;
  /** Of the connection; -1 once it is over. */
  descriptor(): number;
  /** All that waited is sent. */
  onEmpty(): void;
  /** The peer does not read, or is gone. */
  onFailure(): void;
}

interface Message {
  bytes: Uint8Array;
  descriptor: number;
}

/** A peer whose buffer is full is looked at again so soon, later each time. */
const firstPauseMs = 1;
const longestPauseMs = 20;
/** One that has read nothing for so long does not read. */
const patienceMs = 5_000;

const none = new Int32Array(0);
const { EAGAIN } = constants.errno;

export function createOutbox({ shim, descriptor, onEmpty, onFailure }: OutboxOptions): Outbox {
  let queue: Message[] = [];
  let timer: NodeJS.Timeout | null = null;
  let pauseMs = firstPauseMs;
  let lastProgressMs = 0;

  function closeOf(message: Message): void {
    if (message.descriptor >= 0) shim.close(message.descriptor);
    message.descriptor = -1;
  }

  function drop(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    for (const message of queue) closeOf(message);
    queue = [];
  }

  function flush(): void {
    timer = null;
    while (queue[0] !== undefined) {
      const [message] = queue;
      const fd = descriptor();
      const sent =
        fd < 0 ? -1 : shim.sendWithDescriptors(fd, message.bytes, message.descriptor < 0 ? none : Int32Array.of(message.descriptor));
      if (sent === -EAGAIN && performance.now() - lastProgressMs < patienceMs) {
        timer = setTimeout(flush, pauseMs);
        pauseMs = Math.min(2 * pauseMs, longestPauseMs);
        return;
      }
      if (sent < 0) {
        drop();
        onFailure();
        return;
      }
      lastProgressMs = performance.now();
      pauseMs = firstPauseMs;
      closeOf(message);
      if (sent < message.bytes.length) message.bytes = message.bytes.subarray(sent);
      else queue.shift();
    }
    onEmpty();
  }

  return {
    send(line, fd) {
      queue.push({ bytes: Buffer.from(`${line}\n`), descriptor: fd });
      if (queue.length > 1) return;
      lastProgressMs = performance.now();
      flush();
    },
    get waiting() {
      return queue.length;
    },
    close: drop,
  };
}
