import { errno } from '../kernel/errno.ts';
import type { Clock, Descriptors, Lines } from '../kernel/kernel.ts';
import type { Loop, Watch } from '../kernel/loop.ts';
import type { Effect, JobGone, JobRecord } from '../policy/effects.ts';
import type { Origin } from '../policy/origin.ts';
import { jobTreePrefix } from '../policy/origin.ts';
import { LatestLines } from './latest-lines.ts';
import { LineSplitter } from './line-splitter.ts';
import type { Writer } from './output-ring.ts';
import { OutputRing } from './output-ring.ts';
import type { ServiceLines } from './service-lines.ts';

const newline = 10;
/** Bytes read in one turn from all pipes together, so that no writer holds the loop. LOG-010, LOG-013. */
const bytesPerTurn = 262_144;
/** Bytes read from one pipe before others have their turn. */
const bytesPerRead = 65_536;
/** Less is not worth a read. */
const leastRead = 4_096;
/** Size of the ring that keeps output. LOG-005. */
const ringBytes = 1 << 20;

/** How long the pipes of a job of which nothing lives are still read: whoever else holds them is none of its processes. O-92. */
const afterEndNs = 1_000_000_000n;

/** Someone who has the lines of an ad-hoc job as they come. */
export interface LineFollower {
  /** The line lies in `bytes` between `from` and `to` until this returns. `at`: CLOCK_REALTIME when it was read. */
  line(isError: boolean, at: bigint, bytes: Uint8Array, from: number, to: number): void;
  /** The job is gone, and so is all that it wrote. Nothing follows. */
  end(job: JobRecord): void;
}

/**
 * Free: nobody takes what is kept, and the ring drops its oldest for what is new. Bounded: it is being taken, so a pipe pauses while too
 * much of it waits, and nothing is dropped. LOG-009, LOG-015.
 */
export type Flow = 'free' | 'bounded';

export interface RelayParts {
  readonly kernel: Clock & Descriptors & Lines;
  readonly loop: Loop;
  /** MaxLogLineLength in force. */
  readonly maxLineLength: () => number;
  /** MaxLogBufferPerService in force. */
  readonly maxUnsentBytes: () => number;
  readonly flow: () => Flow;
  /** Lines were added to the ring: after all that is read in a turn. */
  readonly added: () => void;
  /** Where the lines of services are shown; null: nowhere. */
  readonly shown: ServiceLines | null;
}

export interface Relay {
  /** Reads both pipes to their end, line by line, and closes them. */
  attach(origin: Origin, job: string, stdout: number, stderr: number): void;
  /** Before the job is attached; it must be an ad-hoc job, which ends with job-gone. */
  follow(job: string, follower: LineFollower): void;
  /** Lines were sent or acknowledged, or the flow is another: pipes that need not pause any more are read again. */
  goOn(): void;
  /** Reads a bounded piece of what is in each pipe, whoever takes it; false: nothing was there. For the end of the machine. */
  readRest(): boolean;
  /** Forgets the lines of services and jobs that are gone. */
  onEffect(effect: Effect): void;
  readonly ring: OutputRing;
  readonly latest: LatestLines;
}

/** An ad-hoc job whose lines somebody has. */
interface Followed {
  readonly follower: LineFollower;
  /** Its pipes that are open. */
  readonly open: Set<Pipe>;
  /** Nothing of it lives any more. */
  gone: JobRecord | null;
}

/** One stream of a process. */
interface Pipe {
  readonly writer: Writer;
  readonly fd: number;
  readonly splitter: LineSplitter;
  readonly following: Followed | null;
  watch: Watch | null;
  /** It waits to be read. */
  waits: boolean;
  /** Its lines are among the latest of its service, which is not gone. */
  isCurrent: boolean;
}

/**
 * Reads the output of all jobs into the ring. Pipes that have something wait in the order in which they were found ready; at the end of a
 * turn of the loop they are read one after the other until the bytes of the turn are used up, and who was not reached is the first of the
 * next turn. So each stream keeps its order, and lines that were written in different turns stay in the order in which they came.
 * PSD-007 12.1.
 */
