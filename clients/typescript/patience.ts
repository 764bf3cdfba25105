/** How long it waits before it tries again: twice as long each time. */
const firstPauseMs = 20;
const longestPauseMs = 500;

/** For how long, and how often, someone who is turned away tries again. */
export class Patience {
  readonly #lengthMs: number;
  readonly #onTurnedAway: (() => void) | undefined;
  #until: number | null = null;
  readonly #longestPauseMs: number;
  #pauseMs = firstPauseMs;

  /** `onTurnedAway` is called once, before the first pause. */
  constructor(lengthMs: number, onTurnedAway?: () => void, longestMs = longestPauseMs) {
    this.#longestPauseMs = longestMs;
    this.#lengthMs = lengthMs;
    this.#onTurnedAway = onTurnedAway;
  }

  /** Waits a little; false: it has been tried for long enough. */
  async pause(): Promise<boolean> {
    const now = performance.now();
    if (this.#until === null) this.#onTurnedAway?.();
    this.#until ??= now + this.#lengthMs;
    if (now >= this.#until) return false;
    await new Promise((done) => setTimeout(done, this.#pauseMs));
    this.#pauseMs = Math.min(2 * this.#pauseMs, this.#longestPauseMs);
    return true;
  }
}
