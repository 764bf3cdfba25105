/** What the processes of a life write, and when: drawn from the seed, the process and its stream. */
import type { SpawnJob } from '../../../src/policy/effects.ts';
import { originText } from '../../../src/policy/origin.ts';
import { createRandom, deriveSeed } from '../../support/random.ts';
import type { DescriptorWorld } from '../kernel/descriptors.ts';
import { isLong, linesFrom } from './lines.ts';
import type { Pipe, PipeEvents } from './pipes.ts';
import { createPipe } from './pipes.ts';

/** One stream of a process. */
export interface Stream {
  readonly origin: string;
  /** Of its lines. */
  readonly seed: number;
  readonly pipe: Pipe;
  /** Lines that it has begun to write. */
  written: number;
  /** Its process is gone. */
  isClosed: boolean;
}

export interface Streams {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** What it writes from its beginning on, after how many ns each; the second is called when it does. */
  readonly plan: readonly (readonly [delayNs: number, write: () => void])[];
  close(): void;
}

const ms = 1e6;
const second = 1e9;

export const streamKey = (job: string, isError: boolean): string => `${job} ${isError}`;

export function createStreams(
  seed: number,
  world: DescriptorWorld,
  now: () => number,
  { job, origin }: SpawnJob,
  eventsOf: (pipe: () => Pipe) => PipeEvents,
): Streams {
  const random = createRandom(deriveSeed(seed, `${job} writes`));
  function streamOf(isError: boolean): Stream {
    const key = streamKey(job, isError);
    const pipe = createPipe(
      world,
      now,
      createRandom(deriveSeed(seed, `pipe ${key}`)),
      eventsOf(() => pipe),
    );
    return { origin: originText(origin), seed: deriveSeed(seed, key), pipe, written: 0, isClosed: false };
  }
  const [stdout, stderr] = [streamOf(false), streamOf(true)];

  function write(stream: Stream, bytes: number, isCut: boolean): void {
    const [text, lines] = linesFrom(stream.seed, stream.written + 1, bytes);
    stream.written += lines;
    // Its newline comes with the next line, which then is a part of it: so it must be the last.
    stream.pipe.write(isCut ? text.subarray(0, text.length - 1) : text);
  }

  function burst(at: number, isLast: boolean): readonly [number, () => void] {
    const stream = random.chance(0.7) ? stdout : stderr;
    const dice = random.fraction();
    const bytes = dice < 0.8 ? 1 : dice < 0.97 ? random.below(8000) : random.below(100_000);
    const isCut = isLast && random.chance(0.2);
    return [at, () => write(stream, bytes, isCut)];
  }

  /** More than the ring of process 1 holds, or less. */
  function flood(): readonly (readonly [number, () => void])[] {
    const count = 1 + random.below(24);
    const begin = random.below(20 * second);
    return Array.from({ length: count }, (_, index) => [begin + index * 20 * ms, () => write(stdout, 64_000, false)] as const);
  }

  const count = random.chance(0.5) ? 0 : 1 + random.below(5);
  const longest = random.chance(0.6) ? second : 60 * second;
  const times = Array.from({ length: count }, () => random.below(longest)).sort((one, other) => one - other);
  const plan = isLong(stdout.seed) && random.chance(0.2) ? flood() : times.map((at, index) => burst(at, index === count - 1));
  return {
    stdout,
    stderr,
    plan,
    close() {
      for (const stream of [stdout, stderr]) {
        stream.isClosed = true;
        stream.pipe.close();
      }
    },
  };
}
