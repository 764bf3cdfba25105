import type { Socket } from 'node:net';
import type { CallName } from '../../gen/registry/facts.ts';
import { calls, endpoints } from '../../gen/registry/facts.ts';
import type { RegistryLine } from '../../gen/registry/lines.ts';
import { registryLine } from '../../gen/registry/lines.ts';
import { addReadTreePart } from '../../gen/registry/parts.ts';
import type {
  ReadTreeResponse,
  RegistryErrorResponse,
  TreeNode,
  WatchEvent,
  WatchRequest,
  WatchResponse,
} from '../../gen/registry/types.ts';
import { limited } from './call-options.ts';
import { ConnectionError, foreignSocket } from './errors.ts';
import { RegistryClient } from './generated/client.ts';
import type { RegistryError } from './generated/registry.ts';
import { readLines } from './line-reader.ts';
import type { Open } from './open.ts';
import type { ConnectOptions } from './open-socket.ts';
import { openPatiently, usualPatienceMs } from './open-socket.ts';
import { Patience } from './patience.ts';
import type { Reading } from './reading.ts';
import { trusting } from './reading.ts';
import { RegistryWatcher } from './registry-watcher.ts';
import { Unread } from './unread.ts';

/**
 * The registry from Node: the generated calls of RegistryClient over one connection, and watches as async iterables. Calls may be
 * made without waiting for each other. When the connection ends every call is rejected and every watch ends; connecting again is
 * the caller's. EBUSY, of a call or for want of a place, says that nothing was done: it is tried again for a while.
 */

/** registryd refused a call: `error` is the name of an errno, the message is for people. */
export class RegistryCallError extends Error {
  readonly error: Open<RegistryError>;

  constructor(error: Open<RegistryError>, message: string) {
    super(message);
    this.name = 'RegistryCallError';
    this.error = error;
  }
}

const { correlation, discriminator } = endpoints.registry;

/** Where registryd listens inside a machine. */
export const registrySocketPath: string = endpoints.registry.path;

/** A call that is not answered by then is rejected with ETIMEDOUT; registryd itself gives up earlier. */
const deadlineMs = 30_000;
/** Nothing at all came for so long: whoever waits wants to know. */
const silentMs = 3_000;

const stillStanding = 'it or its disk stands still; `peiosctl status registryd` tells more, `peiosctl restart registryd` starts it anew';

export interface RegistryOptions extends ConnectOptions {
  /** Of calls that have none of their own; without, it is registryd's ETIMEDOUT after 30 s. */
  readonly timeoutMs?: number | undefined;
  readonly reading?: Reading | undefined;
  /** registryd has not answered for 3 s while a call waits, which goes on; called once, with a message for people. */
  readonly onSilent?: (message: string) => void;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: NodeJS.Timeout;
  readonly silence: NodeJS.Timeout;
  /** Nodes of the parts of a tree that came already. */
  readonly nodes: TreeNode[];
  readonly op: CallName;
  readonly line: string;
  readonly patience: Patience;
}

export class RegistryConnection extends RegistryClient {
  /** Null: it was turned away, and there is no other one yet. */
  #socket: Socket | null = null;
  #unread: Unread | null = null;
  readonly #path: string;
  readonly #patience = new Patience(usualPatienceMs);
  /** Without an answer nothing of what was asked was read when it is turned away. */
  #isHeard = false;
  /** Lines behind a call that is tried again: they stay behind it. */
  #behind: string[] | null = null;
  readonly #waiting = new Map<number, Waiting>();
  readonly #watchers = new Map<number, RegistryWatcher>();
  #lastId = 0;
  #failure: Error | null = null;
  #onSilent: RegistryOptions['onSilent'];
  readonly #reading: Reading;
  readonly #timeoutMs: number | undefined;

