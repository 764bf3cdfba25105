import type { KeptLine, Origin } from '../policy/origin.ts';
import { partText } from '../policy/origin.ts';
import { copyBytes } from './bytes.ts';

/** A process whose lines are kept. */
type Writer = Pick<KeptLine, 'job' | 'part'>;

/** Where a line lies. */
export interface LinePlace {
  readonly page: LinePage;
  readonly offset: number;
  /** Rises from line to line of all services. */
  readonly sequence: number;
  readonly job: string;
}

/** Bytes kept of each line. */
export const keptOfLine = 1024;
/** Sequence (8), instant (8), writer and stream (2), length (2). */
const headerBytes = 20;
const firstBytes = 512;
/** A page is full with that many processes, however little they said. */
const mostWriters = 64;
const errorBit = 0x8000;

const decoder = new TextDecoder();

/**
 * Lines one behind the other in one piece of memory that grows up to a limit: a service that talks all the time makes no object for each
 * of its lines.
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

  /** By how much it must grow to take that line too; null: it is full. */
  growthFor(length: number, job: string, limit: number): number | null {
    const needed = this.#used + headerBytes + Math.min(length, keptOfLine);
    if (needed > limit || (this.#writers.length === mostWriters && this.#writerOf(job) < 0)) return null;
    return needed <= this.size ? 0 : Math.min(limit, Math.max(needed, this.size * 2)) - this.size;
  }

  grow(bytes: number): void {
    if (bytes > 0) this.#replace(this.#bytes.subarray(0, this.#used), this.size + bytes);
  }

  /** growthFor() said that it fits. */
  add(origin: Origin, job: string, isError: boolean, at: bigint, sequence: number, text: Uint8Array, from = 0, to = text.length): void {
    const length = Math.min(to - from, keptOfLine);
    let writer = this.#writerOf(job);
    if (writer < 0) writer = this.#writers.push({ job, part: partText(origin) }) - 1;
    this.#view.setFloat64(this.#used, sequence);
    this.#view.setBigInt64(this.#used + 8, at);
    this.#view.setUint16(this.#used + 16, isError ? writer | errorBit : writer);
    this.#view.setUint16(this.#used + 18, length);
    copyBytes(this.#bytes, this.#used + headerBytes, text, from, from + length);
    this.#used += headerBytes + length;
  }

  /** For what comes next, in the same memory. */
  clear(): void {
    this.#used = 0;
    this.#writers = [];
  }

  /** Gives up its oldest lines, so that it takes no more than that. True: there were such lines. */
  trim(limit: number): boolean {
    if (this.size <= limit) return false;
    let from = 0;
    while (this.#used - from > limit) from += headerBytes + this.#view.getUint16(from + 18);
    this.#replace(this.#bytes.subarray(from, this.#used), limit);
    return from > 0;
  }

  /** Oldest first. */
  places(): readonly LinePlace[] {
    const places: LinePlace[] = [];
    for (let offset = 0; offset < this.#used; offset += headerBytes + this.#view.getUint16(offset + 18))
      places.push({ page: this, offset, sequence: this.#view.getFloat64(offset), job: this.#writerAt(offset).job });
    return places;
  }

  read(offset: number): KeptLine {
    const text = this.#bytes.subarray(offset + headerBytes, offset + headerBytes + this.#view.getUint16(offset + 18));
    const isError = (this.#view.getUint16(offset + 16) & errorBit) !== 0;
    return { ...this.#writerAt(offset), isError, at: this.#view.getBigInt64(offset + 8), text: decoder.decode(text) };
  }

  /** The latest are asked for most. */
  #writerOf(job: string): number {
    for (let at = this.#writers.length - 1; at >= 0; at--) if (this.#writers[at]?.job === job) return at;
    return -1;
  }

  #writerAt(offset: number): Writer {
    return this.#writers[this.#view.getUint16(offset + 16) & ~errorBit] ?? { job: '', part: null };
  }

  #replace(content: Uint8Array, size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(content);
    this.#used = content.length;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
