/**
 * Stream sockets in memory under the time of the scheduler, and the loop that serves them: what the control server sees of the kernel.
 * Bytes arrive late and in pieces, calls are interrupted, descriptors run out, and readers stop reading.
 */
import { constants } from 'node:os';
import type { Clock, Descriptors, Sockets } from '../../../src/kernel/kernel.ts';
import type { Loop } from '../../../src/kernel/loop.ts';
import { createDispatcher, pollBits, timerToken } from '../../../src/linux/dispatcher.ts';
import type { Random } from '../../support/random.ts';
import { createRandom, deriveSeed } from '../../support/random.ts';
import { must } from '../invariants/invariant.ts';
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
  readonly kernel: Clock & Descriptors & Sockets;
  readonly loop: Loop;
  connect(pid: number, uid: number, listener: Listener): Line;
  /** Descriptors of connections that the server holds. */
  readonly open: number;
  /** Everything under way arrives at once, and the loop turns until there is nothing to do. */
  drain(): void;
  readonly watches: number;
}

interface File {
  readonly fd: number;
  token: number;
  bits: number;
  /** A turn has told the server that the far end hung up. */
  told: boolean;
  ready(): number;
}

interface Connection extends File {
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
  reading: boolean;
  held: string;
  ended: 'closed' | 'farewell' | null;
}

const { EAGAIN, EINTR, EMFILE, EPIPE, EBADF } = constants.errno;
const listenerFd = 3;
const ms = 1e6;
/** What the kernel holds for a reader that does not read. */
const bufferBytes = 8192;

