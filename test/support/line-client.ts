/** A client of a socket of lines that knows nothing but bytes and lines. */
import type { Socket } from 'node:net';
import { connect } from 'node:net';

/** An answer as JSON.parse gives it. */
export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely.
  readonly [member: string]: any;
}

const defaultTimeoutMs = 10_000;

export class LineClient {
  readonly socket: Socket;
  #lines: string[] = [];
  #partial = '';
  #ended = false;
  #error: Error | null = null;
  #wake: (() => void) | null = null;
  #paused = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', (error) => {
      this.#error = error;
      this.#changed();
    });
    socket.on('close', () => {
      this.#ended = true;
      this.#changed();
    });
    socket.on('end', () => {
      this.#ended = true;
      this.#changed();
    });
  }

  /** Connects; the server accepts when its loop turns. It is closed at the end of the test, if that is given. */
  static async open(path: string, test?: { teardown(handler: () => void): unknown }): Promise<LineClient> {
    const client = await LineClient.#connect(path);
    test?.teardown(() => client.close());
    return client;
  }

  static #connect(path: string): Promise<LineClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path, allowHalfOpen: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new LineClient(socket));
      });
    });
  }

  /** Writes one line for each request; a string or bytes go out as they are, with a newline. */
  send(...requests: readonly (string | Uint8Array | object)[]): void {
    const parts = requests.map((request) => {
      if (request instanceof Uint8Array) return Buffer.concat([request, Buffer.from('\n')]);
      return Buffer.from(`${typeof request === 'string' ? request : JSON.stringify(request)}\n`);
    });
    this.raw(Buffer.concat(parts));
  }

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** Writes one byte at a time, each as a write of its own. */
  async bytewise(text: string): Promise<void> {
    for (const byte of Buffer.from(text)) {
      await new Promise<void>((resolve) => this.socket.write(Uint8Array.of(byte), () => resolve()));
    }
  }

  /** The next line without its newline. */
  async line(timeoutMs = defaultTimeoutMs): Promise<string> {
    await this.#until(() => this.#lines.length > 0, timeoutMs, 'a line');
    return this.#lines.shift() as string;
  }

  /** The next line as JSON. */
  async answer(timeoutMs = defaultTimeoutMs): Promise<Answer> {
    return JSON.parse(await this.line(timeoutMs)) as Answer;
  }

  /** Sends one request and reads one answer. */
  ask(request: string | object, timeoutMs = defaultTimeoutMs): Promise<Answer> {
    this.send(request);
    return this.answer(timeoutMs);
  }

  /** Until the server has ended its side. What was said and not read yet is given back. */
  async end(timeoutMs = defaultTimeoutMs): Promise<string> {
    await this.#until(() => this.#ended, timeoutMs, 'end of file', true);
    return [...this.#lines, this.#partial].join('\n');
  }

  /** Ends the own side; answers can still be read. */
  halfClose(): void {
    this.socket.end();
  }

  pause(): void {
    this.#paused = true;
    this.socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.socket.resume();
  }

  close(): void {
    this.socket.destroy();
  }

  /** Whether a whole line is there already. */
  get hasLine(): boolean {
    return this.#lines.length > 0;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What the socket complained of; null: nothing. */
  get error(): Error | null {
    return this.#error;
  }

  #take(text: string): void {
    const parts = (this.#partial + text).split('\n');
    this.#partial = parts.pop() ?? '';
    this.#lines.push(...parts);
    this.#changed();
  }

  #changed(): void {
    this.#wake?.();
  }

  async #until(condition: () => boolean, timeoutMs: number, what: string, endIsFine = false): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!condition()) {
      if (!endIsFine && this.#ended)
        throw new Error(
          `the server closed the connection instead of sending ${what}${this.#error === null ? '' : ` (${this.#error.message})`}`,
        );
      if (Date.now() >= deadline) throw new Error(`no ${what} within ${timeoutMs} ms${this.#paused ? ' (reading is paused)' : ''}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now());
        this.#wake = () => {
          clearTimeout(timer);
          this.#wake = null;
          resolve();
        };
      });
    }
  }
}
