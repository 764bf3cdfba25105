import type { Socket } from 'node:net';
import { connect as connectSocket } from 'node:net';
import { endpoints } from '../../gen/control/facts.ts';
import type { ControlCommands } from '../../gen/control/handlers.ts';
import { controlLine } from '../../gen/control/lines.ts';
import type { ErrorCode } from '../../gen/control/types.ts';
import type { Transport } from './generated/client.ts';
import { Patience } from './patience.ts';

/** peinit refused a request: `code` is stable, the message is for people. */
export class ControlError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'ControlError';
    this.code = code;
  }
}

/** The connection could not be made, or ended before the answer came. */
export class ConnectionError extends Error {
  override name = 'ConnectionError';
}

/** Somebody else listens there, so waiting for an answer is in vain, and so is trying again. */
export class ForeignSocket extends ConnectionError {}

export const foreignSocket = (path: string, daemon: string, usual: string): ForeignSocket =>
  new ForeignSocket(`${path} does not speak the protocol of ${daemon}; is it the right socket? The usual one is ${usual}`);

type Line = Readonly<Record<string, unknown>>;

/** A line of the protocol; null: it is none. */
export function parseLine(line: string): Line | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' ? (value as Line | null) : null;
  } catch {
    return null;
  }
}

/** The lines after an acknowledgement. */
export interface Stream extends AsyncIterable<unknown> {
  /** Resolves with the acknowledgement: what happens from then on is told. */
  readonly opened: Promise<void>;
}

/** A connection to the control socket. Requests may be sent without waiting; answers come in order. */
export interface ControlTransport extends Transport<keyof ControlCommands> {
  /** Asks at once, not with the first line that is taken. */
  stream(command: keyof ControlCommands, members: object): Stream;
  close(): void;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const { discriminator, path: socketPath } = endpoints.control;

/** Where peinit listens inside a machine. */
export const controlSocketPath: string = socketPath;

export interface ConnectOptions {
  /** It was turned away, waits and tries again; called once. */
  readonly onTurnedAway?: () => void;
  /** For how long it tries again; 5 s when left out. */
  readonly patienceMs?: number;
}

const usualPatienceMs = 5_000;
/** Whoever is turned away is so as soon as peinit gets to it; later it is the end of something else. */
const turnedAwayWithinMs = 2_000;

/**
 * Connects; rejects with a ConnectionError that says what to do. An end before any byte says that peinit had no place for one more
 * connection and has read nothing: what was asked is asked again on a new one, for a while.
 */
export async function connectControl(path: string = controlSocketPath, options: ConnectOptions = {}): Promise<ControlTransport> {
  const waiting: Waiting[] = [];
  /** What is to be asked again when nothing at all was heard. */
  let unheard: string[] = [];
  let isHeard = false;
  let streamed: ((line: unknown) => void) | null = null;
  let failure: Error | null = null;
  let onEnd: (() => void) | null = null;
  let pending = '';
  const { patienceMs = usualPatienceMs } = options;
  const patience = new Patience(patienceMs, options.onTurnedAway);
  const turnedAway = (): ConnectionError =>
    new ConnectionError(
      `peinit closed each connection to ${path} at once for ${patienceMs / 1000} s: it has no place for one more ` +
        '(MaxControlConnections, MaxControlConnectionsPerUser); try again when others have ended',
    );
  /** Null: there is none at the moment. */
  let socket: Socket | null = follow(await openPatiently());

  /** A queue of connections that is full is a matter of time as well. */
  async function openPatiently(): Promise<Socket> {
    for (;;) {
      const opened = await openSocket(path, (error) => ofPeinit(path, 'control socket', error));
      if (opened !== null) return opened;
      if (!(await patience.pause())) throw turnedAway();
    }
  }

  function fail(error: Error): void {
    failure ??= error;
    for (const each of waiting.splice(0)) each.reject(failure);
    onEnd?.();
  }

  function follow(opened: Socket): Socket {
    const openedAt = performance.now();
    let problem: Error | null = null;
    opened.setEncoding('utf8');
    opened.on('data', (text: string) => {
      isHeard = true;
      unheard = [];
      pending += text;
      let from = 0;
      for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n', from)) {
        received(pending.slice(from, end));
        from = end + 1;
      }
      pending = pending.slice(from);
    });
    opened.on('error', (error) => {
      problem = error;
    });
    opened.on('close', () => {
      socket = null;
      if (isHeard || performance.now() - openedAt > turnedAwayWithinMs)
        fail(
          new ConnectionError(
            problem === null ? `peinit closed the connection to ${path}` : `the connection to ${path} failed: ${problem.message}`,
          ),
        );
      else if (waiting.length > 0) void askAgain();
    });
    opened.write(unheard.join(''));
    return opened;
  }

