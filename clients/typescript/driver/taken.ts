/** Lines of a stream, taken so many at a time and with a time limit. */
export class Taken {
  readonly #lines: unknown[] = [];
  readonly #leave: () => void;
  #ended = false;
  #wake: () => void = () => undefined;

  /** `spread`: what each element of the stream is to whoever takes lines. */
  constructor(source: AsyncIterable<unknown>, spread: (element: unknown) => readonly unknown[], leave: () => void) {
    this.#leave = leave;
    void this.#read(source, spread);
  }

  async take(count: number, timeoutMs: number): Promise<{ readonly lines: readonly unknown[]; readonly ended: boolean }> {
    const deadline = performance.now() + timeoutMs;
    while (this.#lines.length < count && !this.#ended && performance.now() < deadline) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - performance.now());
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const lines = this.#lines.splice(0, count);
    return { lines, ended: this.#ended && this.#lines.length === 0 };
  }

  leave(): void {
    this.#leave();
  }

  async #read(source: AsyncIterable<unknown>, spread: (element: unknown) => readonly unknown[]): Promise<void> {
    try {
      for await (const element of source) {
        this.#lines.push(...spread(element));
        this.#wake();
      }
    } catch {
      // It ends, by whatever.
    }
    this.#ended = true;
    this.#wake();
  }
}
