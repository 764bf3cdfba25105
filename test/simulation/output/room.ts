/** The real output room of a life, between pipes of simulated processes and a simulated event daemon. */

import { encodeHelloRecord } from '../../../gen/output/encode.ts';
import type { EventJournal } from '../../../src/events/journal.ts';
import { consoleMode } from '../../../src/output/console-mode.ts';
import type { Output } from '../../../src/output/output.ts';
import { createOutput } from '../../../src/output/output.ts';
import { foldName } from '../../../src/policy/definition/names.ts';
import type { SpawnJob } from '../../../src/policy/effects.ts';
import { eventdKey } from '../../../src/policy/platform-daemons.ts';
import type { Policy } from '../../../src/policy/view.ts';
import { formatTimestamp } from '../../../src/wire/timestamp.ts';
import { createRandom, deriveSeed } from '../../support/random.ts';
import { nowhere } from '../control/requests.ts';
import type { DescriptorWorld } from '../kernel/descriptors.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Eventd } from './eventd.ts';
import { createEventd } from './eventd.ts';
import type { Kept } from './kept.ts';
import { createKept } from './kept.ts';
import type { Pipe } from './pipes.ts';
import { followJournal } from './told-events.ts';
import type { Streams } from './writers.ts';
import { createStreams, streamKey } from './writers.ts';

/** Of whoever listens where the event daemon does. */
const eventdPid = 9;

export interface OutputSettings {
  readonly maxLineLength: number;
  readonly maxUnsentBytes: number;
}

export interface OutputRoom {
  readonly output: Output;
  readonly eventd: Eventd;
  readonly kept: Kept;
  /** A process begins, with its streams open. */
  opened(effect: SpawnJob): Streams;
  /** Those that process 1 reads. */
  readonly pipes: Iterable<Pipe>;
  readonly linesRead: number;
  readonly lastEvent: number;
  /** The first that the event daemon found wrong. */
  readonly broken: { readonly error: unknown } | null;
}

export interface OutputRoomParts {
  readonly seed: number;
  readonly settings: OutputSettings;
  readonly policy: Policy;
  readonly scheduler: Scheduler;
  readonly descriptors: DescriptorWorld;
  readonly journal: EventJournal;
}

export function createOutputRoom({ seed, settings, policy, scheduler, descriptors, journal }: OutputRoomParts): OutputRoom {
  const streams = new Map<string, Streams['stdout']>();
  const pipes = new Set<Pipe>();
  let linesRead = 0;
  let bytesRead = 0;
  /** After each read: how many lines, and bytes, there were. */
  const reads: (readonly [lines: number, bytes: number])[] = [];
  let broken: OutputRoom['broken'] = null;

  const kept = createKept({
    stream: (key) => streams.get(key),
    get linesRead() {
      return linesRead;
    },
    bytesSince(line) {
      const [, bytes] = reads.findLast(([lines]) => lines < line) ?? [0, 0];
      return bytesRead - bytes;
    },
    events: followJournal(journal),
    get auditDropped() {
      return journal.auditDropped;
    },
    maxLineLength: settings.maxLineLength,
  });

  function guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      broken ??= { error };
    }
  }

  const eventd = createEventd(createRandom(deriveSeed(seed, 'eventd')), scheduler, descriptors, kept, guard);
  const output = createOutput({
    kernel: { ...descriptors.calls, connectStream: eventd.connect, peerCredentials: () => ({ pid: eventdPid, uid: 0, gid: 0 }) },
    loop: descriptors.loop,
    consoleMode: consoleMode('/dev/console'),
    quiet: true,
    timestamp: formatTimestamp,
    policy,
    maxLineLength: () => settings.maxLineLength,
    maxUnsentBytes: () => settings.maxUnsentBytes,
    logSocketPath: () => '/run/eventd/log.sock',
    journal,
    hello: () => encodeHelloRecord({ boot_id: nowhere, started_at: formatTimestamp(0n) }),
  });

  function opened(effect: SpawnJob): Streams {
    const { job, origin } = effect;
    const made = createStreams(
      seed,
      descriptors,
      () => scheduler.now,
      effect,
      (pipe) => ({
        closed: () => void pipes.delete(pipe()),
        read(bytes, lines) {
          linesRead += lines;
          bytesRead += bytes;
          reads.push([linesRead, bytesRead]);
        },
      }),
    );
    streams.set(streamKey(job, false), made.stdout);
    streams.set(streamKey(job, true), made.stderr);
    pipes.add(made.stdout.pipe).add(made.stderr.pipe);
    output.attach(origin, job, made.stdout.pipe.fd, made.stderr.pipe.fd);
    const isEventd = effect.type === 'service_main' && foldName(effect.service) === eventdKey;
    if (!isEventd) return made;
    eventd.begin();
    return {
      ...made,
      close() {
        made.close();
        eventd.end();
      },
    };
  }

  return {
    output,
    eventd,
    kept,
    opened,
    pipes,
    get linesRead() {
      return linesRead;
    },
    get lastEvent() {
      return journal.lastId;
    },
    get broken() {
      return broken;
    },
  };
}
