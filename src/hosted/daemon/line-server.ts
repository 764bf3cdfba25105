import { rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { LineReader } from '../../wire/line-reader.ts';
import { createLineReader } from '../../wire/line-reader.ts';
import type { Holder } from '../../wire/places.ts';
import { Places } from '../../wire/places.ts';
import { keepSocket, makeSocketDirectory } from './kept-socket.ts';
import { messageOf, Problem } from './problem.ts';
import type { Turn } from './turns.ts';
import { Turns } from './turns.ts';

/**
 * A stream socket with one message a line. A peer that does not read is not read either, a line that is too long ends its
 * connection, and whoever is turned away is told why. Who is not SYSTEM takes turns with the others (turns.ts).
 */

/** Unsent bytes from which on a connection is congested: nothing more of it is served. */
export const congestionBytes = 1024 * 1024;
/** The same of all connections of a user that is not SYSTEM. */
const congestionBytesOfUser = 8 * congestionBytes;
/** Lines that a user who is not SYSTEM has begun and not ended. */
const heldBytesOfUser = 16 * 1024 * 1024;
/** What a connection comes to until it is forgotten, in time. */
const connectionMs = 0.3;
/** How long a last word may take to be read, and how many may be on their way. */
const lastWordMs = 1_000;
const mostLastWords = 64;

/** One peer, for the one who serves it. */
export interface LineConnection {
  /** Takes a line without its newline. Nothing happens when the peer is gone. */
  send(line: string): void;
  /** Nothing more should be sent by itself now; `drained` is called once that is over. */
  readonly congested: boolean;
  /** Runs what is done for this peer beside its lines: it counts as its time. */
  spend(act: () => void): void;
  /** For what only the addon can send; -1 once the connection is over. Who sends so sends everything so. */
  readonly descriptor: number;
  /** The handler is not full any more. */
  goOn(): void;
  /** Ends it at once. */
  end(): void;
}

export interface Admitted<Peer> {
  readonly peer: Peer;
  readonly holder: Holder;
  /** It is served however many there are: PID 1. */
  readonly always?: boolean;
}

/** Who serves a connection. */
export interface LineHandler {
  /** A line, from `start` to `end`; only valid within this call. */
  line(bytes: Buffer, start: number, end: number): void;
  /** It takes no line until it says that it goes on. */
  readonly full?: boolean;
  /** The peer has read what was unsent. */
  drained(): void;
  /** The connection is over; nothing that is sent any more arrives. */
  closed(): void;
}

export interface LineServerOptions<Peer> {
  readonly path: string;
  /** Of the socket; its directory is made for everyone to pass. */
  readonly mode: number;
  /** Greatest length of a line in bytes, newline not counted. */
  readonly maxLine: number;
  /** Some of them are kept for SYSTEM (wire/places.ts). */
  readonly maxConnections: number;
  readonly maxConnectionsPerUser: number;
  /** Who is behind a descriptor, or the last word to one who is not served; null: none. */
  admit(descriptor: number): Admitted<Peer> | { readonly refusal: string | null };
  /** The last word to one for whom there is no room: it has as many as it may have, all places are taken, its lines have no end. */
  full(lack: 'own' | 'all' | 'held'): string | null;
  /** The last word to one whose line is too long. */
  tooLong(): string | null;
  open(connection: LineConnection, peer: Peer): LineHandler;
}

/** A connection as the others of its user see it. */
interface Served {
  readonly socket: Socket;
  readonly lines: LineReader;
  /** Its lines wait for what is unsent. */
  stalled: boolean;
  goOn(): void;
}

export interface LineServer {
  /** Instant of the last line, milliseconds of performance.now(). */
  readonly lastLineMs: number;
  readonly connections: number;
  /** Ends every connection at once and takes the socket away. */
  close(): Promise<void>;
}

/** Descriptor of a connection; node:net has no public name for it. */
const descriptorOf = (socket: Socket): number => descriptorOfHandle(Reflect.get(socket, '_handle'));

function descriptorOfHandle(handle: unknown): number {
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : -1;
  return typeof fd === 'number' ? fd : -1;
}

/**
 * Asks `mayCome` about each connection before it costs more than its descriptor; node has only its count to refuse one by. A version of
 * node that accepts in another way lets all of them come.
 */
function watchTheDoor(server: Server, mayCome: (descriptor: number) => boolean): void {
  const door: unknown = Reflect.get(server, '_handle');
  if (typeof door !== 'object' || door === null) return;
  const accept: unknown = Reflect.get(door, 'onconnection');
  if (typeof accept !== 'function') return;
  Reflect.set(door, 'onconnection', function onConnection(this: unknown, status: number, handle: unknown): void {
    const close: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'close') : null;
    if (typeof close === 'function' && !mayCome(descriptorOfHandle(handle))) close.call(handle);
    else accept.call(this, status, handle);
  });
}

