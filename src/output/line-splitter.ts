import { copyBytes } from './bytes.ts';

/** Ends a line that was cut. LOG-008. */
const marker = new TextEncoder().encode('[truncated]');
const newline = 10;

/** Takes a line that lies in `bytes` between `from` and `to`, and copies what it keeps of it. */
type TakeLine = (bytes: Uint8Array, from: number, to: number) => void;

/**
 * Splits a stream of bytes into lines of at most `limit` bytes, marker included. A longer line is cut so that text and marker are exactly
 * the limit; the rest of it up to the newline is dropped and the next line is whole. PSD-007 12.1, D-80.
 */
export class LineSplitter {
  #pending: Uint8Array;
  #length = 0;
  #cut = false;
  readonly #limit: number;
  readonly #line: TakeLine;

  constructor(limit: number, line: TakeLine) {
    this.#limit = limit;
    this.#line = line;
    this.#pending = new Uint8Array(Math.min(limit, 256));
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(newline, from);
      if (end < 0) return this.#add(bytes, from, bytes.length);
      // A line that lies in one piece goes through without a copy into the pending one.
      if (this.#length === 0 && !this.#cut && end - from <= this.#limit) this.#line(bytes, from, end);
      else {
        this.#add(bytes, from, end);
        this.#finish();
      }
      from = end + 1;
    }
  }

  /** End of file: a last line without a newline counts too. */
  end(): void {
    if (this.#length > 0 || this.#cut) this.#finish();
  }

  #add(bytes: Uint8Array, from: number, to: number): void {
    const taken = Math.min(to - from, this.#limit - this.#length);
    if (taken < to - from) this.#cut = true;
    if (taken === 0) return;
    this.#reserve(this.#length + taken);
    copyBytes(this.#pending, this.#length, bytes, from, from + taken);
    this.#length += taken;
  }

  #reserve(length: number): void {
    if (length <= this.#pending.length) return;
    const grown = new Uint8Array(Math.min(this.#limit, Math.max(length, this.#pending.length * 2)));
    grown.set(this.#pending.subarray(0, this.#length));
    this.#pending = grown;
  }

  #finish(): void {
    if (this.#cut) this.#pending.set(marker, this.#limit - marker.length);
    this.#line(this.#pending, 0, this.#length);
    this.#length = 0;
    this.#cut = false;
  }
}