  constructor(socket: Socket, path: string, options: RegistryOptions = {}) {
    super({
      call: (op, members, { signal, timeoutMs = this.#timeoutMs } = {}) =>
        limited(op, { signal, timeoutMs }, () => this.#call(op, members)),
      stream: (op) => {
        throw new Error(`${op} is not answered by a stream`);
      },
    });
    this.#path = path;
    this.#onSilent = options.onSilent;
    this.#reading = options.reading ?? trusting;
    this.#timeoutMs = options.timeoutMs;
    this.#follow(socket);
  }

  #follow(socket: Socket): Unread {
    const path = this.#path;
    this.#socket = socket;
    const unread = new Unread(socket);
    this.#unread = unread;
    readLines(
      socket,
      (line) => this.#received(line),
      (error) => this.#fail(error),
    );
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (socket !== this.#socket) return;
      // It was closed before it had read anything; why is lost with what was not written.
      if (error.code === 'EPIPE' && unread.isTurnedAway) void this.#connectAgain(closedAtOnce(path));
      else if (error.code === 'ECONNRESET') this.#fail(this.#ended());
      else this.#fail(new ConnectionError(`the connection to ${path} failed: ${error.message}`));
    });
    socket.on('close', () => {
      if (socket === this.#socket) this.#fail(this.#ended());
    });
    return unread;
  }

  /** Why the connection is over; null while it stands. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Watches a key; each element is what one commit changed. Ends with the connection, or when it is left or closed. */
  async watchKey(request: WatchRequest): Promise<RegistryWatcher> {
    const { watch } = await this.watch(request);
    const watcher = this.#watchers.get(watch);
    if (watcher === undefined) throw this.#failure ?? new ConnectionError(`the connection to ${this.#path} ended`);
    return watcher;
  }

  disconnect(): void {
    this.#fail(new ConnectionError(`the connection to ${this.#path} was closed`));
    this.#socket?.destroy();
  }

  #call(op: CallName, members: object): Promise<unknown> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new RegistryCallError('ETIMEDOUT', `registryd did not answer ${op} within ${deadlineMs / 1000} s: ${stillStanding}`));
      }, deadlineMs);
      const line = `${JSON.stringify({ ...members, [correlation]: id, [discriminator]: op })}\n`;
      const silence = setTimeout(() => this.#tellSilence(), silentMs);
      this.#waiting.set(id, { resolve, reject, deadline, silence, nodes: [], op, line, patience: new Patience(usualPatienceMs) });
      if (this.#behind === null) this.#unread?.write(line);
      else this.#behind.push(line);
    });
  }

  /** There was no place for it: on another connection, everything. */
  async #connectAgain(refusal: Error): Promise<void> {
    this.#socket?.destroy();
    this.#socket = null;
    this.#unread = null;
    try {
      if (!(await this.#patience.pause())) return this.#fail(refusal);
      const socket = await open(this.#path, this.#patience, false);
      if (this.#failure !== null) return void socket.destroy();
      const unread = this.#follow(socket);
      for (const { line } of this.#waiting.values()) unread.write(line);
    } catch (error) {
      this.#fail(error instanceof Error ? error : refusal);
    }
  }

  /** What was asked later must not happen before it. */
  async #callAgain(id: number, waiting: Waiting, refusal: RegistryCallError): Promise<void> {
    // A refusal is no silence.
    waiting.silence.refresh();
    this.#behind = [];
    const goesOn = await waiting.patience.pause();
    const lines = this.#behind;
    this.#behind = null;
    if (this.#failure !== null) return;
    if (!goesOn) this.#settle(id, waiting).reject(refusal);
    // Its time may be over by now.
    else if (this.#waiting.get(id) === waiting) lines.unshift(waiting.line);
    if (lines.length > 0) this.#unread?.write(lines.join(''));
  }

  #ended(): ConnectionError {
    const first = `registryd closed the connection to ${this.#path}`;
    return new ConnectionError(this.#waiting.size === 0 ? first : `${first} before it answered; it may have been restarted: ask again`);
  }

  #tellSilence(): void {
    const tell = this.#onSilent;
    this.#onSilent = undefined;
    tell?.(
      `registryd has not answered for ${silentMs / 1000} s, and is waited for up to ${deadlineMs / 1000} s: ` +
        `a transaction of somebody else holds the store, or ${stillStanding}`,
    );
  }

  #received(text: string): void {
    if (this.#failure !== null) return;
    const object = this.#reading.parse(text);
    const line = object === null ? null : registryLine(object);
    if (line === null || !this.#isOurs(line))
      return this.#end(foreignSocket(this.#path, 'registryd', registrySocketPath, text.slice(0, 60)));
    const waiting = line.kind === 'pushed' ? undefined : this.#waiting.get(line.id);
    try {
      if (line.kind === 'pushed') this.#pushed(line.pushed);
      else if (line.kind === 'failure') this.#refused(line.id, waiting, line.failure);
      else this.#answered(line.id, waiting, line.answer);
    } catch (error) {
      // What is no answer to the call.
      if (line.kind === 'pushed' || waiting === undefined) this.#end(error as Error);
      else this.#settle(line.id, waiting).reject(error as Error);
    }
  }

  #pushed(event: WatchEvent): void {
    const watcher = this.#watchers.get(event.watch);
    watcher?.receive(this.#reading.pushed('watch', event) as WatchEvent);
  }

  #refused(id: number, waiting: Waiting | undefined, failure: RegistryErrorResponse): void {
    const { error: code, message } = this.#reading.failure(waiting?.op ?? 'anything', failure) as RegistryErrorResponse;
    const error = new RegistryCallError(code, message);
    const isBusy = error.error === 'EBUSY';
    // It concerns the connection as a whole.
    if (id === 0) {
      if (isBusy && !this.#isHeard) void this.#connectAgain(error);
      else this.#fail(error);
      return;
    }
    this.#isHeard = true;
    if (waiting === undefined) return;
    // Others may be on their way behind it.
    if (isBusy && id === this.#lastId) void this.#callAgain(id, waiting, error);
    else this.#settle(id, waiting).reject(error);
  }

  #answered(id: number, waiting: Waiting | undefined, told: unknown): void {
    this.#isHeard = true;
    if (waiting === undefined) return;
    const answer = this.#reading.answer(waiting.op, told);
    const { parts, pushes } = calls[waiting.op];
    if (parts !== null) {
      const { nodes, more } = answer as ReadTreeResponse;
      addReadTreePart(waiting.nodes, nodes);
      waiting.silence.refresh();
      if (!more) this.#settle(id, waiting).resolve({ nodes: waiting.nodes, more: false });
      return;
    }
    // Events may follow in the same piece, so the watcher must be there before the caller knows of it.
    if (pushes !== null) this.#addWatcher((answer as WatchResponse).watch);
    this.#settle(id, waiting).resolve(answer);
  }

  #end(error: Error): void {
    this.#fail(error);
    this.#socket?.destroy();
  }

  /** An event, or the answer to a call, which may have come too late; 0 stands for the connection as a whole. */
  #isOurs(line: RegistryLine): boolean {
    return line.kind === 'pushed' || (line.id >= 0 && line.id <= this.#lastId);
  }

  #addWatcher(number: number): void {
    const watcher = new RegistryWatcher(number, () => {
      this.#watchers.delete(number);
      if (this.#failure === null) this.unwatch({ watch: number }).catch(() => undefined);
    });
    this.#watchers.set(number, watcher);
  }

  #settle(id: number, waiting: Waiting): Waiting {
    this.#waiting.delete(id);
    clearTimeout(waiting.deadline);
    clearTimeout(waiting.silence);
    return waiting;
  }

  #fail(error: Error): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    for (const [id, waiting] of this.#waiting) this.#settle(id, waiting).reject(error);
    for (const watcher of [...this.#watchers.values()]) watcher.end();
    this.#watchers.clear();
  }
}

/** Connects; rejects with a ConnectionError that says what to do. */
export async function connectRegistry(path: string = registrySocketPath, options: RegistryOptions = {}): Promise<RegistryConnection> {
  // A queue that is full says that registryd stands still.
  const patience = new Patience(options.patienceMs ?? 0, options.onTurnedAway);
  return new RegistryConnection(await open(path, patience, options.isAwaited ?? false), path, options);
}

async function open(path: string, patience: Patience, isAwaited: boolean): Promise<Socket> {
  const socket = await openPatiently(path, (error) => explain(path, error), patience, isAwaited);
  if (socket === null) throw new ConnectionError(`registryd takes no more connections at ${path}: ${stillStanding}`);
  return socket;
}

const closedAtOnce = (path: string): Error => new ConnectionError(`registryd closed the connection to ${path} at once; try again later`);

const howToGetInside = '(peinit-sandbox exec NAME -- peiosctl ...)';

function explain(path: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return `there is no registry socket at ${path}; is this inside a machine that peinit runs? ${howToGetInside}`;
    case 'ECONNREFUSED':
      return `nobody listens at ${path}; registryd is not running`;
    case 'EACCES':
      return `no permission to open ${path}; its mode is 0666 as registryd makes it, and its directory is for everyone to pass`;
    case 'EPROTOTYPE':
      return foreignSocket(path, 'registryd', registrySocketPath).message;
    default:
      return `connecting to ${path} failed: ${error.message}`;
  }
}
