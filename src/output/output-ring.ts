/**
 * The latest output of all services, in one piece of memory of a fixed size whose end goes on at its beginning. It is what the event daemon
 * gets when it comes up, and what waits for its acknowledgement while it is there. PSD-007 12.1, LOG-005, LOG-015.
 *
 * It holds bursts: whole lines of one stream that were read at one moment, each burst with a header before it and in one piece, so that a
 * service that talks all the time makes no object for its lines. The oldest are dropped for new ones. Behind the head come the bursts that
 * were sent and are not acknowledged, behind the cursor those that were not sent, and the next one goes to the tail. Lines are numbered as
 * they come, so whoever reads the numbers knows how many were dropped before a burst.
 */
import type { Origin } from '../policy/origin.ts';
import { copyBytes } from './bytes.ts';

/** One stream of a process. LOG-002, LOG-003. */
export interface Writer {
  readonly origin: Origin;
  readonly job: string;
  readonly isError: boolean;
}

export interface Burst {
  readonly writer: Writer;
  /** CLOCK_REALTIME nanoseconds of the read. */
  readonly at: bigint;
  /** Id of the first line; those of the others follow one by one. WIRE-041. */
  readonly firstId: number;
  readonly lines: number;
  /** Each line with its newline. Valid until the ring changes. */
  readonly bytes: Uint8Array;
}

/** A writer that has bursts in the ring. */
interface Known {
  readonly writer: Writer;
  readonly place: number;
  bursts: number;
  unsentBytes: number;
}

/** Length (4), place of the writer (4), lines (4), nothing (4), first id (8), instant (8). */
const headerBytes = 32;
const newline = 10;

const sizeOf = (length: number): number => headerBytes + ((length + 7) & ~7);

export class OutputRing {
  readonly capacity: number;
  /** Where what is read is put first: reserve() says where, and commit() keeps it. */
  readonly memory: Uint8Array;
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #instants: BigInt64Array;
  /** Where the header of what reserve() made room for will be. */
  #reserved = 0;
  #head = 0;
  #cursor = 0;
  #tail = 0;
  /** Where the bursts before the memory's end stop, when the others lie at its beginning; else -1. */
  #end = -1;
  #bursts = 0;
  #unsent = 0;
  #held = 0;
  #lastId = 0;
  readonly #known = new Map<Writer, Known>();
  readonly #places: (Known | undefined)[] = [];
  readonly #free: number[] = [];

  /** Both are multiples of eight; the second is room for what is only being read. */
  constructor(capacityBytes: number, reserveBytes = 0) {
    const memory = new ArrayBuffer(capacityBytes + reserveBytes);
    this.capacity = capacityBytes;
    this.memory = new Uint8Array(memory);
    this.#words = new Uint32Array(memory);
    this.#doubles = new Float64Array(memory);
    this.#instants = new BigInt64Array(memory);
  }

  /** Bytes of all bursts with their headers. */
  get heldBytes(): number {
    return this.#held;
  }

  /** Id of the latest line; 0: there was none yet. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Bytes of a line that just fits, without its newline. */
  get longestLine(): number {
    return this.capacity - headerBytes - 1;
  }

  /** Bytes of lines that were not sent. */
  unsentBytesOf(writer: Writer): number {
    return this.#known.get(writer)?.unsentBytes ?? 0;
  }

  /** Bytes of the largest burst that commit() takes: one must not push out most of what is there. */
  get largestBurst(): number {
    return this.capacity >> 2;
  }

  /** Where `memory` has so many bytes free in one piece; the oldest bursts make way for them. They are free until the next call. */
  reserve(bytes: number): number {
    if (sizeOf(bytes) > this.memory.length) throw new RangeError('the output ring is smaller than that');
    this.#reserved = this.#place(sizeOf(bytes));
    return this.#reserved + headerBytes;
  }

