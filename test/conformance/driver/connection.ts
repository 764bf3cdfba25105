/** A stream socket and its lines, and nothing else. */
import type { Socket } from 'node:net';
import { connect } from 'node:net';

/** No answer of any socket is longer. */
const longestLine = 64 * 1024 * 1024;

export class Closed extends Error {}

interface Taker {
  readonly give: (line: string | null) => void;
}

export class Connection {
  readonly #socket: Socket;
  readonly #lines: string[] = [];
  readonly #takers: Taker[] = [];
  #parts: Buffer[] = [];
  #size = 0;
  #ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#received(bytes));
    socket.on('error', () => this.#end());
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
  }

  static open(path: string): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path, allowHalfOpen: true });
      socket.once('error', (error) => reject(new Closed(`connecting to ${path}: ${error.message}`)));
      socket.once('connect', () => {
        socket.removeAllListeners('error');
        resolve(new Connection(socket));
      });
    });
  }

  write(bytes: string | Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** The sending half ends; what comes can still be read. */
  finish(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
    this.#end();
  }

  get ended(): boolean {
    return this.#ended && this.#lines.length === 0;
  }

  /** The next line; null: the other side has ended; undefined: not within the time. Those who ask are served in turn. */
  take(timeoutMs: number | null = null): Promise<string | null | undefined> {
    const line = this.#takers.length === 0 ? this.#lines.shift() : undefined;
    if (line !== undefined) return Promise.resolve(line);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | null = null;
      const taker: Taker = {
        give: (given) => {
          if (timer !== null) clearTimeout(timer);
          resolve(given);
        },
      };
      if (timeoutMs !== null)
        timer = setTimeout(() => {
          this.#takers.splice(this.#takers.indexOf(taker), 1);
          resolve(undefined);
        }, timeoutMs);
      this.#takers.push(taker);
    });
  }

  #received(bytes: Buffer): void {
    let rest = bytes;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      this.#parts.push(rest.subarray(0, end));
      const line = Buffer.concat(this.#parts).toString('utf8');
      this.#parts = [];
      this.#size = 0;
      rest = rest.subarray(end + 1);
      const taker = this.#takers.shift();
      if (taker === undefined) this.#lines.push(line);
      else taker.give(line);
    }
    if (rest.length === 0) return;
    this.#parts.push(rest);
    this.#size += rest.length;
    if (this.#size > longestLine) this.close();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    // A line that has no end is one that was cut off.
    const cut = Buffer.concat(this.#parts).toString('utf8');
    if (cut !== '') this.#lines.push(cut);
    for (const taker of this.#takers.splice(0)) taker.give(this.#lines.shift() ?? null);
  }
}
