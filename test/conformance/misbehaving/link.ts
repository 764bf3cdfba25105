/** One client and its connection to the server behind: lines both ways, each changed by the flag. */
import type { Duplex } from 'node:stream';
import type { JsonObject } from '../json.ts';
import { isObject, parseJson, printJson } from '../json.ts';
import type { Flag } from './flag.ts';

const newline = Buffer.from('\n');
/** More than that without an end is no line of a client that a flag could be about; what servers say always ends. */
const longestLine = 1 << 20;

/** Calls `each` with the lines of a stream, without their ends, and `last` with what has none. */
function onLines(stream: Duplex, each: (line: Buffer) => void, last: (rest: Buffer) => void, longest = longestLine): void {
  let rest: Buffer = Buffer.alloc(0);
  stream.on('data', (bytes: Buffer) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = rest.subarray(0, end);
      rest = rest.subarray(end + 1);
      each(line);
    }
    if (rest.length > longest) {
      last(rest);
      rest = Buffer.alloc(0);
    }
  });
  stream.on('end', () => last(rest));
}

export class Link {
  readonly #flag: Flag;
  readonly #client: Duplex;
  readonly #connect: () => Duplex;
  #server: Duplex;
  /** What was sent on and has no answer yet, in order; null is no JSON. */
  readonly #asked: (JsonObject | null)[] = [];
  /** Free for the flag. */
  readonly memory = new Map<string, unknown>();
  #done = false;

  constructor(flag: Flag, client: Duplex, connect: () => Duplex) {
    this.#flag = flag;
    this.#client = client;
    this.#connect = connect;
    this.#server = this.#open();
    client.on('error', () => this.#server.destroy());
    client.on('close', () => {
      this.#done = true;
      this.#server.destroy();
    });
    const { request } = flag;
    if (flag.pieces === true) {
      client.on('data', (piece: Buffer) => this.forward(piece.at(-1) === 10 ? piece.subarray(0, -1) : piece));
      client.on('end', () => this.#server.end());
    } else if (request === undefined) {
      // As it comes: what is no line yet must arrive, too.
      client.on('data', (bytes: Buffer) => this.#server.write(bytes));
      onLines(
        client,
        (line) => this.#note(line),
        () => this.#server.end(),
      );
    } else
      onLines(
        client,
        (line) => {
          for (const each of request(line, this)) this.forward(each);
        },
        (rest) => {
          if (rest.length > 0) this.#server.write(rest);
          if (client.readableEnded) this.#server.end();
        },
      );
  }

  #open(): Duplex {
    const server = this.#connect();
    server.on('error', () => {});
    onLines(
      server,
      (line) => this.#received(line.toString('utf8')),
      (rest) => {
        if (rest.length > 0) this.#client.write(rest);
        if (this.#flag.holds === true && !this.#done) this.#server = this.#open();
        else this.#client.end();
      },
      Number.POSITIVE_INFINITY,
    );
    return server;
  }

  #note(line: Buffer): void {
    try {
      const value = parseJson(line.toString('utf8'));
      this.#asked.push(isObject(value) ? value : null);
    } catch {
      this.#asked.push(null);
    }
  }

  /** How many requests have no answer yet. */
  get waiting(): number {
    return this.#asked.length;
  }

  /** Sends a line on to the server. */
  forward(line: Buffer | string): void {
    const bytes = typeof line === 'string' ? Buffer.from(line) : line;
    this.#note(bytes);
    this.#server.write(Buffer.concat([bytes, newline]));
  }

  /** Answers the client by itself, and whether the server sees the request or not. */
  answer(line: JsonObject | string): void {
    this.#client.write(`${typeof line === 'string' ? line : printJson(line)}\n`);
  }

  /** Ends the connection once all that was said is sent. */
  hangUp(): void {
    this.#client.end();
    this.#server.destroy();
  }

  #received(text: string): void {
    const asked = this.#askedFor(text);
    const changed = this.#flag.line === undefined ? [text] : this.#flag.line(text, asked, this);
    for (const line of changed) this.#client.write(`${line}\n`);
  }

  /** The request that a line answers: by its number where it has one, else the oldest. */
  #askedFor(text: string): JsonObject | null {
    let line: unknown;
    try {
      line = parseJson(text);
    } catch {
      return null;
    }
    if (!isObject(line)) return null;
    const { id, status } = line;
    const isAnswer = status === 'ok' || status === 'error' || typeof line['error'] === 'string';
    if (!isAnswer) return null;
    const at = this.#flag.socket === 'registry' || this.#flag.socket === 'query' ? this.#asked.findIndex((one) => one?.['id'] === id) : 0;
    if (at < 0 || this.#asked.length === 0) return null;
    return this.#asked.splice(at, 1)[0] ?? {};
  }
}
