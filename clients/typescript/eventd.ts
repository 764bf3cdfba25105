import type { Socket } from 'node:net';
import type { CallName } from '../../gen/output/facts.ts';
import { calls, endpoints } from '../../gen/output/facts.ts';
import { queryLine } from '../../gen/output/lines.ts';
import type { QueryError } from '../../gen/output/types.ts';
import { QueryClient } from './generated/client.ts';
import { Patience } from './patience.ts';
import { ConnectionError, foreignSocket, openSocket, parseLine } from './transport.ts';

/**
 * What the event daemon stores, from Node: the generated calls of QueryClient over one connection. An answer that comes in parts is an
 * async iterable of these; it throws where the connection ends before it. Parts that nobody takes make the connection wait, so whoever
 * reads slowly asks for other things on another one. stored-records.ts goes on where a connection has ended.
 */

/** eventd refused a request, or could not go on with it: `code` is stable, the message is for people. */
export class EventdError extends Error {
  readonly code: QueryError;

  constructor(code: QueryError, message: string) {
    super(message);
    this.name = 'EventdError';
    this.code = code;
  }
}

const { correlation, discriminator } = endpoints.query;

/** Where eventd takes requests inside a machine. */
export const eventdSocketPath: string = endpoints.query.path;

/** Parts that are kept for a reader that does not take them. */
const mostHeld = 4;
const patienceMs = 5_000;

/** Whoever waits for answers of one request. */
interface Asked {
  answer(answer: unknown): void;
  fail(error: Error): void;
}

export class EventdConnection extends QueryClient {
  readonly #socket: Socket;
  readonly #path: string;
  readonly #asked = new Map<number, Asked>();
  #lastId = 0;
  #failure: Error | null = null;
  #partial: string[] = [];
  /** Streams whose parts nobody takes. */
  #full = 0;

  constructor(socket: Socket, path: string) {
    super({ call: (op, members) => this.#call(op, members), stream: (op, members) => this.#stream(op, members) });
    this.#socket = socket;
    this.#path = path;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#received(text));
    socket.on('error', (error) => this.#fail(new ConnectionError(`the connection to ${path} failed: ${error.message}`)));
    socket.on('close', () => this.#fail(new ConnectionError(`eventd closed the connection to ${path}`)));
  }

  disconnect(): void {
    this.#fail(new ConnectionError(`the connection to ${this.#path} was closed`));
    this.#socket.destroy();
  }

  #ask(op: CallName, members: object, asked: Asked): void {
    if (this.#failure !== null) return asked.fail(this.#failure);
    this.#lastId += 1;
    this.#asked.set(this.#lastId, asked);
    this.#socket.write(`${JSON.stringify({ ...members, [correlation]: this.#lastId, [discriminator]: op })}\n`);
  }

  #call(op: CallName, members: object): Promise<unknown> {
    return new Promise((resolve, reject) => this.#ask(op, members, { answer: resolve, fail: reject }));
  }

  /** Asks at once, not with the first part that is taken. */
  #stream(op: CallName, members: object): AsyncIterable<unknown> {
    const parts: unknown[] = [];
    let failure: Error | null = null;
    let isOver = false;
    let wake = (): void => undefined;
    this.#ask(op, members, {
      answer: (part) => {
        parts.push(part);
        if (parts.length === mostHeld) this.#hold(1);
        isOver ||= !hasMore(op, part);
        wake();
      },
      fail: (error) => {
        failure = error;
        wake();
      },
    });
    const take = (): unknown => {
      if (parts.length === mostHeld) this.#hold(-1);
      return parts.shift();
    };
    async function* taken(): AsyncGenerator<unknown> {
      for (;;) {
        while (parts.length > 0) yield take();
        if (isOver) return;
        if (failure !== null) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    return taken();
  }

  #hold(change: 1 | -1): void {
    this.#full += change;
    if (this.#full === 0) this.#socket.resume();
    else this.#socket.pause();
  }

  #received(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const rest = text.slice(from, end);
      const line = this.#partial.length === 0 ? rest : this.#partial.join('') + rest;
      this.#partial = [];
      from = end + 1;
      this.#line(line);
    }
    if (from < text.length) this.#partial.push(text.slice(from));
  }

  #line(text: string): void {
    if (this.#failure !== null) return;
    const object = parseLine(text);
    const line = object === null ? null : queryLine(object);
    if (line === null || line.id < 0 || line.id > this.#lastId) {
      this.#fail(foreignSocket(this.#path, 'eventd', eventdSocketPath));
      this.#socket.destroy();
      return;
    }
    if (line.kind === 'failure') {
      const error = new EventdError(line.failure.code, line.failure.message);
      // It concerns the connection as a whole.
      if (line.id === 0) return this.#fail(error);
      this.#asked.get(line.id)?.fail(error);
      this.#asked.delete(line.id);
      return;
    }
    const asked = this.#asked.get(line.id);
    if (!('more' in line.answer) || !line.answer.more) this.#asked.delete(line.id);
    asked?.answer(line.answer);
  }

  #fail(error: Error): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    for (const asked of this.#asked.values()) asked.fail(error);
    this.#asked.clear();
  }
}

function hasMore(op: CallName, part: unknown): boolean {
  const { parts } = calls[op];
  return parts !== null && (part as Readonly<Record<string, unknown>>)[parts.more] === true;
}

/** Connects; rejects with a ConnectionError that says what to do. */
export async function connectEventd(path: string = eventdSocketPath): Promise<EventdConnection> {
  const patience = new Patience(patienceMs);
  for (;;) {
    const socket = await openSocket(path, (error) => explain(path, error));
    if (socket !== null) return new EventdConnection(socket, path);
    if (!(await patience.pause())) throw new ConnectionError(`eventd takes no more connections at ${path}; try again later`);
  }
}

function explain(path: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return `there is no socket of eventd at ${path}; eventd has not been started, or this is no machine that has it`;
    case 'ECONNREFUSED':
      return `nobody listens at ${path}; eventd is not running`;
    case 'EACCES':
      return `no permission to open ${path}; its mode is 0666 as eventd makes it, and its directory is for everyone to pass`;
    case 'EPROTOTYPE':
      return foreignSocket(path, 'eventd', eventdSocketPath).message;
    default:
      return `connecting to ${path} failed: ${error.message}`;
  }
}
