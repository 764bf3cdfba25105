import type { Socket } from 'node:net';
import { endpoints } from '../../gen/control/facts.ts';
import type { ControlCommands } from '../../gen/control/handlers.ts';
import { controlLine } from '../../gen/control/lines.ts';
import type { ErrorResponse } from '../../gen/control/types.ts';
import type { CallOptions } from './call-options.ts';
import { limited } from './call-options.ts';
import { ConnectionError, foreignSocket, ProtocolError } from './errors.ts';
import type { Transport } from './generated/client.ts';
import type { ErrorCode } from './generated/control.ts';
import { HeldLines } from './held-lines.ts';
import { readLines } from './line-reader.ts';
import type { Lines } from './lines.ts';
import type { Open } from './open.ts';
import type { ConnectOptions } from './open-socket.ts';
import { ofPeinit, openPatiently, usualPatienceMs } from './open-socket.ts';
import { Patience } from './patience.ts';
import type { Reading } from './reading.ts';
import { trusting } from './reading.ts';
import { Unread } from './unread.ts';

export { ConnectionError, ForeignSocket, foreignSocket } from './errors.ts';

/** peinit refused a request: `code` is stable, the message is for people. */
export class ControlError extends Error {
  readonly code: Open<ErrorCode>;

  constructor(code: Open<ErrorCode>, message: string) {
    super(message);
    this.name = 'ControlError';
    this.code = code;
  }
}

/** A connection to the control socket. Requests may be sent without waiting; answers come in order. */
export interface ControlTransport extends Transport<keyof ControlCommands> {
  /** Asks at once, not with the first line that is taken. The connection has nothing else from then on, and ends with the stream. */
  stream(command: keyof ControlCommands, members: object, options?: CallOptions): Lines<unknown>;
  close(): void;
}

