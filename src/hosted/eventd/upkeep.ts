import type { Heap } from '../../linux/heap-keeper.ts';
import type { Slices, Work } from './serve/slices.ts';

export interface Kept {
  /** One small piece of what keeps the store to its limits; false: there is nothing to do for now. */
  tidy(): boolean;
}

/** What is too old is looked for so often, when nothing is stored. */
const pauseMs = 60_000;
/** More than that is garbage of what was stored: V8 by itself would keep it until there is as much again. */
const muchBytes = 16 << 20;

/** What is too much or too old goes in pieces, in turn with what people ask for; memory that a flood has left behind goes as well. */
export class Upkeep {
  readonly #slices: Slices;
  readonly #work: Work;
  readonly #timer: NodeJS.Timeout;

  constructor(store: Kept, slices: Slices, heap: Pick<Heap, 'used' | 'collect'> | null) {
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
    this.#timer = setInterval(() => {
      this.due();
      if (heap !== null && heap.used() > muchBytes) heap.collect();
    }, pauseMs).unref();
  }

  due(): void {
    this.#slices.ready(this.#work);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#slices.leave(this.#work);
  }
}
