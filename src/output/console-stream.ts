/**
 * The way to the console, which never waits. What its reader does not take at once is kept and written when there is room; beyond a limit
 * whole lines are left out and counted, and the stream says so where they are missing. peinit's own lines have room that the output of
 * services cannot take. A standard output is opened anew: O_NONBLOCK on the one that was given would be set for all who share it.
 */
import { constants } from 'node:fs';
import { errno } from '../kernel/errno.ts';
import type { Clock, Descriptors, Files } from '../kernel/kernel.ts';
import type { Loop, Watch } from '../kernel/loop.ts';

/** Held of the output of services, and of all. */
const outputBytes = 1 << 20;
const allBytes = outputBytes + (256 << 10);
/** After a loss nothing is taken until so much is left: else every other line would be about lines that were lost. */
const resumeBytes = outputBytes / 2;
/** Small pieces are written together, and take more memory than their bytes. */
const pieceBytes = 65_536;
const pieceCost = 160;
/** A reader that is gone is tried again by the output of services so often. */
const retryNs = 1_000_000_000n;
/** Where the loop cannot wait for room. */
const pollNs = 50_000_000n;
/** The end of the machine waits for a reader that takes something in each of these, and in all for so many of them. */
const patienceNs = 2_000_000_000n;
const patientTimes = 3;

const flags = constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK | constants.O_APPEND;

/** Whole lines, and how many. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly lines: number;
}

export interface ConsoleStream {
  /** It is a terminal, which somebody looks at. */
  readonly isTerminal: boolean;
  /** One line of peinit's own, with its newline. */
  line(text: string): void;
  /** Whether lines of services are taken now; those that are not are told to `lose`. */
  accepts(): boolean;
  output(bytes: Uint8Array, lines: number): void;
  lose(lines: number): void;
  /** Writes as much as is taken now. */
  flush(): void;
  /** Calls back when all is written, true, or its reader does not read, false. */
  finish(done: (written: boolean) => void): void;
}

export interface ConsoleStreamParts {
  readonly kernel: Clock & Descriptors & Pick<Files, 'isTerminal'>;
  readonly loop: Loop;
  /** Path of the device; null: the standard output. */
  readonly device: string | null;
  /** The line that tells how many are missing. */
  readonly lossLine: (lines: number) => string;
}

export function createConsoleStream({ kernel, loop, device, lossLine }: ConsoleStreamParts): ConsoleStream {
  const ofDevice = device === null ? -errno.ENOENT : kernel.open(device, flags);
  // Without a device the streams that PID 1 was given are the console.
  const opened = ofDevice >= 0 ? ofDevice : kernel.open('/proc/self/fd/1', flags);
  const fd = opened >= 0 ? opened : 1;
  // A socket cannot be opened anew, nor what somebody else owns in another user namespace.
  const write = opened >= 0 ? kernel.write : kernel.writeNow;

  /** Lines of peinit that are not bytes yet: those of one turn become bytes together. */
  let text = '';
  let textLines = 0;
  let pieces: Piece[] = [];
  let held = 0;
  /** Of the first piece. */
  let written = 0;
  let lost = 0;
  let losing = false;
  let failedAt: bigint | null = null;
  let deferred = false;
  let watch: Watch | null = null;
  let polling = false;
  const waiting: ((written: boolean) => void)[] = [];

  const size = (): number => held - written + text.length + pieces.length * pieceCost;

  function sealText(): void {
    if (text === '') return;
    push({ bytes: Buffer.from(text), lines: textLines });
    text = '';
    textLines = 0;
  }

  function push(piece: Piece): void {
    pieces.push(piece);
    held += piece.bytes.length;
  }

  /** The next bytes to write; small pieces become one. */
  function next(): Piece | undefined {
    const [first, second] = pieces;
    if (written > 0 || second === undefined || first === undefined || first.bytes.length + second.bytes.length > pieceBytes) return first;
    let [count, bytes, lines] = [0, 0, 0];
    for (const piece of pieces) {
      if (bytes + piece.bytes.length > pieceBytes) break;
      bytes += piece.bytes.length;
      lines += piece.lines;
      count++;
    }
    const joined = {
      bytes: Buffer.concat(
        pieces.slice(0, count).map((piece) => piece.bytes),
        bytes,
      ),
      lines,
    };
    pieces.splice(0, count, joined);
    return joined;
  }

  function writeOut(): void {
    deferred = false;
    sealText();
    for (let piece = next(); piece !== undefined; piece = next()) {
      const count = write(fd, piece.bytes, written, piece.bytes.length - written);
      if (count === -errno.EINTR) continue;
      if (count === -errno.EAGAIN) return waitForRoom();
      if (count < 0) fail();
      else advance(piece, count);
      // A reader that is gone is told with what comes next.
      if (failedAt === null && !isLosing()) tellLoss();
      sealText();
    }
    watch?.close();
    watch = null;
    ended(failedAt === null);
  }

  function advance(piece: Piece, count: number): void {
    failedAt = null;
    written += count;
    if (written < piece.bytes.length) return;
    held -= piece.bytes.length;
    written = 0;
    pieces.shift();
  }

  /** A console that fails for good must not hold memory. */
  function fail(): void {
    for (const piece of pieces) lost += piece.lines;
    pieces = [];
    held = 0;
    written = 0;
    failedAt = kernel.monotonicNs();
  }

  function isLosing(): boolean {
    if (losing && size() <= resumeBytes) losing = false;
    return losing;
  }

  /** Where the lines are missing. */
  function tellLoss(): void {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    sealText();
    push({ bytes: Buffer.from(lossLine(lines)), lines });
  }

  function waitForRoom(): void {
    if (watch !== null || polling) return;
    try {
      watch = loop.watch(fd, { write: true }, 'output', writeOut);
    } catch {
      polling = true;
      loop.at(kernel.monotonicNs() + pollNs, () => {
        polling = false;
        writeOut();
      });
    }
  }

  function soon(): void {
    if (deferred || watch !== null || polling) return;
    deferred = true;
    loop.defer(writeOut);
  }

  function lose(lines: number): void {
    lost += lines;
    losing = true;
  }

  function ended(all: boolean): void {
    for (const done of waiting.splice(0)) done(all);
  }

  function patience(times: number, before: number): void {
    loop.at(kernel.monotonicNs() + patienceNs, () => {
      if (waiting.length === 0) return;
      const now = size();
      if (now >= before || times === 1) ended(false);
      else patience(times - 1, now);
    });
  }

  return {
    isTerminal: kernel.isTerminal(fd),
    line(more) {
      if (size() + more.length > allBytes) return lose(1);
      tellLoss();
      text += more;
      textLines++;
      soon();
    },
    accepts() {
      if (failedAt !== null && kernel.monotonicNs() - failedAt < retryNs) return false;
      return !isLosing() && size() < outputBytes;
    },
    output(bytes, lines) {
      tellLoss();
      sealText();
      push({ bytes, lines });
      soon();
    },
    lose,
    flush: writeOut,
    finish(done) {
      waiting.push(done);
      writeOut();
      if (waiting.length > 0) patience(patientTimes, size());
    },
  };
}
