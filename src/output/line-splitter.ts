import { copyBytes } from './bytes.ts';

/** Ends a line that was cut. LOG-008. */
const marker = new TextEncoder().encode('[truncated]');
const newline = 10;
const firstBytes = 256;
const none = new Uint8Array(0);
/** As readLines() of the kernel tells them: how many, where the first newline is, where the last line ends, the longest but the first. */
export type FoundLines = Int32Array;

/**
 * Takes so many whole lines that lie in `bytes` between `from` and `to`, each with its newline and none longer than `longest`, and copies
 * what it keeps of them.
 */
export type TakeLines = (bytes: Uint8Array, from: number, to: number, lines: number, longest: number) => void;

/**
 * Makes whole lines of at most `limit` bytes, marker included, of what is read from a stream. What comes whole goes through as it lies in
 * memory, all lines at once; only the beginning of a line whose end was not read yet is kept. A longer line is cut so that text and marker
 * are exactly the limit; the rest of it up to the newline is dropped and the next line is whole. PSD-007 12.1, D-80.
 */
export class LineSplitter {
  readonly #limit: number;
  readonly #take: TakeLines;
  /** The line that is not finished, with room for its newline. */
  #pending: Uint8Array = none;
  #length = 0;
  /** It is as long as it may be, and more of it was dropped. */
  #cut = false;

  constructor(limit: number, take: TakeLines) {
    this.#limit = limit;
    this.#take = take;
  }

  /** Bytes of the unfinished line: what is read must have so much room before it. */
  get pendingBytes(): number {
    return this.#length;
  }

  /** What was read lies in `bytes` between `from` and `to`, with these lines. It is changed, and so is the room before it. */
  push(bytes: Uint8Array, from: number, to: number, found: FoundLines): void {
    const lines = found[0] ?? 0;
    if (lines === 0) return this.#keep(bytes, from, to);
    const first = found[1] ?? from;
    const end = found[2] ?? to;
    const start = this.#putBefore(bytes, from, first);
    const longest = Math.max(first - start, found[3] ?? 0);
    if (longest <= this.#limit) this.#take(bytes, start, end, lines, longest);
    else this.#take(bytes, start, cutLines(bytes, start, end, this.#limit), lines, this.#limit);
    if (end < to) this.#keep(bytes, end, to);
  }

  /** End of file: a last line without a newline counts too. */
  end(): void {
    if (this.#length === 0) return;
    if (this.#cut) this.#pending.set(marker, this.#limit - marker.length);
    this.#pending[this.#length] = newline;
    this.#take(this.#pending, 0, this.#length + 1, 1, this.#length);
    this.#length = 0;
    this.#cut = false;
  }

  /** Puts what is kept before its end, whose newline is at `first`; tells where the line begins. */
  #putBefore(bytes: Uint8Array, from: number, first: number): number {
    const start = (this.#cut ? first : from) - this.#length;
    copyBytes(bytes, start, this.#pending, 0, this.#length);
    if (this.#cut) bytes.set(marker, first - marker.length);
    this.#length = 0;
    this.#cut = false;
    return start;
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const taken = Math.min(to - from, this.#limit - this.#length);
    if (taken < to - from) this.#cut = true;
    if (taken === 0) return;
    this.#reserve(this.#length + taken + 1);
    copyBytes(this.#pending, this.#length, bytes, from, from + taken);
    this.#length += taken;
  }

  #reserve(length: number): void {
    if (length <= this.#pending.length) return;
    const grown = new Uint8Array(Math.min(this.#limit + 1, Math.max(length, this.#pending.length * 2, firstBytes)));
    grown.set(this.#pending.subarray(0, this.#length));
    this.#pending = grown;
  }
}

/** Cuts those of these lines that are too long; what follows moves up. Tells where they end now. */
function cutLines(bytes: Uint8Array, start: number, end: number, limit: number): number {
  let into = start;
  for (let at = start; at < end; ) {
    const next = bytes.indexOf(newline, at);
    const isLong = next - at > limit;
    const length = isLong ? limit - marker.length : next - at;
    if (into < at) bytes.copyWithin(into, at, at + length);
    into += length;
    if (isLong) {
      bytes.set(marker, into);
      into += marker.length;
    }
    bytes[into++] = newline;
    at = next + 1;
  }
  return into;
}