interface Waiting {
  readonly command: string;
  readonly line: string;
  readonly isStream: boolean;
  /** Nobody wants the answer any more. */
  isLeft: boolean;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const { discriminator, path: socketPath } = endpoints.control;

/** Where peinit listens inside a machine. */
export const controlSocketPath: string = socketPath;

export interface ControlOptions extends ConnectOptions {
  /** Of calls that have none of their own; without, they wait for as long as it takes. */
  readonly timeoutMs?: number | undefined;
  /** After the connection has ended the next call makes another one. Calls that may have been read are never asked again. */
  readonly reconnects?: boolean | undefined;
  readonly reading?: Reading | undefined;
}

/** Of a stream that nobody reads; then its socket is not read either, and peinit drops lines and says how many. */
const mostHeld = 1024;

/**
 * Connects; rejects with a ConnectionError that says what to do. An end before any byte, with all that was asked unread, says that peinit
 * had no place for one more connection: it is asked again on a new one, for a while. What may have been read never is.
 */
export async function connectControl(path: string = controlSocketPath, options: ControlOptions = {}): Promise<ControlTransport> {
  const { patienceMs = usualPatienceMs, reconnects = false, reading = trusting, isAwaited = false, timeoutMs } = options;
  /** Requests that are not answered yet, in their order. */
  let waiting: Waiting[] = [];
  let unread: Unread | null = null;
  let streamed: HeldLines<unknown> | null = null;
  let streamOf = '';
  /** It is acknowledged. */
  let isStreaming = false;
  let isClosed = false;
  let failure: Error | null = null;
  const freshPatience = (): Patience => new Patience(patienceMs, options.onTurnedAway);
  let patience = freshPatience();
  const turnedAway = (): ConnectionError =>
    new ConnectionError(
      `peinit closed each connection to ${path} at once for ${patienceMs / 1000} s: it has no place for one more ` +
        '(MaxControlConnections, MaxControlConnectionsPerUser); try again when others have ended',
    );
  /** Null: there is none at the moment. */
  let socket: Socket | null = follow(await open());

  /** A queue of connections that is full is a matter of time as well. */
  async function open(): Promise<Socket> {
    const opened = await openPatiently(path, (error) => ofPeinit(path, 'control socket', error, controlSocketPath), patience, isAwaited);
    if (opened === null) throw turnedAway();
    return opened;
  }

  function fail(error: Error): void {
    failure ??= error;
    for (const each of waiting.splice(0)) each.reject(failure);
    // A stream ends with its connection.
    streamed?.end(isStreaming && !(failure instanceof ProtocolError) ? null : failure);
    if (!reconnects || isClosed) return;
    failure = null;
    streamed = null;
    isStreaming = false;
    socket?.destroy();
    socket = null;
    patience = freshPatience();
  }

  function follow(opened: Socket): Socket {
    const asked = new Unread(opened);
    unread = asked;
    readLines(
      opened,
      (line) => {
        if (opened === socket) received(line);
      },
      (error) => {
        if (opened === socket) fail(error);
      },
    );
    opened.on('close', () => {
      if (opened !== socket) return;
      socket = null;
      if (asked.isTurnedAway) {
        if (waiting.length > 0) void askAgain(true);
      } else
        fail(
          new ConnectionError(
            asked.problem === null
              ? `peinit closed the connection to ${path}`
              : `the connection to ${path} failed: ${asked.problem.message}`,
          ),
        );
    });
    // What was given up meanwhile is not asked any more.
    waiting = waiting.filter(({ isLeft }) => !isLeft);
    if (waiting.length > 0) asked.write(waiting.map(({ line }) => line).join(''));
    return opened;
  }

  /** On a new connection, everything. */
  async function askAgain(wasTurnedAway: boolean): Promise<void> {
    try {
      if (wasTurnedAway && !(await patience.pause())) throw turnedAway();
      const opened = await open();
      if (failure === null) socket = follow(opened);
      else opened.destroy();
    } catch (error) {
      fail(error instanceof Error ? error : new ConnectionError(String(error)));
    }
  }

  function received(text: string): void {
    if (failure !== null) return;
    const line = reading.parse(text);
    if (line !== null && waiting.length === 0 && streamed !== null) return pass(line);
    const told = line === null ? null : controlLine(line);
    // What nobody asked for would be taken for the answer to what is asked next.
    if (told === null || waiting.length === 0) {
      const foreign = socket;
      fail(foreignSocket(path, 'peinit', controlSocketPath, text.slice(0, 60)));
      foreign?.destroy();
      return;
    }
    const next = waiting.shift();
    if (next === undefined) return;
    try {
      if (told.kind === 'failure') {
        if (next.isStream) streamed = null;
        const { code, message } = reading.failure(next.command, told.failure) as ErrorResponse;
        next.reject(new ControlError(code, message));
      } else if (next.isStream) {
        isStreaming = true;
        next.resolve(undefined);
      } else next.resolve(reading.answer(next.command, told.answer));
    } catch (error) {
      next.reject(error as Error);
    }
  }

  /** A line of the stream. */
  function pass(line: unknown): void {
    try {
      streamed?.add(reading.answer(streamOf, line));
    } catch (error) {
      const foreign = socket;
      fail(error as Error);
      foreign?.destroy();
    }
  }

  function ask(command: keyof ControlCommands, members: object, isStream: boolean, options: CallOptions): Promise<unknown> {
    let asked: Waiting | null = null;
    const begin = (): Promise<unknown> => {
      if (failure !== null) return Promise.reject(failure);
      const line = `${JSON.stringify({ [discriminator]: command, ...members })}\n`;
      return new Promise((resolve, reject) => {
        asked = { command, line, isStream, isLeft: false, resolve, reject };
        waiting.push(asked);
        if (socket !== null) gather(socket, () => unread?.write(line));
        // It was turned away before it had asked anything, or has ended.
        else if (waiting.length === 1) void askAgain(!reconnects);
      });
    };
    const leave = (): void => {
      if (asked !== null) asked.isLeft = true;
    };
    return limited(command, { ...options, timeoutMs: options.timeoutMs ?? timeoutMs }, begin, leave);
  }

  const takenByStream = (): ConnectionError => new ConnectionError(`this connection is that of the stream ${streamOf}; make another one`);

  function call(command: keyof ControlCommands, members: object, options: CallOptions = {}): Promise<unknown> {
    if (streamed !== null) return Promise.reject(takenByStream());
    return ask(command, members, false, options);
  }

  function stream(command: keyof ControlCommands, members: object, options: CallOptions = {}): Lines<unknown> {
    const lines = new HeldLines<unknown>(
      mostHeld,
      (isFull) => {
        if (isFull) socket?.pause();
        else socket?.resume();
      },
      leave,
    );
    function leave(): void {
      // Where it was refused others may use the connection.
      if (streamed !== lines) return;
      if (reconnects) fail(new ConnectionError(`the stream ${command} was left, and its connection closed`));
      else close();
    }
    if (streamed !== null) lines.end(takenByStream());
    streamed ??= lines;
    if (streamed === lines) streamOf = command;
    const opened = (streamed === lines ? ask(command, members, true, options) : Promise.reject(takenByStream())).then(() => undefined);
    opened.then(
      () => options.signal?.addEventListener('abort', () => lines.leave(), { once: true }),
      // Whoever takes lines is told.
      (error) => {
        lines.end(error);
        leave();
      },
    );
    return { opened, leave: () => lines.leave(), [Symbol.asyncIterator]: () => lines[Symbol.asyncIterator]() };
  }

  function close(): void {
    isClosed = true;
    fail(new ConnectionError(`the connection to ${path} was closed`));
    socket?.destroy();
  }

  return { call, stream, close };
}

/** What is asked in one go is sent in one piece: the first request may end this process. */
function gather(socket: Socket, write: () => void): void {
  if (socket.writableCorked === 0) {
    socket.cork();
    process.nextTick(() => socket.uncork());
  }
  write();
}
