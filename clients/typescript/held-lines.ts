/** Lines that are kept for a reader. When there are so many it is asked to stop what brings them, until one is taken. */
export class HeldLines<Line> implements AsyncIterable<Line> {
  readonly #most: number;
  readonly #hold: (isFull: boolean) => void;
  readonly #onLeave: () => void;
  readonly #lines: Line[] = [];
  #end: { readonly error: Error | null } | null = null;
  #isLeft = false;
  #wake: (() => void) | null = null;

  /** `onLeave`: the reader wants no more, and what comes then is dropped. */
  constructor(most: number, hold: (isFull: boolean) => void, onLeave: () => void) {
    this.#most = most;
    this.#hold = hold;
    this.#onLeave = onLeave;
  }

  add(line: Line): void {
    if (this.#isLeft) return;
    this.#lines.push(line);
    if (this.#lines.length === this.#most) this.#hold(true);
    this.#wake?.();
  }

  /** Nothing more comes: what is there is still read, then the iteration ends, or throws. */
  end(error: Error | null): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    if (this.#lines.splice(0).length >= this.#most) this.#hold(false);
    this.#onLeave();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Line> {
    try {
      while (!this.#isLeft) {
        const line = this.#lines.shift();
        if (line !== undefined) {
          if (this.#lines.length === this.#most - 1) this.#hold(false);
          yield line;
        } else if (this.#end !== null) {
          if (this.#end.error !== null) throw this.#end.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = null;
        }
      }
    } finally {
      this.leave();
    }
  }
}