  /** Keeps so many lines, each with its newline, that lie in what reserve() made room for. Tells where they begin now. */
  commit(writer: Writer, at: bigint, from: number, to: number, lines: number): number {
    const place = this.#reserved;
    const length = to - from;
    while (this.#held + sizeOf(length) > this.capacity) this.#dropOldest();
    if (from > place + headerBytes) this.memory.copyWithin(place + headerBytes, from, to);
    const known = this.#know(writer);
    this.#words[place >> 2] = length;
    this.#words[(place >> 2) + 1] = known.place;
    this.#words[(place >> 2) + 2] = lines;
    this.#doubles[(place >> 3) + 2] = this.#lastId + 1;
    this.#instants[(place >> 3) + 3] = at;
    this.#lastId += lines;
    known.bursts++;
    known.unsentBytes += length;
    if (this.#bursts === 0) this.#head = place;
    if (this.#unsent === 0) this.#cursor = place;
    this.#unsent++;
    this.#bursts++;
    this.#held += sizeOf(length);
    this.#tail = place + sizeOf(length);
    return place + headerBytes;
  }

  /** So many whole lines lie in `bytes` between `from` and `to`, each with its newline; none is longer than `longestLine`. */
  push(writer: Writer, at: bigint, bytes: Uint8Array, from: number, to: number, lines: number): void {
    let left = lines;
    let start = from;
    while (to - start > this.largestBurst) {
      const end = endOfLines(bytes, start, this.largestBurst);
      // What comes behind a single long line may be short.
      if (end >= to) break;
      const taken = countLines(bytes, start, end);
      this.#add(writer, at, bytes, start, end, taken);
      start = end;
      left -= taken;
    }
    this.#add(writer, at, bytes, start, to, left);
  }

  /** The oldest one that was not sent. */
  next(): Burst | null {
    if (this.#unsent === 0) return null;
    const word = this.#cursor >> 2;
    const known = this.#places[this.#word(word + 1)];
    if (known === undefined) throw new Error('a burst of the output ring has no writer');
    const from = this.#cursor + headerBytes;
    return {
      writer: known.writer,
      at: this.#instants[(this.#cursor >> 3) + 3] ?? 0n,
      firstId: this.#doubles[(this.#cursor >> 3) + 2] ?? 0,
      lines: this.#word(word + 2),
      bytes: this.memory.subarray(from, from + this.#word(word)),
    };
  }

  /** What next() gave is on its way. */
  sent(): void {
    if (this.#unsent === 0) return;
    this.#leaveUnsent();
  }

  /** What is not acknowledged counts as not sent again. */
  rewind(): void {
    let at = this.#head;
    for (let sent = this.#bursts - this.#unsent; sent > 0; sent--) {
      const known = this.#places[this.#word((at >> 2) + 1)];
      if (known !== undefined) known.unsentBytes += this.#word(at >> 2);
      at = this.#after(at);
    }
    this.#cursor = this.#head;
    this.#unsent = this.#bursts;
  }

  /** Frees all bursts up to that line, sent or not; one that holds a later line too stays whole. */
  acknowledge(id: number): void {
    while (this.#bursts > 0 && (this.#doubles[(this.#head >> 3) + 2] ?? 0) + this.#word((this.#head >> 2) + 2) - 1 <= id)
      this.#dropOldest();
  }

  #word(index: number): number {
    return this.#words[index] ?? 0;
  }

  #add(writer: Writer, at: bigint, bytes: Uint8Array, from: number, to: number, lines: number): void {
    if (to - from > this.longestLine + 1) throw new RangeError('a line is longer than the output ring');
    const start = this.reserve(to - from);
    copyBytes(this.memory, start, bytes, from, to);
    this.commit(writer, at, start, start + to - from, lines);
  }

  #place(size: number): number {
    for (;;) {
      if (this.#bursts === 0) {
        this.#head = this.#tail = 0;
        this.#end = -1;
        return 0;
      }
      if (this.#end >= 0) {
        if (this.#tail + size <= this.#head) return this.#tail;
      } else {
        if (this.#tail + size <= this.memory.length) return this.#tail;
        if (size <= this.#head) {
          this.#end = this.#tail;
          this.#tail = 0;
          return 0;
        }
      }
      this.#dropOldest();
    }
  }

  #dropOldest(): void {
    // None of them was sent.
    if (this.#unsent === this.#bursts) this.#leaveUnsent();
    const length = this.#word(this.#head >> 2);
    const known = this.#places[this.#word((this.#head >> 2) + 1)];
    this.#head = this.#after(this.#head);
    if (this.#head === 0) this.#end = -1;
    this.#bursts--;
    this.#held -= sizeOf(length);
    if (known === undefined || --known.bursts > 0) return;
    this.#known.delete(known.writer);
    this.#places[known.place] = undefined;
    this.#free.push(known.place);
  }

  /** The burst at the cursor is not among the unsent any more. */
  #leaveUnsent(): void {
    const known = this.#places[this.#word((this.#cursor >> 2) + 1)];
    if (known !== undefined) known.unsentBytes -= this.#word(this.#cursor >> 2);
    this.#cursor = this.#after(this.#cursor);
    this.#unsent--;
  }

  /** Where the burst behind the one at `place` lies. */
  #after(place: number): number {
    const next = place + sizeOf(this.#word(place >> 2));
    return next === this.#end ? 0 : next;
  }

  #know(writer: Writer): Known {
    let known = this.#known.get(writer);
    if (known === undefined) {
      known = { writer, place: this.#free.pop() ?? this.#places.length, bursts: 0, unsentBytes: 0 };
      this.#known.set(writer, known);
      this.#places[known.place] = known;
    }
    return known;
  }
}

/** Behind the last line that ends within so many bytes from `from`; behind the first line, if that alone is longer. */
function endOfLines(bytes: Uint8Array, from: number, most: number): number {
  const last = bytes.lastIndexOf(newline, from + most - 1);
  return (last >= from ? last : bytes.indexOf(newline, from + most)) + 1;
}

function countLines(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(newline, from); at >= 0 && at < to; at = bytes.indexOf(newline, at + 1)) count++;
  return count;
}
