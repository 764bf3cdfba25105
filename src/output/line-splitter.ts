/** Ends a line that was cut. LOG-008. */
const marker = new TextEncoder().encode('[truncated]');
const newline = 10;

/**
 * Splits a stream of bytes into lines of at most `limit` bytes, marker included. A longer line is cut so that text and marker are exactly
 * the limit; the rest of it up to the newline is dropped and the next line is whole. PSD-007 12.1, D-80.
 */
export class LineSplitter {
  #pending: Uint8Array;
  #length = 0;
  #cut = false;
  readonly #limit: number;
  readonly #line: (bytes: Uint8Array) => void;

  constructor(limit: number, line: (bytes: Uint8Array) => void) {
    this.#limit = limit;
    this.#line = line;
    this.#pending = new Uint8Array(Math.min(limit, 256));
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(newline, from);
      if (end < 0) return this.#add(bytes.subarray(from));
      // A line that lies in one piece goes through without a copy into the pending one.
      if (this.#length === 0 && !this.#cut && end - from <= this.#limit) this.#line(bytes.subarray(from, end));
      else {
        this.#add(bytes.subarray(from, end));
        this.#finish();
      }
      from = end + 1;
    }
  }

  /** End of file: a last line without a newline counts too. */
  end(): void {
    if (this.#length > 0 || this.#cut) this.#finish();
  }

  #add(bytes: Uint8Array): void {
    const room = this.#limit - this.#length;
    const taken = bytes.length > room ? bytes.subarray(0, room) : bytes;
    if (taken.length < bytes.length) this.#cut = true;
    this.#reserve(this.#length + taken.length);
    this.#pending.set(taken, this.#length);
    this.#length += taken.length;
  }

  #reserve(length: number): void {
    if (length <= this.#pending.length) return;
    const grown = new Uint8Array(Math.min(this.#limit, Math.max(length, this.#pending.length * 2)));
    grown.set(this.#pending.subarray(0, this.#length));
    this.#pending = grown;
  }

  #finish(): void {
    if (this.#cut) this.#pending.set(marker, this.#limit - marker.length);
    this.#line(this.#pending.subarray(0, this.#length));
    this.#length = 0;
    this.#cut = false;
  }
}
