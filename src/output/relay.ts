import { errno } from '../kernel/errno.ts';
import type { Clock, Descriptors } from '../kernel/kernel.ts';
import type { Loop, Watch } from '../kernel/loop.ts';
import type { Effect, JobGone, JobRecord } from '../policy/effects.ts';
import type { Origin } from '../policy/origin.ts';
import { LatestLines } from './latest-lines.ts';
import { LineSplitter } from './line-splitter.ts';
import type { Writer } from './output-ring.ts';
import { OutputRing } from './output-ring.ts';

/** Bytes read from one pipe in one turn, so that no writer holds the loop. LOG-010. */
const bytesPerTurn = 16384;
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

export interface Relay {
  /** Reads both pipes to their end, line by line, and closes them. */
  attach(origin: Origin, job: string, stdout: number, stderr: number): void;
  /** Before the job is attached; it must be an ad-hoc job, which ends with job-gone. */
  follow(job: string, follower: LineFollower): void;
  /** Forgets the lines of services and jobs that are gone. */
  onEffect(effect: Effect): void;
  readonly ring: OutputRing;
  readonly latest: LatestLines;
}

/** An ad-hoc job whose lines somebody has. */
interface Followed {
  readonly follower: LineFollower;
  /** Closes each of its pipes that is open. */
  readonly open: Set<() => void>;
  /** Nothing of it lives any more. */
  gone: JobRecord | null;
}

/** Takes the output of jobs line by line into the ring. PSD-007 12.1. */
export function createRelay(kernel: Clock & Descriptors, loop: Loop, maxLineLength: () => number): Relay {
  const ring = new OutputRing(ringBytes);
  const latest = new LatestLines();
  const buffer = new Uint8Array(bytesPerTurn);
  const followed = new Map<string, Followed>();

  function read(origin: Origin, job: string, isError: boolean, fd: number): void {
    const following = followed.get(job);
    const writer: Writer = { origin, job, isError };
    /** When what is being split was read. */
    let at = 0n;
    const splitter = new LineSplitter(maxLineLength(), (bytes, from, to) => {
      ring.push(writer, at, bytes, from, to);
      latest.add(writer, at, bytes, from, to);
      following?.follower.line(isError, at, bytes, from, to);
    });
    const close = (): void => {
      splitter.end();
      watch.close();
      kernel.close(fd);
    };
    following?.open.add(close);
    const watch: Watch = loop.watch(fd, { read: true }, 'output', () => {
      const length = kernel.read(fd, buffer);
      if (length === -errno.EAGAIN || length === -errno.EINTR) return;
      at = kernel.realtimeNs();
      if (length > 0) return splitter.push(length === buffer.length ? buffer : buffer.subarray(0, length));
      close();
      if (following?.open.delete(close) === true) settle(job, following);
    });
  }

  function gone({ job }: JobGone): void {
    const following = followed.get(job.id);
    if (following === undefined) return;
    following.gone = job;
    if (following.open.size > 0)
      loop.at(kernel.monotonicNs() + afterEndNs, () => {
        for (const close of following.open) close();
        following.open.clear();
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
      if (effect.kind === 'service-discarded') latest.forget(effect.service);
      else if (effect.kind === 'job-gone') gone(effect);
    },
    follow(job, follower) {
      followed.set(job, { follower, open: new Set(), gone: null });
    },
    attach(origin, job, stdout, stderr) {
      read(origin, job, false, stdout);
      read(origin, job, true, stderr);
    },
  };
}
