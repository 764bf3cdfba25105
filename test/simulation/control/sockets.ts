/**
 * Connections of clients to the control socket: what its server sees of the kernel. Bytes arrive late and in pieces, calls are interrupted,
 * descriptors run out, and readers stop reading.
 */
import { constants } from 'node:os';
import { pollBits } from '../../../src/linux/dispatcher.ts';
import type { Random } from '../../support/random.ts';
import { createRandom, deriveSeed } from '../../support/random.ts';
import { must } from '../invariants/invariant.ts';
import type { Calls, DescriptorWorld, File } from '../kernel/descriptors.ts';
import type { Scheduler, Ticket } from '../scheduler.ts';

/** The far end of a connection. */
export interface Line {
  /** Arrives later, in order. `pieces`: byte by byte, so to say. */
  send(text: string, pieces?: boolean): void;
  /** Nothing more will be sent; what was asked is still answered. */
  endInput(): void;
  /** Hangs up. What was sent before arrives all the same. */
  hangUp(): void;
  /** A reader that has stopped takes no more than the buffer between holds. */
  setReading(on: boolean): void;
  /** Bytes that the server has read so far. */
  readonly read: number;
  /** When the server last wrote something. */
  readonly writtenAt: number;
}

/** What the far end hears. */
export interface Listener {
  received(text: string): void;
  /** The server closed, or said that nothing more comes; everything before that was received by those that have not hung up. */
  ended(how: 'closed' | 'farewell'): void;
}

export interface SocketWorld {
  readonly calls: Calls;
  connect(pid: number, uid: number, listener: Listener): Line;
  /** Descriptors of connections that the server holds. */
  readonly open: number;
  /** Everything under way arrives at once, and the loop turns until there is nothing to do. */
  drain(): void;
}

interface Connection {
  readonly pid: number;
  readonly uid: number;
  readonly listener: Listener;
  readonly random: Random;
  readonly inbox: Buffer[];
  /** Chunks, or its end, that are on their way. */
  readonly underWay: { readonly arrive: () => void; readonly ticket: Ticket }[];
  arrivesAt: number;
  readBytes: number;
  writtenAt: number;
  inputEnded: boolean;
  hungUp: boolean;
  /** A turn has told the server that the far end hung up. */
  told: boolean;
  reading: boolean;
  held: string;
  ended: 'closed' | 'farewell' | null;
  readonly file: File;
}

const { EAGAIN, EINTR, EMFILE, EPIPE, EBADF, EINVAL } = constants.errno;
const ms = 1e6;
/** What the kernel holds for a reader that does not read. */
const bufferBytes = 8192;