export function createRelay({ kernel, loop, maxLineLength, maxUnsentBytes, flow, added, shown }: RelayParts): Relay {
  const ring = new OutputRing(ringBytes);
  const latest = new LatestLines();
  const followed = new Map<string, Followed>();
  const pipes = new Set<Pipe>();
  const waiting: Pipe[] = [];
  const paused = new Set<Pipe>();
  let deferred = false;
  /** When what is being split was read. */
  let at = 0n;
  /** What is read, with room before it for the longest beginning of a line. */
  let memory = new Uint8Array(0);
  let room = 0;
  let readInto = memory;

  function reserve(lineLength: number): void {
    if (lineLength <= room && memory.length > 0) return;
    room = lineLength;
    memory = new Uint8Array(room + bytesPerRead);
    readInto = memory.subarray(room);
  }

  function open(origin: Origin, job: string, isError: boolean, fd: number): void {
    const writer: Writer = { origin, job, isError };
    const following = followed.get(job) ?? null;
    const limit = Math.min(maxLineLength(), ring.longestLine);
    reserve(limit);
    // What a job writes is for who submitted it.
    const shownTo = origin.service.startsWith(jobTreePrefix) ? null : shown;
    const splitter = new LineSplitter(kernel, limit, (bytes, from, to, lines, longest) => {
      ring.push(writer, at, bytes, from, to, lines);
      shownTo?.burst(writer, at, bytes, from, to, lines);
      if (pipe.isCurrent) latest.add(writer, at, bytes, from, to, longest);
      if (following !== null) eachLine(bytes, from, to, (start, end) => following.follower.line(isError, at, bytes, start, end));
    });
    const pipe: Pipe = { writer, fd, splitter, following, watch: null, waits: false, isCurrent: true };
    pipe.watch = loop.watch(fd, { read: true }, 'output', () => wait(pipe));
    pipes.add(pipe);
    following?.open.add(pipe);
  }

  function wait(pipe: Pipe): void {
    if (!pipe.waits) waiting.push(pipe);
    pipe.waits = true;
    if (!deferred) loop.defer(readWaiting);
    deferred = true;
  }

  function readWaiting(): void {
    deferred = false;
    let left = bytesPerTurn;
    let count = 0;
    try {
      for (const pipe of waiting) {
        // Those that are left are still ready, which makes the next turn.
        if (left <= 0) break;
        count++;
        pipe.waits = false;
        left -= read(pipe);
      }
    } finally {
      waiting.splice(0, count);
    }
    added();
  }

  /** Bytes that were read. */
  function read(pipe: Pipe): number {
    if (pipe.watch === null) return 0;
    const most = flow() === 'free' ? bytesPerRead : roomFor(pipe);
    if (most > 0) return take(pipe, most);
    paused.add(pipe);
    pipe.watch.update({});
    return 0;
  }

  function roomFor({ writer, splitter }: Pipe): number {
    if (ring.heldBytes >= ring.capacity * 0.75) return 0;
    const unsent = ring.unsentBytesOf(writer);
    const left = Math.min(maxUnsentBytes() - unsent - splitter.pendingBytes, bytesPerRead);
    // The unfinished line alone never pauses it.
    return left >= leastRead ? left : unsent === 0 ? leastRead : 0;
  }

  function take(pipe: Pipe, most: number): number {
    const length = kernel.read(pipe.fd, most === bytesPerRead ? readInto : readInto.subarray(0, most));
    if (length === -errno.EAGAIN || length === -errno.EINTR) return 0;
    at = kernel.realtimeNs();
    if (length > 0) {
      pipe.splitter.push(memory, room, room + length);
      return length;
    }
    close(pipe);
    if (pipe.following?.open.delete(pipe) === true) settle(pipe.writer.job, pipe.following);
    return 0;
  }

  function close(pipe: Pipe): void {
    pipe.splitter.end();
    pipes.delete(pipe);
    paused.delete(pipe);
    pipe.watch?.close();
    pipe.watch = null;
    kernel.close(pipe.fd);
  }

  /** What is in the pipe still counts; what others go on writing there does not. */
  function closeAtOnce(pipe: Pipe): void {
    for (let left = 16; left > 0 && pipe.watch !== null && take(pipe, bytesPerRead) > 0; left--);
    if (pipe.watch !== null) close(pipe);
  }

  /** What still holds its pipes must not make it known again. */
  function discarded(service: string): void {
    for (const pipe of pipes) if (pipe.writer.origin.service === service) pipe.isCurrent = false;
    latest.forget(service);
  }

  function gone({ job }: JobGone): void {
    const following = followed.get(job.id);
    if (following === undefined) return;
    following.gone = job;
    if (following.open.size > 0)
      loop.at(kernel.monotonicNs() + afterEndNs, () => {
        for (const pipe of following.open) closeAtOnce(pipe);
        following.open.clear();
        added();
        settle(job.id, following);
      });
    settle(job.id, following);
  }

  function settle(job: string, { follower, gone, open }: Followed): void {
    if (gone === null || open.size > 0 || !followed.delete(job)) return;
    latest.forget(gone.tree);
    follower.end(gone);
  }

  return {
    ring,
    latest,
    onEffect(effect) {
      if (effect.kind === 'service-discarded') discarded(effect.service);
      else if (effect.kind === 'job-gone') gone(effect);
    },
    follow(job, follower) {
      followed.set(job, { follower, open: new Set(), gone: null });
    },
    goOn() {
      const free = flow() === 'free';
      if (!free && ring.heldBytes > ring.capacity / 2) return;
      for (const pipe of paused) {
        if (!free && ring.unsentBytesOf(pipe.writer) > maxUnsentBytes() / 2) continue;
        paused.delete(pipe);
        pipe.watch?.update({ read: true });
      }
    },
    readRest() {
      let bytes = 0;
      for (const pipe of pipes) bytes += take(pipe, bytesPerRead);
      return bytes > 0;
    },
    attach(origin, job, stdout, stderr) {
      open(origin, job, false, stdout);
      open(origin, job, true, stderr);
    },
  };
}

function eachLine(bytes: Uint8Array, from: number, to: number, line: (from: number, to: number) => void): void {
  for (let start = from; start < to; ) {
    const end = bytes.indexOf(newline, start);
    line(start, end);
    start = end + 1;
  }
}
