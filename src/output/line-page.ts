import type { KeptLine, Origin } from '../policy/origin.ts';
import { partText } from '../policy/origin.ts';
import { copyBytes } from './bytes.ts';

/** A process whose lines are kept. */
type Writer = Pick<KeptLine, 'job' | 'part'>;

/** Where a line lies. */
export interface LinePlace {
  readonly page: LinePage;
  /** Of the burst that it is one of. */
  readonly offset: number;
  readonly from: number;
  readonly to: number;
  /** Rises from burst to burst of all services. */
  readonly sequence: number;
}

/** Bytes kept of each line. */
export const keptOfLine = 1024;
/** Sequence (8), instant (8), writer and stream (4), length (4). */
const headerBytes = 24;
const newline = 10;
const firstBytes = 512;
/** A page is full with that many processes, however little they said. */
const mostWriters = 64;
const errorBit = 0x10000;

const decoder = new TextDecoder();

/**
 * Bursts of lines one behind the other in one piece of memory that grows up to a limit: a service that talks all the time makes no object
 * for its lines, and nothing is done for each of them before somebody asks.
 */
export class LinePage {
  #bytes = new Uint8Array(firstBytes);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  #writers: Writer[] = [];

  /** Memory that it takes. */
  get size(): number {
    return this.#bytes.length;
  }

  /** Bytes of lines that it can take when it may grow up to that limit; less than one: it is full. */
  roomFor(job: string, limit: number): number {
    if (this.#writers.length === mostWriters && this.#writerOf(job) < 0) return 0;
    return limit - this.#used - headerBytes;
  }

  /** By how much it must grow to take so many bytes too. */
  growthFor(length: number, limit: number): number {
    const needed = this.#used + headerBytes + length;
    return needed <= this.size ? 0 : Math.min(limit, Math.max(needed, this.size * 2)) - this.size;
  }

  grow(bytes: number): void {
    if (bytes > 0) this.#replace(this.#bytes.subarray(0, this.#used), this.size + bytes);
  }

  /** Whole lines with their newlines; roomFor() and growthFor() said that they fit. */
  add(origin: Origin, job: string, isError: boolean, at: bigint, sequence: number, text: Uint8Array, from: number, to: number): void {
    let writer = this.#writerOf(job);
    if (writer < 0) writer = this.#writers.push({ job, part: partText(origin) }) - 1;
    this.#view.setFloat64(this.#used, sequence);
    this.#view.setBigInt64(this.#used + 8, at);
    this.#view.setUint32(this.#used + 16, isError ? writer | errorBit : writer);
    this.#view.setUint32(this.#used + 20, to - from);
    copyBytes(this.#bytes, this.#used + headerBytes, text, from, to);
    this.#used += headerBytes + to - from;
  }

  /** For what comes next, in the same memory. */
  clear(): void {
    this.#used = 0;
    this.#writers = [];
  }

  /** Gives up its oldest lines, so that it takes no more than that. True: there were such lines. */
  trim(limit: number): boolean {
    if (this.size <= limit) return false;
    const surplus = this.#used - limit;
    let from = 0;
    while (this.#after(from) <= surplus) from = this.#after(from);
    if (from < surplus) from = this.#trimBurst(from, surplus);
    this.#replace(this.#bytes.subarray(from, this.#used), limit);
    return surplus > 0;
  }

  /** The latest lines of these jobs, null: of all; oldest first. */
  places(most: number, jobs: readonly string[] | null): LinePlace[] {
    const offsets: number[] = [];
    for (let offset = 0; offset < this.#used; offset = this.#after(offset))
      if (jobs === null || jobs.includes(this.#writerAt(offset).job)) offsets.push(offset);
    const places: LinePlace[] = [];
    for (const offset of offsets.reverse()) {
      const sequence = this.#view.getFloat64(offset);
      for (let end = this.#after(offset) - 1; end >= offset + headerBytes && places.length < most; ) {
        const before = end === offset + headerBytes ? -1 : this.#bytes.lastIndexOf(newline, end - 1);
        const from = Math.max(before + 1, offset + headerBytes);
        places.push({ page: this, offset, from, to: end, sequence });
        end = from - 1;
      }
      if (places.length === most) break;
    }
    return places.reverse();
  }

  read({ offset, from, to }: LinePlace): KeptLine {
    const isError = (this.#view.getUint32(offset + 16) & errorBit) !== 0;
    const text = decoder.decode(this.#bytes.subarray(from, to));
    return { ...this.#writerAt(offset), isError, at: this.#view.getBigInt64(offset + 8), text };
  }

  #after(offset: number): number {
    return offset + headerBytes + this.#view.getUint32(offset + 20);
  }

  /** Moves the burst's header forward over its oldest lines, so that at least `surplus` bytes lie before it; tells where it is now. */
  #trimBurst(offset: number, surplus: number): number {
    const end = this.#after(offset);
    const least = surplus + headerBytes - 1;
    const kept = least < end ? this.#bytes.indexOf(newline, least) + 1 : end;
    if (kept === end) return end;
    this.#bytes.copyWithin(kept - headerBytes, offset, offset + headerBytes);
    this.#view.setUint32(kept - headerBytes + 20, end - kept);
    return kept - headerBytes;
  }

  /** The latest are asked for most. */
  #writerOf(job: string): number {
    for (let at = this.#writers.length - 1; at >= 0; at--) if (this.#writers[at]?.job === job) return at;
    return -1;
  }

  #writerAt(offset: number): Writer {
    return this.#writers[this.#view.getUint32(offset + 16) & ~errorBit] ?? { job: '', part: null };
  }

  #replace(content: Uint8Array, size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(content);
    this.#used = content.length;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
