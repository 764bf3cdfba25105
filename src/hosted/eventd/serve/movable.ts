import type { LineServer } from '../../daemon/line-server.ts';
import { messageOf } from '../../daemon/problem.ts';

/** A socket whose path may change while it serves; connections of the old one end. */
export class MovableSocket {
  readonly #start: (path: string) => Promise<LineServer>;
  readonly #warn: (text: string) => void;
  #server: LineServer | null = null;
  #path: string | null = null;
  #last: Promise<void> = Promise.resolve();

  constructor(start: (path: string) => Promise<LineServer>, warn: (text: string) => void) {
    this.#start = start;
    this.#warn = warn;
  }

  get connections(): number {
    return this.#server?.connections ?? 0;
  }

  /** Rejects with Problem when it cannot be made there. */
  async begin(path: string): Promise<void> {
    this.#path = path;
    this.#server = await this.#start(path);
  }

  /** Where that cannot be it stays where it is. */
  move(path: string): void {
    this.#last = this.#last.then(async () => {
      if (this.#server === null || path === this.#path) return;
      try {
        const server = await this.#start(path);
        await this.#server.close();
        [this.#server, this.#path] = [server, path];
      } catch (error) {
        this.#warn(`${messageOf(error)}; ${this.#path} is served as before`);
      }
    });
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#server?.close();
    this.#server = null;
  }
}