/** `mostServed`: connections that the server may serve at once, with those whose clients have left. */
export function createSocketWorld(seed: number, scheduler: Scheduler, world: DescriptorWorld, mostServed: number): SocketWorld {
  const files = new Map<number, Connection>();
  const arrived: Connection[] = [];
  const random = createRandom(deriveSeed(seed, 'connections'));
  const doorway: File = {
    ready: () => (arrived.length > 0 ? pollBits.in : 0),
    read: () => -EINVAL,
    write: () => -EINVAL,
    closed: () => undefined,
  };

  /** In order: nothing overtakes what was sent before. */
  function arriveLater(connection: Connection, arrive: () => void): void {
    const { random: own, underWay } = connection;
    const at = scheduler.now + (own.chance(0.6) ? 0 : own.below(2 * ms));
    connection.arrivesAt = Math.max(connection.arrivesAt, at);
    const run = (): void => {
      underWay.shift();
      arrive();
      world.touch(connection.file);
    };
    underWay.push({ arrive: run, ticket: scheduler.at(connection.arrivesAt, run) });
  }

  function deliver(connection: Connection): void {
    if (!connection.reading) return;
    const text = connection.held;
    connection.held = '';
    if (text !== '' && !connection.hungUp) connection.listener.received(text);
    world.touch(connection.file);
  }

  function endOf(connection: Connection, how: 'closed' | 'farewell'): void {
    if (connection.ended === 'closed' || connection.ended === how) return;
    connection.ended = how;
    // What lies in the buffer is read sooner or later.
    connection.reading = true;
    deliver(connection);
    connection.listener.ended(how);
  }

  function connect(pid: number, uid: number, listener: Listener): Line {
    const connection: Connection = {
      pid,
      uid,
      listener,
      random: createRandom(deriveSeed(seed, `connection ${pid}`)),
      inbox: [],
      underWay: [],
      arrivesAt: 0,
      readBytes: 0,
      writtenAt: scheduler.now,
      inputEnded: false,
      hungUp: false,
      told: false,
      reading: true,
      held: '',
      ended: null,
      file: {
        ready: () =>
          (connection.inbox.length > 0 || connection.inputEnded ? pollBits.in : 0) |
          (connection.held.length < bufferBytes && !connection.hungUp ? pollBits.out : 0) |
          (connection.hungUp && connection.underWay.length === 0 ? pollBits.hup : 0),
        told(bits) {
          if ((bits & pollBits.hup) !== 0) connection.told = true;
        },
        read: (into) => read(connection, into),
        write: (data, offset, length) => write(connection, data, offset, length),
        shutdownWrite() {
          endOf(connection, 'farewell');
          return 0;
        },
        closed: () => endOf(connection, 'closed'),
      },
    };
    arriveLater(connection, () => {
      arrived.push(connection);
      world.touch(doorway);
    });
    return {
      send(text, pieces = false) {
        const bytes = Buffer.from(text);
        const step = pieces ? 1 + connection.random.below(9) : bytes.length;
        for (let from = 0; from < bytes.length; from += step) {
          const piece = bytes.subarray(from, from + step);
          arriveLater(connection, () => connection.inbox.push(piece));
        }
      },
      endInput() {
        arriveLater(connection, () => {
          connection.inputEnded = true;
        });
      },
      hangUp() {
        if (connection.hungUp) return;
        connection.hungUp = true;
        connection.held = '';
        arriveLater(connection, () => {
          connection.inputEnded = true;
        });
      },
      setReading(on) {
        connection.reading = on;
        deliver(connection);
      },
      get read() {
        return connection.readBytes;
      },
      get writtenAt() {
        return connection.writtenAt;
      },
    };
  }

  function read(connection: Connection, into: Uint8Array): number {
    must(files.size <= mostServed, () => `${files.size} connections are served at once`);
    const { random: own, inbox } = connection;
    if (own.chance(0.01)) return own.chance(0.5) ? -EINTR : -EAGAIN;
    if (inbox.length === 0) return connection.inputEnded ? 0 : -EAGAIN;
    let count = 0;
    while (inbox.length > 0 && count < into.length) {
      const [chunk] = inbox as [Buffer];
      const part = chunk.subarray(0, own.chance(0.02) ? Math.min(7, into.length - count) : into.length - count);
      into.set(part, count);
      count += part.length;
      if (part.length === chunk.length) inbox.shift();
      else {
        inbox[0] = chunk.subarray(part.length);
        break;
      }
    }
    connection.readBytes += count;
    return count;
  }

  function write(connection: Connection, data: Uint8Array, offset: number, length: number): number {
    must(!connection.told, () => `process ${connection.pid} has hung up, the server knows it and wrote ${length} bytes all the same`);
    must(connection.ended === null, () => `the server wrote to process ${connection.pid} after its farewell`);
    if (connection.hungUp) return -EPIPE;
    const { random: own } = connection;
    const room = bufferBytes - connection.held.length;
    const most = connection.reading ? length : Math.min(length, room);
    const count = own.chance(0.03) ? Math.min(most, 1 + own.below(50)) : most;
    if (count <= 0) return -EAGAIN;
    connection.writtenAt = scheduler.now;
    // Answers are plain ASCII here, so that a byte is a character.
    connection.held += Buffer.from(data.buffer, data.byteOffset + offset, count).toString('latin1');
    deliver(connection);
    return count;
  }

  return {
    calls: {
      ...world.calls,
      listenStream: () => world.install(doorway),
      accept() {
        if (random.chance(0.01)) return -EMFILE;
        const next = arrived.shift();
        if (next === undefined) return -EAGAIN;
        const fd = world.install(next.file);
        files.set(fd, next);
        return fd;
      },
      peerCredentials(fd) {
        const connection = files.get(fd);
        return connection === undefined ? -EBADF : { pid: connection.pid, uid: connection.uid, gid: connection.uid };
      },
      close(fd) {
        files.delete(fd);
        return world.calls.close(fd);
      },
    },
    connect,
    get open() {
      return files.size;
    },
    drain() {
      for (let quiet = false; !quiet; ) {
        quiet = true;
        for (const connection of [...files.values(), ...arrived]) {
          for (const { arrive, ticket } of [...connection.underWay]) {
            ticket.cancel();
            arrive();
            quiet = false;
          }
        }
        if (world.settle()) quiet = false;
      }
    },
  };
}
