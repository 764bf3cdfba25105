/**
 * The heart of the simulation: virtual time, what is scheduled to happen, the descriptors of PID 1, and which of them are
 * ready. Everything else (files, cgroups, pipes, sockets, processes) acts on this and on nothing outside of it.
 */

import { errno } from '../../kernel/errno.ts';
import type { MonotonicNs, RealtimeNs, Result } from '../../kernel/kernel.ts';
import { createDeadlineHeap } from '../deadline-heap.ts';
import type { Random } from './random.ts';

export const milliseconds = (count: number): bigint => BigInt(Math.round(count * 1e6));

/** An open file description. Several descriptors and processes may hold it; the last one to let go releases it. */
export interface OpenFile {
  readonly kind: string;
  references: number;
  /** What the loop registered for it. */
  registration: Registration | null;
  /** Poll bits that hold now. */
  ready(): number;
  read(into: Uint8Array): Result;
  readAt(into: Uint8Array, offset: number): Result;
  write(data: Uint8Array): Result;
  released(): void;
  inode?(): number;
}

export interface Registration {
  readonly token: number;
  bits: number;
}

/** How unkind the simulated kernel is, besides failing. */
export interface Disturbance {
  /** Up to this long until data, connections and signals arrive; nanoseconds. */
  readonly delayNs: bigint;
  /** Up to this long after its instant a timer fires. */
  readonly timerLateNs: bigint;
  /** Records of a turn come in any order, and not all at once. */
  readonly reorder: boolean;
  /** Reads and writes on streams may take less than they could. */
  readonly shortTransfers: boolean;
}

export interface World {
  readonly random: Random;
  readonly disturbance: Disturbance;
  now: MonotonicNs;
  /** Realtime minus monotonic. */
  readonly realtimeOffset: bigint;
  /** How often the wall clock was set. */
  readonly clockSets: number;
  /** Sets the wall clock. */
  setRealtime(instant: RealtimeNs): void;
  /** Command of reboot(2) once it was called. */
  rebooted: number | null;
  /** What the daemon did that no daemon may do: a call that would block, a descriptor closed twice. */
  readonly violations: string[];
  schedule(delayNs: bigint, action: () => void): () => void;
  /** A delay up to that of the disturbance. */
  delay(): bigint;
  /** When something happens next without the daemon; undefined: never. */
  nextInstant(): MonotonicNs | undefined;
  /** Lets happen what is due; whether anything was. */
  runDue(): boolean;
  /** Descriptors. */
  install(file: OpenFile): Result;
  file(fd: number): OpenFile | undefined;
  close(fd: number): Result;
  openDescriptors(): number[];
  hold(file: OpenFile): OpenFile;
  release(file: OpenFile): void;
  /** Its readiness may have changed. */
  touch(file: OpenFile): void;
  readonly touched: Set<OpenFile>;
}

/** A description with the refusals of a file that can do nothing; `parts` says what it can. */
export function openFile(kind: string, parts: Partial<Omit<OpenFile, 'kind' | 'references' | 'registration'>>): OpenFile {
  return {
    kind,
    references: 0,
    registration: null,
    ready: () => 0,
    read: () => -errno.EINVAL,
    readAt: () => -errno.ESPIPE,
    write: () => -errno.EINVAL,
    released: () => {},
    ...parts,
  };
}

export function createWorld(random: Random, disturbance: Disturbance, startNs: bigint, realtimeNs: bigint, maxDescriptors: number): World {
  const events = createDeadlineHeap();
  const table = new Map<number, OpenFile>();
  const touched = new Set<OpenFile>();
  const violations: string[] = [];
  let lowestFree = 3;
  let realtimeOffset = realtimeNs - startNs;
  let clockSets = 0;

  const world: World = {
    random,
    disturbance,
    now: startNs,
    get realtimeOffset() {
      return realtimeOffset;
    },
    get clockSets() {
      return clockSets;
    },
    setRealtime(instant) {
      realtimeOffset = instant - world.now;
      clockSets += 1;
    },
    rebooted: null,
    violations,
    touched,
    schedule(delayNs, action) {
      const entry = events.add(world.now + delayNs, action);
      return () => {
        entry.cancelled = true;
        events.remove(entry);
      };
    },
    delay: () => random.upTo(disturbance.delayNs),
    nextInstant: () => events.first()?.instant,
    runDue() {
      const due = events.takeDue(world.now);
      for (const entry of due) if (!entry.cancelled) entry.handler();
      return due.length > 0;
    },
    install(file) {
      let fd = lowestFree;
      while (table.has(fd)) fd += 1;
      if (fd >= maxDescriptors) return -errno.EMFILE;
      lowestFree = fd + 1;
      table.set(fd, world.hold(file));
      return fd;
    },
    file: (fd) => table.get(fd),
    close(fd) {
      const file = table.get(fd);
      if (file === undefined) {
        violations.push(`close(${fd}): not open`);
        return -errno.EBADF;
      }
      table.delete(fd);
      lowestFree = Math.min(lowestFree, fd);
      world.release(file);
      return 0;
    },
    openDescriptors: () => [...table.keys()].sort((a, b) => a - b),
    hold(file) {
      file.references += 1;
      return file;
    },
    release(file) {
      file.references -= 1;
      if (file.references > 0) return;
      file.registration = null;
      touched.delete(file);
      file.released();
    },
    touch(file) {
      if (file.registration !== null) touched.add(file);
    },
  };
  return world;
}