/** Listens. Rejects with Problem when the socket cannot be made. */
export async function startLineServer<Peer>(options: LineServerOptions<Peer>): Promise<LineServer> {
  const { path, mode, maxLine } = options;
  const limits = { total: options.maxConnections, perUser: options.maxConnectionsPerUser };
  const sockets = new Set<Socket>();
  const places = new Places();
  let lastLineMs = performance.now();

  const turns = new Turns();
  /** Connections of each user. */
  const ofUser = new Map<Holder['user'], Set<Served>>();
  let lastWords = 0;

  /** Whoever comes next, where that was asked at the door already. */
  let atTheDoor: ReturnType<typeof options.admit> | null = null;

  /** A user that has taken all of its time is not even told so: that would cost more of it. */
  function mayCome(descriptor: number): boolean {
    const admitted = options.admit(descriptor);
    if ('holder' in admitted) {
      if (turns.isSpent(admitted.holder)) return false;
      turns.charge(admitted.holder, connectionMs);
    }
    atTheDoor = admitted;
    return true;
  }

  function accept(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    const admitted = atTheDoor ?? options.admit(descriptorOf(socket));
    atTheDoor = null;
    if ('refusal' in admitted) sayLast(socket, admitted.refusal);
    else if (admitted.always === true || places.take(admitted.holder, limits)) serve(socket, admitted);
    // Others may have left in this very turn, which node has not told yet.
    else setImmediate(() => acceptLate(socket, admitted));
  }

  function acceptLate(socket: Socket, admitted: Admitted<Peer>): void {
    if (socket.destroyed) return;
    const lack = places.lack(admitted.holder, limits);
    if (lack === null && places.take(admitted.holder, limits)) serve(socket, admitted);
    else sayLast(socket, options.full(lack ?? 'all'));
  }

  /** A last line; what the peer still sends is thrown away for a moment, so that it reads the line before its own writes fail. */
  function sayLast(socket: Socket, line: string | null): void {
    if (line === null || lastWords >= mostLastWords) {
      socket.destroy();
      return;
    }
    lastWords += 1;
    socket.once('close', () => {
      lastWords -= 1;
    });
    socket.end(`${line}\n`);
    socket.resume();
    setTimeout(() => socket.destroy(), lastWordMs).unref();
  }

  function serve(socket: Socket, { peer, holder, always }: Admitted<Peer>): void {
    sockets.add(socket);
    const lines = createLineReader(maxLine);
    const served: Served = { socket, lines, stalled: false, goOn: () => turns.ready(turn) };
    const brothers = ofUser.get(holder.user) ?? new Set();
    brothers.add(served);
    ofUser.set(holder.user, brothers);
    let holds = always !== true;
    const leave = (): void => {
      if (holds) places.giveBack(holder);
      holds = false;
    };
    const sum = (bytes: (one: Served) => number): number => {
      let total = 0;
      for (const one of brothers) total += bytes(one);
      return total;
    };
    const isCongested = (): boolean =>
      socket.writableLength >= congestionBytes || (!holder.isSystem && sum((one) => one.socket.writableLength) >= congestionBytesOfUser);
    const connection: LineConnection = {
      send(line) {
        if (socket.writable) socket.write(`${line}\n`);
      },
      get congested() {
        return isCongested();
      },
      spend(act) {
        const begun = performance.now();
        act();
        turns.charge(holder, performance.now() - begun);
      },
      get descriptor() {
        return socket.destroyed ? -1 : descriptorOf(socket);
      },
      goOn: () => turns.ready(turn),
      end: () => void socket.destroy(),
    };
    const handler = options.open(connection, peer);

    const turn: Turn = {
      holder,
      /** Serves what has come, until its time is over or the peer has to read first. */
      serve(untilMs) {
        served.stalled = false;
        while (socket.writable && !isCongested() && handler.full !== true) {
          const found = lines.next();
          if (found === 'more') {
            lines.keep();
            if (!holder.isSystem && sum((one) => one.lines.held) > heldBytesOfUser) giveUp(options.full('held'));
            else socket.resume();
            return false;
          }
          if (found === 'too-long') {
            giveUp(options.tooLong());
            return false;
          }
          lastLineMs = performance.now();
          handler.line(lines.bytes, lines.start, lines.end);
          if (performance.now() >= untilMs) {
            rest();
            return true;
          }
        }
        rest();
        served.stalled = socket.writable && isCongested();
        return false;
      },
    };

    function rest(): void {
      lines.keep();
      socket.pause();
    }

    function giveUp(lastWord: string | null): void {
      lines.clear();
      sayLast(socket, lastWord);
    }

    socket.on('data', (piece: Buffer) => {
      if (!socket.writable) return;
      lines.push(piece, piece.length);
      // It may wait for its turn, and the piece is node's.
      if (!holder.isSystem) rest();
      turns.ready(turn);
    });
    socket.on('drain', () => {
      handler.drained();
      for (const one of [...brothers]) if (one.stalled) one.goOn();
    });
    socket.on('end', leave);
    socket.on('close', () => {
      leave();
      sockets.delete(socket);
      turns.leave(turn);
      brothers.delete(served);
      if (brothers.size === 0) ofUser.delete(holder.user);
      else for (const one of [...brothers]) if (one.stalled) one.goOn();
      handler.closed();
    });
  }

  let server = createServer({ allowHalfOpen: false }, accept);
  try {
    makeSocketDirectory(dirname(path));
    await listen(server, path, mode);
    watchTheDoor(server, mayCome);
  } catch (error) {
    throw new Problem(`the socket ${path} cannot be made: ${messageOf(error)}`, 'name another one with --socket');
  }
  const letGo = keepSocket({
    path,
    async listen() {
      // Before the new one listens, for closing removes what lies at the path. Connections go on.
      server.close();
      server = createServer({ allowHalfOpen: false }, accept);
      await listen(server, path, mode);
      watchTheDoor(server, mayCome);
    },
    warn: (text) => process.stderr.write(`${text}\n`),
  });
  return {
    get lastLineMs() {
      return lastLineMs;
    },
    get connections() {
      return sockets.size;
    },
    async close() {
      letGo();
      turns.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

/** The socket has its mode from the first moment on; afterwards something else may lie there, in a directory of others. */
function listen(server: Server, path: string, mode: number): Promise<void> {
  rmSync(path, { force: true });
  const mask = process.umask(0o777 & ~mode);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.removeListener('error', reject);
      resolve();
    });
    process.umask(mask);
  });
}
