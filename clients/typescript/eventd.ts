import type { Socket } from 'node:net';
import type { CallName } from '../../gen/output/facts.ts';
import { calls, endpoints } from '../../gen/output/facts.ts';
import { queryLine } from '../../gen/output/lines.ts';
import type { QueryErrorResponse } from '../../gen/output/types.ts';
import type { CallOptions } from './call-options.ts';
import { limited } from './call-options.ts';
import { ConnectionError, foreignSocket } from './errors.ts';
import { QueryClient } from './generated/client.ts';
import type { QueryError } from './generated/output.ts';
import { HeldLines } from './held-lines.ts';
import { readLines } from './line-reader.ts';
import type { Lines } from './lines.ts';
import type { Open } from './open.ts';
import type { ConnectOptions } from './open-socket.ts';
import { openPatiently, usualPatienceMs } from './open-socket.ts';
import { Patience } from './patience.ts';
import type { Reading } from './reading.ts';
import { trusting } from './reading.ts';

/**
 * What the event daemon stores, from Node: the generated calls of QueryClient over one connection. An answer that comes in parts is an
 * async iterable of these; it throws where the connection ends before it. Parts that nobody takes make the connection wait, so whoever
 * reads slowly asks for other things on another one. stored-records.ts goes on where a connection has ended.
 */

/** eventd refused a request, or could not go on with it: `code` is stable, the message is for people. */
export class EventdError extends Error {
  readonly code: Open<QueryError>;

  constructor(code: Open<QueryError>, message: string) {
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

/** Whoever waits for answers of one request. */
interface Asked {
  readonly op: CallName;
  answer(answer: unknown): void;
  fail(error: Error): void;
}

export interface EventdOptions extends ConnectOptions {
  /** Of calls that have none of their own, and of the first part of a stream. */
  readonly timeoutMs?: number | undefined;
  readonly reading?: Reading | undefined;
}

export class EventdConnection extends QueryClient {
  readonly #socket: Socket;
  readonly #path: string;
  readonly #reading: Reading;
  readonly #timeoutMs: number | undefined;
  readonly #asked = new Map<number, Asked>();
  #lastId = 0;
  #failure: Error | null = null;
  /** Streams whose parts nobody takes. */
  #full = 0;

  constructor(socket: Socket, path: string, { reading = trusting, timeoutMs }: EventdOptions = {}) {
    super({
      call: (op, members, options = {}) => this.#call(op, members, options),
      stream: (op, members, options = {}) => this.#stream(op, members, options),
    });
    this.#socket = socket;
    this.#path = path;
    this.#reading = reading;
    this.#timeoutMs = timeoutMs;
    readLines(
      socket,
      (line) => this.#line(line),
      (error) => this.#fail(error),
    );
    socket.on('error', (error) => this.#fail(new ConnectionError(`the connection to ${path} failed: ${error.message}`)));
    socket.on('close', () => this.#fail(new ConnectionError(`eventd closed the connection to ${path}`)));
  }

  disconnect(): void {
    this.#fail(new ConnectionError(`the connection to ${this.#path} was closed`));
    this.#socket.destroy();
  }

  #ask(members: object, asked: Asked): void {
    if (this.#failure !== null) return asked.fail(this.#failure);
    this.#lastId += 1;
    this.#asked.set(this.#lastId, asked);
    this.#socket.write(`${JSON.stringify({ ...members, [correlation]: this.#lastId, [discriminator]: asked.op })}\n`);
  }

  #call(op: CallName, members: object, { signal, timeoutMs = this.#timeoutMs }: CallOptions): Promise<unknown> {
    const begin = (): Promise<unknown> => new Promise((resolve, reject) => this.#ask(members, { op, answer: resolve, fail: reject }));
    return limited(op, { signal, timeoutMs }, begin);
  }

  /** Asks at once, not with the first part that is taken. */
  #stream(op: CallName, members: object, { signal, timeoutMs = this.#timeoutMs }: CallOptions): Lines<unknown> {
    const parts = new HeldLines<unknown>(
      mostHeld,
      (isFull) => this.#hold(isFull ? 1 : -1),
      () => undefined,
    );
    const first = (): Promise<void> =>
      new Promise((resolve, reject) =>
        this.#ask(members, {
          op,
          answer: (part) => {
            resolve();
            parts.add(part);
            if (!hasMore(op, part)) parts.end(null);
          },
          fail: (error) => {
            parts.end(error);
            reject(error);
          },
        }),
      );
    const opened = limited(op, { signal, timeoutMs }, first);
    opened.then(
      () => signal?.addEventListener('abort', () => parts.leave(), { once: true }),
      (error) => parts.end(error),
    );
    return { opened, leave: () => parts.leave(), [Symbol.asyncIterator]: () => parts[Symbol.asyncIterator]() };
  }

  #hold(change: 1 | -1): void {
    this.#full += change;
    if (this.#full === 0) this.#socket.resume();
    else this.#socket.pause();
  }

  #line(text: string): void {
    if (this.#failure !== null) return;
    const object = this.#reading.parse(text);
    const line = object === null ? null : queryLine(object);
    if (line === null || line.id < 0 || line.id > this.#lastId) {
      this.#fail(foreignSocket(this.#path, 'eventd', eventdSocketPath, text.slice(0, 60)));
      this.#socket.destroy();
      return;
    }
    const asked = this.#asked.get(line.id);
    try {
      if (line.kind === 'answer') {
        const answer = asked === undefined ? line.answer : this.#reading.answer(asked.op, line.answer);
        if (!('more' in line.answer) || !line.answer.more) this.#asked.delete(line.id);
        return asked?.answer(answer);
      }
      const { code, message } = this.#reading.failure(asked?.op ?? 'anything', line.failure) as QueryErrorResponse;
      const error = new EventdError(code, message);
      // It concerns the connection as a whole.
      if (line.id === 0) return this.#fail(error);
      throw error;
    } catch (error) {
      this.#asked.delete(line.id);
      asked?.fail(error as Error);
    }
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
export async function connectEventd(path: string = eventdSocketPath, options: EventdOptions = {}): Promise<EventdConnection> {
  const patience = new Patience(options.patienceMs ?? usualPatienceMs, options.onTurnedAway);
  const socket = await openPatiently(path, (error) => explain(path, error), patience, options.isAwaited ?? false);
  if (socket === null) throw new ConnectionError(`eventd takes no more connections at ${path}; try again later`);
  return new EventdConnection(socket, path, options);
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
