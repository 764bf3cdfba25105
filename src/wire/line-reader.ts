/**
 * Incremental framing: bytes in pieces of any size come out as lines, each ended by a newline that does not belong to it.
 * The limit is checked before anything is stored, also while no newline has come yet. A piece is read in place; only what is
 * left of it at the end of a turn is copied. PSD-007 11.1, CTL-011.
 */
export interface LineReader {
  /** Takes a piece. Only after next() has said "more". The piece may be overwritten after keep(). */
  push(piece: Buffer, length: number): void;
  /** `line`: it lies in `bytes` from `start` to `end`, until the next call. `too-long`: nothing sensible follows, ever. */
  next(): 'line' | 'more' | 'too-long';
  /** Makes what is left independent of the piece. */
  keep(): void;
  /** Forgets everything. */
  clear(): void;
  /** next() may find a line: it was not asked since the last piece, or found one. */
  readonly pending: boolean;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Bytes that belong to no line given out so far. */
  readonly held: number;
}

const newline = 0x0a;
const nothing = Buffer.alloc(0);
/** Up to here a loop is faster than the call of indexOf. */
const shortScan = 256;

/** Position of the first newline from `from` on and before `to`, or -1. */
function findNewline(bytes: Buffer, from: number, to: number): number {
  const near = Math.min(to, from + shortScan);
  for (let at = from; at < near; at++) if (bytes[at] === newline) return at;
  if (near === to) return -1;
  const far = bytes.subarray(near, to).indexOf(newline);
  return far < 0 ? -1 : near + far;
}

/** `limit`: greatest length of a line in bytes, newline not counted. */
export function createLineReader(limit: number): LineReader {
  let bytes: Buffer = nothing;
  /** Begin and end of what is not given out, and from where on it has not been searched. */
  let at = 0;
  let filled = 0;
  let searched = 0;
  let owned = false;
  let tooLong = false;
  let pending = false;
  let start = 0;
  let end = 0;

  function append(piece: Buffer, length: number): void {
    const partial = filled - at;
    const first = findNewline(piece, 0, length);
    if (partial + (first < 0 ? length : first) > limit) {
      tooLong = true;
      return;
    }
    const needed = partial + length;
    if (!owned || needed > bytes.length) {
      // Doubling keeps the cost of single bytes low; more than a line and a piece is never needed.
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(2 * needed, limit + length)));
      bytes.copy(grown, 0, at, filled);
      bytes = grown;
      owned = true;
    } else if (at > 0) bytes.copyWithin(0, at, filled);
    piece.copy(bytes, partial, 0, length);
    at = 0;
    searched = partial;
    filled = needed;
  }

  return {
    push(piece, length) {
      pending = true;
      if (filled > at) {
        append(piece, length);
        return;
      }
      bytes = piece;
      owned = false;
      at = 0;
      searched = 0;
      filled = length;
    },
    next() {
      pending = false;
      if (tooLong) return 'too-long';
      const found = findNewline(bytes, searched, filled);
      if ((found < 0 ? filled : found) - at > limit) {
        tooLong = true;
        return 'too-long';
      }
      if (found < 0) {
        searched = filled;
        return 'more';
      }
      start = at;
      end = found;
      at = found + 1;
      searched = at;
      pending = true;
      return 'line';
    },
    keep() {
      if (at === filled) {
        bytes = nothing;
        at = 0;
        filled = 0;
        searched = 0;
      } else if (!owned) {
        bytes = Buffer.from(bytes.subarray(at, filled));
        searched -= at;
        filled -= at;
        at = 0;
        owned = true;
      }
    },
    clear() {
      bytes = nothing;
      at = 0;
      filled = 0;
      searched = 0;
      tooLong = false;
      pending = false;
    },
    get pending() {
      return pending;
    },
    get bytes() {
      return bytes;
    },
    get start() {
      return start;
    },
    get end() {
      return end;
    },
    get held() {
      return filled - at;
    },
  };
}
