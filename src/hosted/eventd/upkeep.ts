import type { Slices, Work } from './serve/slices.ts';

export interface Kept {
  /** One small piece of what keeps the store to its limits; false: there is nothing to do for now. */
  tidy(): boolean;
}

/** What is too old is looked for so often, when nothing is stored. */
const pauseMs = 60_000;

/** What is too much or too old goes in pieces, in turn with what people ask for. */
export class Upkeep {
  readonly #slices: Slices;
  readonly #work: Work;
  readonly #timer: NodeJS.Timeout;

  constructor(store: Kept, slices: Slices) {
    this.#slices = slices;
    this.#work = {
      // Nobody's: as a user that has one request.
      user: 'upkeep',
      step() {
        try {
          return store.tidy();
        } catch {
          // What cannot be done now is told where records cannot be stored, and is due again.
          return false;
        }
      },
    };
    this.#timer = setInterval(() => this.due(), pauseMs).unref();
  }

  due(): void {
    this.#slices.ready(this.#work);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#slices.leave(this.#work);
  }
}
