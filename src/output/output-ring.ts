import type { Origin } from '../policy/origin.ts';
import { copyBytes } from './bytes.ts';

/** A line of output as it is kept. LOG-002. */
export interface OutputLine {
  readonly origin: Origin;
  readonly job: string;
  readonly isError: boolean;
  /** CLOCK_REALTIME nanoseconds. */
  readonly at: bigint;
  readonly text: Uint8Array;
}

/** One stream of a process, whose lines are kept. */
export type Writer = Pick<OutputLine, 'origin' | 'job' | 'isError'>;

/** A writer that has lines in the ring. */
interface Known {
  readonly writer: Writer;
  readonly place: number;
  lines: number;
}

/** Place of the writer (4), length (4), instant (8). */
const headerBytes = 16;

/**
 * Keeps the latest lines within a fixed number of bytes; the oldest are dropped and counted. They lie one behind the other in one piece of
 * memory whose end goes on at its beginning, so that a service that talks all the time makes no object for each of its lines. Nobody
 * reads them yet: they are for the event daemon, LOG-014. LOG-005, LOG-007.
 */
export class OutputRing {
  readonly #bytes: Uint8Array;
  readonly #header = new Uint8Array(headerBytes);
  readonly #view = new DataView(this.#header.buffer);
  /** Where the oldest line begins. */
  #first = 0;
  #used = 0;
  #dropped = 0;
  readonly #known = new Map<Writer, Known>();
  readonly #places: (Known | undefined)[] = [];
  readonly #free: number[] = [];

  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  /** The line lies in `text` between `from` and `to`. */
  push(writer: Writer, at: bigint, text: Uint8Array, from = 0, to = text.length): void {
    const length = Math.min(to - from, this.#bytes.length - headerBytes);
    while (this.#used + headerBytes + length > this.#bytes.length) this.#dropOldest();
    const known = this.#know(writer);
    known.lines++;
    this.#view.setUint32(0, known.place);
    this.#view.setUint32(4, length);
    this.#view.setBigInt64(8, at);
    this.#add(this.#header, 0, headerBytes);
    this.#add(text, from, from + length);
  }

  /** Lines that were dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Oldest first. */
  lines(): readonly OutputLine[] {
    const lines: OutputLine[] = [];
    for (let offset = 0; offset < this.#used; ) {
      this.#readHeader(offset);
      const writer = this.#places[this.#view.getUint32(0)]?.writer;
      const text = new Uint8Array(this.#view.getUint32(4));
      this.#read(offset + headerBytes, text);
      if (writer !== undefined) lines.push({ ...writer, at: this.#view.getBigInt64(8), text });
      offset += headerBytes + text.length;
    }
    return lines;
  }

  #dropOldest(): void {
    this.#readHeader(0);
    const size = headerBytes + this.#view.getUint32(4);
    this.#first = (this.#first + size) % this.#bytes.length;
    this.#used -= size;
    this.#dropped++;
    const known = this.#places[this.#view.getUint32(0)];
    if (known === undefined || --known.lines > 0) return;
    this.#known.delete(known.writer);
    this.#places[known.place] = undefined;
    this.#free.push(known.place);
  }

  #readHeader(offset: number): void {
    this.#read(offset, this.#header);
  }

  /** What lies so far behind the first byte. */
  #read(offset: number, into: Uint8Array): void {
    const from = (this.#first + offset) % this.#bytes.length;
    const direct = Math.min(into.length, this.#bytes.length - from);
    copyBytes(into, 0, this.#bytes, from, from + direct);
    copyBytes(into, direct, this.#bytes, 0, into.length - direct);
  }

  #add(source: Uint8Array, from: number, to: number): void {
    const at = (this.#first + this.#used) % this.#bytes.length;
    const direct = Math.min(to - from, this.#bytes.length - at);
    copyBytes(this.#bytes, at, source, from, from + direct);
    copyBytes(this.#bytes, 0, source, from + direct, to);
    this.#used += to - from;
  }

  #know(writer: Writer): Known {
    let known = this.#known.get(writer);
    if (known === undefined) {
      known = { writer, place: this.#free.pop() ?? this.#places.length, lines: 0 };
      this.#known.set(writer, known);
      this.#places[known.place] = known;
    }
    return known;
  }
}
