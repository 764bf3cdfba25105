/** Values that come one by one and are taken one by one, by one taker at a time. */
export class Queue<T> {
  readonly #values: T[] = [];
  #ended = false;
  #wake: (() => void) | null = null;

  put(value: T): void {
    this.#values.push(value);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Up to so many, as soon as they are there, the end has come, or the time is over. */
  async take(count: number, timeoutMs: number): Promise<{ readonly values: readonly T[]; readonly ended: boolean }> {
    const deadline = performance.now() + timeoutMs;
    while (this.#values.length < count && !this.#ended) {
      const left = deadline - performance.now();
      if (left <= 0) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
    const values = this.#values.splice(0, count);
    return { values, ended: this.#ended && this.#values.length === 0 };
  }
}