/** `mostServed`: connections that the server may serve at once, with those whose clients have left. */
export function createSocketWorld(seed: number, scheduler: Scheduler, realtimeNs: () => bigint, mostServed: number): SocketWorld {
  const files = new Map<number, Connection>();
  const arrived: Connection[] = [];
  const byToken = new Map<number, File>();
  const candidates = new Set<File>();
  const random = createRandom(deriveSeed(seed, 'sockets'));
  const doorway: File = { fd: listenerFd, token: 0, bits: 0, told: false, ready: () => (arrived.length > 0 ? pollBits.in : 0) };
  let lastFd = listenerFd;
  let isTurning = false;
  let timer: Ticket | null = null;
  let timerFired = false;
  let failure: unknown = null;

  const dispatcher = createDispatcher(
    {
      now: () => BigInt(scheduler.now),
      add(fd, token, bits) {
        const file = fd === listenerFd ? doorway : files.get(fd);
        if (file === undefined) return -EBADF;
        file.token = token;
        file.bits = bits;
        byToken.set(token, file);
        touch(file);
        return 0;
      },
      modify(_fd, token, bits) {
        const file = byToken.get(token);
        if (file === undefined) return -EBADF;
        file.bits = bits;
        touch(file);
        return 0;
      },
      remove(fd, token) {
        const file = byToken.get(token);
        must(file?.fd === fd, () => `descriptor ${fd} was closed before its watch`);
        byToken.delete(token);
        candidates.delete(file);
        file.token = 0;
        return 0;
      },
      arm(instant) {
        timer?.cancel();
        timer = null;
        if (instant === 0n) return;
        timer = scheduler.at(Number(instant), () => {
          timer = null;
          timerFired = true;
          turn();
        });
      },
    },
    (error) => {
      failure ??= error;
    },
  );

  const readyOf = (file: File): number => (file.token === 0 ? 0 : file.ready() & (file.bits | pollBits.err | pollBits.hup));

  function touch(file: File): void {
    if (file.token === 0) return;
    candidates.add(file);
    if (readyOf(file) !== 0) turnSoon();
  }

  function turnSoon(): void {
    if (isTurning) return;
    isTurning = true;
    scheduler.after(random.chance(0.2) ? random.below(0.5 * ms) : 0, () => {
      isTurning = false;
      turn();
    });
  }

  function turn(): void {
    const ready: File[] = [];
    for (const file of candidates) {
      if (readyOf(file) === 0) candidates.delete(file);
      else if (random.chance(0.5)) ready.unshift(file);
      else ready.push(file);
    }
    const records = ready.flatMap((file) => [file.token, readyOf(file)]);
    const hungUp = ready.filter((file) => (readyOf(file) & pollBits.hup) !== 0);
    if (timerFired) records.push(timerToken, 1);
    timerFired = false;
    dispatcher.turn(Int32Array.from(records), records.length / 2);
    for (const file of hungUp) file.told = true;
    if (failure !== null) throw failure;
    for (const file of candidates) if (readyOf(file) !== 0) return turnSoon();
  }

  /** In order: nothing overtakes what was sent before. */
  function arriveLater(connection: Connection, arrive: () => void): void {
    const { random: own, underWay } = connection;
    const at = scheduler.now + (own.chance(0.6) ? 0 : own.below(2 * ms));
    connection.arrivesAt = Math.max(connection.arrivesAt, at);
    const run = (): void => {
      underWay.shift();
      arrive();
      touch(connection);
    };
    underWay.push({ arrive: run, ticket: scheduler.at(connection.arrivesAt, run) });
  }

  function deliver(connection: Connection): void {
    if (!connection.reading) return;
    const text = connection.held;
    connection.held = '';
    if (text !== '' && !connection.hungUp) connection.listener.received(text);
    touch(connection);
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
    lastFd += 1;
    const connection: Connection = {
      fd: lastFd,
      token: 0,
      bits: 0,
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
      ready: () =>
        (connection.inbox.length > 0 || connection.inputEnded ? pollBits.in : 0) |
        (connection.held.length < bufferBytes && !connection.hungUp ? pollBits.out : 0) |
        (connection.hungUp && connection.underWay.length === 0 ? pollBits.hup : 0),
    };
    arriveLater(connection, () => {
      arrived.push(connection);
      touch(doorway);
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

  function read(fd: number, into: Uint8Array): number {
    const connection = files.get(fd);
    if (connection === undefined) return -EBADF;
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

  function write(fd: number, data: Uint8Array, offset: number, length: number): number {
    const connection = files.get(fd);
    if (connection === undefined) return -EBADF;
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

  const unused = (): never => {
    throw new Error('the control server does not use this call');
  };

  return {
    kernel: {
      monotonicNs: () => BigInt(scheduler.now),
      realtimeNs,
      listenStream: () => listenerFd,
      accept() {
        if (random.chance(0.01)) return -EMFILE;
        const next = arrived.shift();
        if (next === undefined) return -EAGAIN;
        files.set(next.fd, next);
        return next.fd;
      },
      peerCredentials(fd) {
        const connection = files.get(fd);
        return connection === undefined ? -EBADF : { pid: connection.pid, uid: connection.uid, gid: connection.uid };
      },
      read,
      write,
      shutdownWrite(fd) {
        const connection = files.get(fd);
        if (connection === undefined) return -EBADF;
        endOf(connection, 'farewell');
        return 0;
      },
      close(fd) {
        if (fd === listenerFd) return 0;
        const connection = files.get(fd);
        must(connection !== undefined, () => `descriptor ${fd} was closed twice`);
        files.delete(fd);
        endOf(connection, 'closed');
        return 0;
      },
      closeAside: unused,
      writeNow: unused,
      readSealed: unused,
      waitingCloses: unused,
      passDescriptors: unused,
      watchVanishing: unused,
      inode: unused,
      open: unused,
      inodeOf: unused,
      readAt: unused,
      changed: unused,
      compareDescriptions: unused,
      pipe: unused,
      reserveDescriptors: unused,
      connectStream: unused,
      socketError: unused,
      peerGroups: unused,
      bindDatagram: unused,
      receiveDatagram: unused,
      sendDatagram: unused,
      receiveWithDescriptors: unused,
      sendWithDescriptors: unused,
    },
    loop: dispatcher,
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
        if ([...candidates].some((file) => readyOf(file) !== 0) || dispatcher.pending.deferred > 0) {
          quiet = false;
          turn();
        }
      }
    },
    get watches() {
      return dispatcher.pending.watches;
    },
  };
}
