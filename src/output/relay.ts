import type { Clock, Descriptors, Lines } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Effect, JobGone, JobRecord } from '../policy/effects.ts';
import type { Origin } from '../policy/origin.ts';
import { jobTreePrefix } from '../policy/origin.ts';
import { LatestLines } from './latest-lines.ts';
import { bytesPerRead, OutputPipe } from './output-pipe.ts';
import { OutputRing } from './output-ring.ts';
import type { Flow } from './pipe-turns.ts';
import { createPipeTurns } from './pipe-turns.ts';
import type { ServiceLines } from './service-lines.ts';

/** Size of the ring that keeps output. LOG-005. */
const ringBytes = 1 << 20;

/** How long the pipes of a job of which nothing lives are still read: whoever else holds them is none of its processes. O-92. */
const afterEndNs = 1_000_000_000n;

/** Reads of a pipe that is closed whoever holds it: what is in it now, and not what they go on writing. */
const lastReads = 16;

/** Someone who has the lines of an ad-hoc job as they come. */
export interface LineFollower {
  /** The line lies in `bytes` between `from` and `to` until this returns. `at`: CLOCK_REALTIME when it was read. */
  line(isError: boolean, at: bigint, bytes: Uint8Array, from: number, to: number): void;
  /** The job is gone, and so is all that it wrote. Nothing follows. */
  end(job: JobRecord): void;
}

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
  readonly open: Set<OutputPipe>;
  /** Nothing of it lives any more. */
  gone: JobRecord | null;
}

/** Takes the output of all jobs into the ring, and to whoever else has it. PSD-007 12.1. */
export function createRelay({ kernel, loop, maxLineLength, maxUnsentBytes, flow, added, shown }: RelayParts): Relay {
  const ring = new OutputRing(ringBytes, bytesPerRead);
  const latest = new LatestLines();
  const followed = new Map<string, Followed>();
  const pipes = new Set<OutputPipe>();
  const turns = createPipeTurns({ loop, ring, flow, maxUnsentBytes, read, added });

  function open(origin: Origin, job: string, isError: boolean, fd: number): void {
    const following = followed.get(job) ?? null;
    const pipe = new OutputPipe(
      { kernel, ring, latest },
      {
        writer: { origin, job, isError },
        fd,
        maxLineLength: maxLineLength(),
        // What a job writes is for who submitted it.
        shown: origin.service.startsWith(jobTreePrefix) ? null : shown,
        follower: following?.follower ?? null,
      },
    );
    pipe.watch = loop.watch(fd, { read: true }, 'output', () => turns.ready(pipe));
    pipes.add(pipe);
    following?.open.add(pipe);
  }

  /** Bytes that were read. */
  function read(pipe: OutputPipe, most: number): number {
    const length = pipe.read(most);
    if (length >= 0) return length;
    close(pipe);
    const { job } = pipe.writer;
    const following = followed.get(job);
    if (following?.open.delete(pipe) === true) settle(job, following);
    return 0;
  }

  function close(pipe: OutputPipe): void {
    pipes.delete(pipe);
    turns.closed(pipe);
    pipe.close();
  }

  /** What is in the pipe still counts; what others go on writing there does not. */
  function closeAtOnce(pipe: OutputPipe): void {
    for (let left = lastReads; left > 0 && pipe.watch !== null && read(pipe, bytesPerRead) > 0; left--);
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
    goOn: turns.goOn,
    onEffect(effect) {
      if (effect.kind === 'service-discarded') discarded(effect.service);
      else if (effect.kind === 'job-gone') gone(effect);
    },
    follow(job, follower) {
      followed.set(job, { follower, open: new Set(), gone: null });
    },
    readRest() {
      let bytes = 0;
      for (const pipe of pipes) bytes += read(pipe, bytesPerRead);
      return bytes > 0;
    },
    attach(origin, job, stdout, stderr) {
      open(origin, job, false, stdout);
      open(origin, job, true, stderr);
    },
  };
}
