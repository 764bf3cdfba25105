import type { WatchEvent } from '../../gen/registry/types.ts';

/** Events kept for a reader that does not read; beyond that it gets one overflow instead. */
const maxHeldEvents = 4096;

/** A watch: its batches, each what one commit changed, in order. One reader at a time. */
export class RegistryWatcher implements AsyncIterable<readonly WatchEvent[]> {
  /** Its number on this connection. */
  readonly watch: number;
  readonly #onClose: () => void;
  #batches: (readonly WatchEvent[])[] = [];
  #growing: WatchEvent[] = [];
  #held = 0;
  #ended = false;
  #wake: (() => void) | null = null;

  constructor(watch: number, onClose: () => void) {
    this.watch = watch;
    this.#onClose = onClose;
  }

  /** Takes an event from the connection. */
  receive(event: WatchEvent): void {
    if (this.#ended) return;
    this.#growing.push(event);
    this.#held += 1;
    if (event.more) return;
    if (this.#held > maxHeldEvents) {
      this.#batches = [[{ watch: event.watch, type: 'overflow', path: event.path, name: '', more: false }]];
      this.#held = 1;
    } else this.#batches.push(this.#growing);
    this.#growing = [];
    this.#wake?.();
  }

  /** The connection is over: what came is still read, then the iteration ends. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Ends the watch. */
  close(): void {
    if (this.#ended) return;
    this.end();
    this.#onClose();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly WatchEvent[]> {
    try {
      for (;;) {
        const batch = this.#batches.shift();
        if (batch !== undefined) {
          this.#held -= batch.length;
          yield batch;
        } else if (this.#ended) return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = null;
        }
      }
    } finally {
      this.close();
    }
  }
}