  /** On a new connection, everything. */
  async function askAgain(): Promise<void> {
    try {
      if (!(await patience.pause())) throw turnedAway();
      const opened = await openPatiently();
      if (failure === null) socket = follow(opened);
      else opened.destroy();
    } catch (error) {
      fail(error instanceof Error ? error : new ConnectionError(String(error)));
    }
  }

  function received(line: string): void {
    if (failure !== null) return;
    const object = parseLine(line);
    if (object !== null && waiting.length === 0) return streamed?.(object);
    const told = object === null ? null : controlLine(object);
    if (told === null) {
      fail(foreignSocket(path, 'peinit', controlSocketPath));
      socket?.destroy();
      return;
    }
    const next = waiting.shift();
    if (told.kind === 'failure') next?.reject(new ControlError(told.failure.code, told.failure.message));
    else next?.resolve(told.answer);
  }

  function call(command: keyof ControlCommands, members: object): Promise<unknown> {
    if (failure !== null) return Promise.reject(failure);
    const line = `${JSON.stringify({ [discriminator]: command, ...members })}\n`;
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      if (!isHeard) unheard.push(line);
      if (socket !== null) gather(socket, line);
      // It was turned away before it had asked anything.
      else if (waiting.length === 1) void askAgain();
    });
  }

  function stream(command: keyof ControlCommands, members: object): Stream {
    const lines: unknown[] = [];
    let wake: (() => void) | null = null;
    const notify = (): void => wake?.();
    streamed = (line) => {
      lines.push(line);
      notify();
    };
    onEnd = notify;
    const opened = call(command, members).then(() => undefined);
    // Whoever takes lines is told.
    opened.catch(() => undefined);
    async function* taken(): AsyncGenerator<unknown> {
      await opened;
      for (;;) {
        for (let line = lines.shift(); line !== undefined; line = lines.shift()) yield line;
        if (failure !== null) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = null;
      }
    }
    return { opened, [Symbol.asyncIterator]: taken };
  }

  function close(): void {
    fail(new ConnectionError(`the connection to ${path} was closed`));
    socket?.destroy();
  }

  return { call, stream, close };
}

/** What is asked in one go is sent in one piece: the first request may end this process. */
function gather(socket: Socket, line: string): void {
  if (socket.writableCorked === 0) {
    socket.cork();
    process.nextTick(() => socket.uncork());
  }
  socket.write(line);
}

/** Null: too many wait there already. Rejects with a ConnectionError in the words of `explain`. */
export function openSocket(path: string, explain: (error: NodeJS.ErrnoException) => string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EAGAIN') resolve(null);
      else reject(new ConnectionError(explain(error)));
    });
  });
}

/** Why a socket of peinit cannot be reached. */
export function ofPeinit(path: string, name: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return `there is no ${name} at ${path}; is this inside a machine that peinit runs? (peinit-sandbox exec NAME -- peiosctl ...)`;
    case 'ECONNREFUSED':
      return `nobody listens at ${path}; peinit has ended or is still in its first phase`;
    case 'EACCES':
      return `no permission to open ${path}`;
    case 'EPROTOTYPE':
      return foreignSocket(path, 'peinit', controlSocketPath).message;
    default:
      return `connecting to ${path} failed: ${error.message}`;
  }
}
