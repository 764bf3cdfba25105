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
    flatten(line);
    this.#outbox.push(line);
    return 'taken';
  }

  #full(line: string): boolean {
    return this.#outbox.unsent + line.length > this.#limit;
  }
}

/** Lines that wait are many; one that is still a tree of its parts takes ten times the memory of its text. Asking for a unit mends it. */
const flatten = (line: string): number => line.charCodeAt(0);
