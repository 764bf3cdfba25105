import type { Outbox } from '../outbox.ts';

/** Unsent bytes beyond which a subscriber is too slow. O-16. */
const maxUnsentEvents = 262_144;

/** Events go out, nothing is taken any more. The first line is an answer: it goes out before all else and is never dropped. */
export class Streaming {
  readonly phase = 'streaming';
  readonly #outbox: Outbox;
  /** What the stream began with does not count. */
  readonly #limit: number;

  constructor(outbox: Outbox, first: string) {
    this.#outbox = outbox;
    this.#limit = maxUnsentEvents + first.length;
    outbox.push(first);
    outbox.protect();
  }

  send(line: string): 'taken' | 'full' | 'gone' {
    // Many events in one turn are no fault of the reader.
    if (this.#full(line) && this.#outbox.flush() === 'gone') return 'gone';
    if (this.#full(line)) return 'full';
    this.#outbox.push(line);
    return 'taken';
  }

  #full(line: string): boolean {
    return this.#outbox.unsent + line.length > this.#limit;
  }
}
