import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { encodeRegistryErrorResponse } from '../../../../gen/registry/encode.ts';
import { endpoints } from '../../../../gen/registry/facts.ts';
import { createLineReader } from '../../../wire/line-reader.ts';
import { messageOf, Problem } from '../../daemon/problem.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { dispatchLine, tooLongLine } from './dispatch.ts';
import { Session } from './session.ts';
import { Transactions } from './transactions.ts';
import { WatchTable } from './watches.ts';

const { maxLine } = endpoints.registry;
const maxConnections = 256;
/** Unsent bytes from which on a connection is not read any more, and its watches hold back. */
const congestionBytes = 1024 * 1024;

const lastWordMs = 1_000;

/** Descriptor of a connection; node:net has no public name for it. */
function descriptorOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : -1;
  return typeof fd === 'number' ? fd : -1;
}

export interface RegistryServer {
  /** Instant of the last request, milliseconds of performance.now(). */
  readonly lastRequestMs: number;
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly path: string;
  readonly store: StoreConnection;
  readonly openSecond: () => StoreConnection;
  /** User id of the peer behind a descriptor, or a negative errno. */
  readonly peerUid: (descriptor: number) => number;
}

/** Listens; only uid 0 is served until descriptors are checked. Rejects with Problem when the socket cannot be made. */
export async function startServer({ path, store, openSecond, peerUid }: ServerOptions): Promise<RegistryServer> {
  const watchTable = new WatchTable();
  const transactions = new Transactions(store, openSecond, (changes) => watchTable.publish(changes));
  const sockets = new Set<Socket>();
  let lastRequestMs = performance.now();

  function accept(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    const uid = peerUid(descriptorOf(socket));
    if (uid !== 0 || sockets.size >= maxConnections) {
      const message =
        uid !== 0 ? 'only uid 0 is admitted until descriptors are checked' : `there are ${maxConnections} connections already`;
      sayLast(socket, encodeRegistryErrorResponse({ id: 0, error: uid !== 0 ? 'EACCES' : 'EBUSY', message }));
      return;
    }
    sockets.add(socket);
    serveConnection(socket);
  }

  function serveConnection(socket: Socket): void {
    const lines = createLineReader(maxLine);
    const send = (line: string): void => {
      if (socket.writable) socket.write(`${line}\n`);
    };
    const isCongested = (): boolean => socket.writableLength >= congestionBytes;
    const session = new Session(transactions, watchTable, {
      get congested() {
        return isCongested();
      },
      send,
    });

    /** Serves what has come, until the peer has to read first. */
    function serveLines(): void {
      while (socket.writable && !isCongested()) {
        const found = lines.next();
        if (found === 'more') {
          lines.keep();
          socket.resume();
          return;
        }
        if (found === 'too-long') {
          lines.clear();
          sayLast(socket, tooLongLine(maxLine));
          return;
        }
        lastRequestMs = performance.now();
        dispatchLine(lines.bytes, lines.start, lines.end, session, store, send);
      }
      lines.keep();
      socket.pause();
    }

    socket.on('data', (piece: Buffer) => {
      if (!socket.writable) return;
      lines.push(piece, piece.length);
      serveLines();
    });
    socket.on('drain', () => {
      session.flushWatches();
      serveLines();
    });
    socket.on('close', () => {
      sockets.delete(socket);
      session.end();
    });
  }

  const server = createServer({ allowHalfOpen: false }, accept);
  try {
    makeSocketDirectory(dirname(path));
    await listen(server, path);
  } catch (error) {
    throw new Problem(`the socket ${path} cannot be made: ${messageOf(error)}`, 'name another one with --socket');
  }
  return {
    get lastRequestMs() {
      return lastRequestMs;
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      transactions.close();
    },
  };
}

/** A last line; what the peer still sends is thrown away for a moment, so that it reads the line before its own writes fail. */
function sayLast(socket: Socket, line: string): void {
  socket.end(`${line}\n`);
  socket.resume();
  setTimeout(() => socket.destroy(), lastWordMs).unref();
}

/** Others will reach the socket's directory; the mask of this process is for what it writes. */
function makeSocketDirectory(path: string): void {
  const mask = process.umask(0o022);
  try {
    mkdirSync(path, { recursive: true });
  } finally {
    process.umask(mask);
  }
}

/** The socket has its mode from the first moment on. */
function listen(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  const mask = process.umask(0o177);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.removeListener('error', reject);
      chmodSync(path, 0o600);
      resolve();
    });
    process.umask(mask);
  });
}
