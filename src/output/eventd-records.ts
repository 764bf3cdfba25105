/** The records of output/v1 as bytes in what goes out, and the acknowledgements that come back. WIRE-041, WIRE-042. */
import { isUtf8 } from 'node:buffer';
import { isAcknowledgement } from '../../gen/output/check.ts';
import { aroundLogRecordLines, aroundRelayedLineText, encodeDroppedRecord } from '../../gen/output/encode.ts';
import type { LogRecord } from '../../gen/output/types.ts';
import type { Lines } from '../kernel/kernel.ts';
import { originText } from '../policy/origin.ts';
import type { OutgoingBytes } from '../wire/outgoing-bytes.ts';
import { formatTimestamp } from '../wire/timestamp.ts';
import type { Burst } from './output-ring.ts';
import type { Ids, Loss } from './sink.ts';

const newline = 10;
/** All lines of a burst were read at one moment. */
const { before, after } = aroundRelayedLineText([0, '']);
/** What a line takes beside its text when nothing in it is escaped: quotes, what is around it, and a comma, less its newline. */
const aroundBytes = before.length + after.length + 2;
/** What one byte may take at most: \u0000 in the text, and its part of the base64 beside that. */
const mostOfByte = 8;
const inexact = new Int32Array(1);

/** Takes a line without its newline. False: there is no room for now. */
export function putLine(out: OutgoingBytes, line: string): boolean {
  const text = `${line}\n`;
  if (!out.fitsAlone(Buffer.byteLength(text))) return false;
  out.add(out.memory.write(text, out.end));
  return true;
}

export const putLoss = (out: OutgoingBytes, { of, from, to }: Loss): boolean =>
  putLine(out, encodeDroppedRecord({ of, count: to - from + 1, from, to }));

/**
 * Takes lines of the burst from the one at `skip` on, as one record. All of them; fewer, where they are too many for what goes out at once;
 * 0: there is no room for now.
 */
export function putLines(seam: Lines, out: OutgoingBytes, burst: Burst, skip: number): number {
  const { writer, at, firstId } = burst;
  const head = {
    origin: originText(writer.origin),
    job_id: writer.job,
    is_error: writer.isError,
    first_id: firstId + skip,
    first_timestamp: formatTimestamp(at),
  };
  const rest = burst.bytes.subarray(endOfLines(burst.bytes, skip));
  let bytes = rest;
  let lines = burst.lines - skip;
  for (; lines > 1; lines >>= 1, bytes = rest.subarray(0, endOfLines(rest, lines))) {
    if (putRecord(seam, out, head, bytes, lines)) return lines;
    if (!out.empty) return 0;
  }
  // Whatever it is, in the end it goes.
  return out.fitsAlone(bytes.length * mostOfByte + headBytes) && putRecord(seam, out, head, bytes, 1) ? 1 : 0;
}

/** More than a record takes without its lines. */
const headBytes = 2048;

function putRecord(seam: Lines, out: OutgoingBytes, head: Omit<LogRecord, 'lines'>, bytes: Uint8Array, lines: number): boolean {
  if (!out.fits(headBytes + bytes.length + lines * aroundBytes)) return false;
  const { memory, end: begin } = out;
  const around = aroundLogRecordLines(head);
  let end = begin + memory.write(around.before, begin);
  const written = seam.jsonLines(memory, end, bytes, 0, bytes.length, before, after, inexact);
  if (written < 0) return false;
  end += written;
  const last = `${inexact[0] === 0 ? around.after : aroundLogRecordLines({ ...head, raw: rawOf(bytes) }).after}\n`;
  if (memory.length - end < last.length) return false;
  out.add(end + memory.write(last, end) - begin);
  return true;
}

/** For each line its bytes in base64, or null where they are its text. */
function rawOf(bytes: Uint8Array): readonly (string | null)[] {
  const raw: (string | null)[] = [];
  for (let from = 0, end = 0; from < bytes.length; from = end + 1) {
    end = bytes.indexOf(newline, from);
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from);
    raw.push(isUtf8(line) ? null : line.toString('base64'));
  }
  return raw;
}

/** Where the line behind so many begins. */
function endOfLines(bytes: Uint8Array, lines: number): number {
  let end = 0;
  for (let left = lines; left > 0; left--) end = bytes.indexOf(newline, end) + 1;
  return end;
}

/** Null: it is none. */
export function parseAcknowledged(text: string): Ids | null {
  try {
    const value: unknown = JSON.parse(text);
    return isAcknowledgement(value) ? { log: Number(value.acked.log), event: Number(value.acked.event) } : null;
  } catch {
    return null;
  }
}
