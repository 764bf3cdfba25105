/**
 * Descriptors of process 1 in memory under the time of the scheduler, and the loop that serves them: turns come late, and what is ready in
 * changing order. What lies behind a descriptor is somebody else's file.
 */
import { constants } from 'node:os';
import type { Clock, Descriptors, Files, Lines, Sockets } from '../../../src/kernel/kernel.ts';
import type { Loop } from '../../../src/kernel/loop.ts';
import { createDispatcher, pollBits, timerToken } from '../../../src/linux/dispatcher.ts';
import { findLines, jsonLines } from '../../../src/linux/simulated/lines.ts';
import { createRandom, deriveSeed } from '../../support/random.ts';
import { must } from '../invariants/invariant.ts';
import type { Scheduler, Ticket } from '../scheduler.ts';

/** What is behind a descriptor. */
export interface File {
  /** Poll bits that hold now. */
  ready(): number;
  /** A turn has told process 1 so much of it. */
  told?(bits: number): void;
  read(into: Uint8Array): number;
  write(data: Uint8Array, offset: number, length: number): number;
  shutdownWrite?(): number;
  closed(): void;
}

export type Calls = Clock & Descriptors & Sockets & Lines & Pick<Files, 'isTerminal'>;

export interface DescriptorWorld {
  /** What every descriptor can do. Whoever makes some adds the calls for it; no other one is used. */
  readonly calls: Calls;
  readonly loop: Loop;
  /** The number that it has from now on. */
  install(file: File): number;
  /** Its readiness may have changed. */
  touch(file: File): void;
  /** One turn, if anything is ready or deferred; false: nothing is. */
  settle(): boolean;
  readonly open: number;
  readonly watches: number;
}

interface Entry {
  readonly fd: number;
  readonly file: File;
  token: number;
  bits: number;
}

const { EBADF, ENOENT, ENOTSOCK } = constants.errno;
const firstFd = 3;
const standardOutput = 1;
const ms = 1e6;

const unused = (): never => {
  throw new Error('nobody uses this call');
};

export function createDescriptorWorld(seed: number, scheduler: Scheduler, realtimeNs: () => bigint): DescriptorWorld {
  const entries = new Map<number, Entry>();
  const ofFile = new Map<File, Entry>();
  const byToken = new Map<number, Entry>();
  const candidates = new Set<Entry>();
  const random = createRandom(deriveSeed(seed, 'sockets'));
  let lastFd = firstFd - 1;
  let isTurning = false;
  let timer: Ticket | null = null;
  let timerFired = false;
  let failure: unknown = null;

  const dispatcher = createDispatcher(
    {
      now: () => BigInt(scheduler.now),
      add(fd, token, bits) {
        const entry = entries.get(fd);
        if (entry === undefined) return -EBADF;
        entry.token = token;
        entry.bits = bits;
        byToken.set(token, entry);
        look(entry);
        return 0;
      },
      modify(_fd, token, bits) {
        const entry = byToken.get(token);
        if (entry === undefined) return -EBADF;
        entry.bits = bits;
        look(entry);
        return 0;
      },
      remove(fd, token) {
        const entry = byToken.get(token);
        must(entry?.fd === fd, () => `descriptor ${fd} was closed before its watch`);
        byToken.delete(token);
        candidates.delete(entry);
        entry.token = 0;
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
      realtimeNow: realtimeNs,
      // No room that lives here waits for the wall clock.
      armRealtime: unused,
    },
    (error) => {
      failure ??= error;
    },
  );

  const readyOf = ({ token, file, bits }: Entry): number => (token === 0 ? 0 : file.ready() & (bits | pollBits.err | pollBits.hup));

  function look(entry: Entry): void {
    if (entry.token === 0) return;
    candidates.add(entry);
    if (readyOf(entry) !== 0) turnSoon();
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
    const ready: (readonly [entry: Entry, bits: number])[] = [];
    for (const entry of candidates) {
      const bits = readyOf(entry);
      if (bits === 0) candidates.delete(entry);
      else if (random.chance(0.5)) ready.unshift([entry, bits]);
      else ready.push([entry, bits]);
    }
    const records = ready.flatMap(([{ token }, bits]) => [token, bits]);
    if (timerFired) records.push(timerToken, 1);
    timerFired = false;
    dispatcher.turn(Int32Array.from(records), records.length / 2);
    for (const [{ file }, bits] of ready) file.told?.(bits);
    if (failure !== null) throw failure;
    for (const entry of candidates) if (readyOf(entry) !== 0) return turnSoon();
  }

  const read = (fd: number, into: Uint8Array): number => entries.get(fd)?.file.read(into) ?? -EBADF;

  function write(fd: number, data: Uint8Array, offset: number, length: number): number {
    // The console is read by nobody.
    return fd === standardOutput ? length : (entries.get(fd)?.file.write(data, offset, length) ?? -EBADF);
  }

  return {
    calls: {
      monotonicNs: () => BigInt(scheduler.now),
      realtimeNs,
      isTerminal: () => false,
      open: () => -ENOENT,
      read,
      write,
      writeNow: write,
      readLines(fd, into, at, most, found) {
        const length = read(fd, into.subarray(at, at + most));
        if (length >= 0) findLines(into, at, at + length, found);
        return length;
      },
      jsonLines,
      shutdownWrite: (fd) => (entries.has(fd) ? (entries.get(fd)?.file.shutdownWrite?.() ?? -ENOTSOCK) : -EBADF),
      socketError: (fd) => (entries.has(fd) ? 0 : -EBADF),
      close(fd) {
        const entry = entries.get(fd);
        must(entry !== undefined, () => `descriptor ${fd} was closed twice`);
        entries.delete(fd);
        ofFile.delete(entry.file);
        entry.file.closed();
        return 0;
      },
      listenStream: unused,
      accept: unused,
      peerCredentials: unused,
      connectStream: unused,
      closeAside: unused,
      readSealed: unused,
      waitingCloses: unused,
      passDescriptors: unused,
      watchVanishing: unused,
      inode: unused,
      inodeOf: unused,
      readAt: unused,
      changed: unused,
      compareDescriptions: unused,
      pipe: unused,
      reserveDescriptors: unused,
      peerGroups: unused,
      bindDatagram: unused,
      receiveDatagram: unused,
      sendDatagram: unused,
      receiveWithDescriptors: unused,
      sendWithDescriptors: unused,
    },
    loop: dispatcher,
    install(file) {
      lastFd += 1;
      const entry: Entry = { fd: lastFd, file, token: 0, bits: 0 };
      entries.set(lastFd, entry);
      ofFile.set(file, entry);
      return lastFd;
    },
    touch(file) {
      const entry = ofFile.get(file);
      if (entry !== undefined) look(entry);
    },
    settle() {
      if (dispatcher.pending.deferred === 0 && ![...candidates].some((entry) => readyOf(entry) !== 0)) return false;
      turn();
      return true;
    },
    get open() {
      return entries.size;
    },
    get watches() {
      return dispatcher.pending.watches;
    },
  };
}
