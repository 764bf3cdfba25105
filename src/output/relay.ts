import { errno } from '../kernel/errno.ts';
import type { Clock, Descriptors } from '../kernel/kernel.ts';
import type { Loop, Watch } from '../kernel/loop.ts';
import type { Effect } from '../policy/effects.ts';
import type { Origin } from '../policy/origin.ts';
import { LatestLines } from './latest-lines.ts';
import { LineSplitter } from './line-splitter.ts';
import type { Writer } from './output-ring.ts';
import { OutputRing } from './output-ring.ts';

/** Bytes read from one pipe in one turn, so that no writer holds the loop. LOG-010. */
const bytesPerTurn = 16384;
/** Size of the ring that keeps output. LOG-005. */
const ringBytes = 1 << 20;

export interface Relay {
  /** Reads both pipes to their end, line by line, and closes them. */
  attach(origin: Origin, job: string, stdout: number, stderr: number): void;
  /** Forgets the lines of services that are gone. */
  onEffect(effect: Effect): void;
  readonly ring: OutputRing;
  readonly latest: LatestLines;
}

/** Takes the output of jobs line by line into the ring. PSD-007 12.1. */
export function createRelay(kernel: Clock & Descriptors, loop: Loop, maxLineLength: () => number): Relay {
  const ring = new OutputRing(ringBytes);
  const latest = new LatestLines();
  const buffer = new Uint8Array(bytesPerTurn);

  function follow(origin: Origin, job: string, isError: boolean, fd: number): void {
    const writer: Writer = { origin, job, isError };
    /** When what is being split was read. */
    let at = 0n;
    const splitter = new LineSplitter(maxLineLength(), (bytes, from, to) => {
      ring.push(writer, at, bytes, from, to);
      latest.add(writer, at, bytes, from, to);
    });
    const watch: Watch = loop.watch(fd, { read: true }, 'output', () => {
      const length = kernel.read(fd, buffer);
      if (length === -errno.EAGAIN || length === -errno.EINTR) return;
      at = kernel.realtimeNs();
      if (length > 0) return splitter.push(length === buffer.length ? buffer : buffer.subarray(0, length));
      splitter.end();
      watch.close();
      kernel.close(fd);
    });
  }

  return {
    ring,
    latest,
    onEffect(effect) {
      if (effect.kind === 'service-discarded') latest.forget(effect.service);
    },
    attach(origin, job, stdout, stderr) {
      follow(origin, job, false, stdout);
      follow(origin, job, true, stderr);
    },
  };
}
