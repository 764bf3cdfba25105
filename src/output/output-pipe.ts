import { errno } from '../kernel/errno.ts';
import type { Clock, Descriptors, Lines } from '../kernel/kernel.ts';
import type { Watch } from '../kernel/loop.ts';
import type { LatestLines } from './latest-lines.ts';
import { LineSplitter } from './line-splitter.ts';
import type { OutputRing, Writer } from './output-ring.ts';
import type { LineFollower } from './relay.ts';
import type { ServiceLines } from './service-lines.ts';

/** Bytes read from one pipe before others have their turn. */
export const bytesPerRead = 65_536;
const newline = 10;

export interface PipeParts {
  readonly kernel: Clock & Descriptors & Lines;
  /** Has room for a read beside its capacity. */
  readonly ring: OutputRing;
  readonly latest: LatestLines;
}

export interface PipeOptions {
  readonly writer: Writer;
  readonly fd: number;
  readonly maxLineLength: number;
  readonly shown: ServiceLines | null;
  readonly follower: LineFollower | null;
}

/** What is read was found to be these lines. */
const found = new Int32Array(4);

/** The end of a pipe that one stream of a process goes into. What is read from it is put where the ring will keep it. */
export class OutputPipe {
  readonly writer: Writer;
  readonly fd: number;
  /** Null: it is closed. */
  watch: Watch | null = null;
  /** It waits to be read, before that one. */
  waits = false;
  behind: OutputPipe | null = null;
  /** Its lines are among the latest of its service, which is not gone. */
  isCurrent = true;
  readonly #parts: PipeParts;
  readonly #splitter: LineSplitter;
  readonly #shown: ServiceLines | null;
  readonly #follower: LineFollower | null;
  /** CLOCK_REALTIME of the read. */
  #at = 0n;

  constructor(parts: PipeParts, { writer, fd, maxLineLength, shown, follower }: PipeOptions) {
    this.writer = writer;
    this.fd = fd;
    this.#parts = parts;
    this.#splitter = new LineSplitter(Math.min(maxLineLength, parts.ring.longestLine), (...lines) => this.#take(...lines));
    this.#shown = shown;
    this.#follower = follower;
  }

  /** Bytes of the line whose end was not read yet. */
  get pendingBytes(): number {
    return this.#splitter.pendingBytes;
  }

  /** Reads so many bytes at most. Bytes read, 0: there are none now, -1: there will never be any. */
  read(most: number): number {
    const { kernel, ring } = this.#parts;
    const pending = this.#splitter.pendingBytes;
    const from = ring.reserve(pending + most) + pending;
    const length = kernel.readLines(this.fd, ring.memory, from, most, found);
    if (length === -errno.EAGAIN || length === -errno.EINTR) return 0;
    this.#at = kernel.realtimeNs();
    if (length <= 0) return -1;
    this.#splitter.push(ring.memory, from, from + length, found);
    return length;
  }

  /** What came last without a newline is a line too. */
  close(): void {
    this.#splitter.end();
    this.watch?.close();
    this.watch = null;
    this.#parts.kernel.close(this.fd);
  }

  #take(bytes: Uint8Array, from: number, to: number, lines: number, longest: number): void {
    const { ring, latest } = this.#parts;
    let text = bytes;
    let start = from;
    if (bytes === ring.memory && to - from <= ring.largestBurst) start = ring.commit(this.writer, this.#at, from, to, lines);
    else {
      text = bytes.slice(from, to);
      start = 0;
      ring.push(this.writer, this.#at, text, 0, text.length, lines);
    }
    const end = start + to - from;
    this.#shown?.burst(this.writer, this.#at, text, start, end, lines);
    if (this.isCurrent) latest.add(this.writer, this.#at, text, start, end, longest);
    if (this.#follower !== null) this.#tell(this.#follower, text, start, end);
  }

  #tell(follower: LineFollower, text: Uint8Array, from: number, to: number): void {
    for (let start = from; start < to; ) {
      const end = text.indexOf(newline, start);
      follower.line(this.writer.isError, this.#at, text, start, end);
      start = end + 1;
    }
  }
}
