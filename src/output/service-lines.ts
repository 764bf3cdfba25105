/** What services write, on the console beside peinit's own lines. Only where that was asked for. LOG-019, O-117. */
import { encodeConsoleLine } from '../../gen/output/encode.ts';
import { originText } from '../policy/origin.ts';
import type { ConsoleStream } from './console-stream.ts';
import type { Writer } from './output-ring.ts';

/** What a line may not hold that is shown: all that steers a terminal. A tab is harmless. As Latin-1, so that a byte is a character. */
const steering = /[\u0000-\u0008\u000b-\u001f\u007f]|\u00c2[\u0080-\u009f]/;
const steeringAll = /\u001b\[[0-9;:]*m|\r(?=\n)()|[\u0000-\u0008\u000b-\u001f\u007f]|\u00c2[\u0080-\u009f]/g;
const lineWithColour = /\u001b\[[0-9;:]*m.*/g;
const replacement = Buffer.from('\ufffd').toString('latin1');

/** Colours stay, and end with the line; the carriage return of a line's end goes. */
const harmless = (lines: string): string =>
  lines
    .replace(steeringAll, (found, ending: string | undefined) => (ending !== undefined ? '' : found.length > 2 ? found : replacement))
    .replace(lineWithColour, (line) => `${line}\u001b[0m`);

export interface ServiceLines {
  /** Whole lines of one stream, each ended by a newline, in `bytes` between `from` and `to` until this returns. */
  burst(writer: Writer, at: bigint, bytes: Uint8Array, from: number, to: number, lines: number): void;
}

export interface ServiceLinesParts {
  readonly stream: ConsoleStream;
  readonly json: boolean;
  readonly timestamp: (realtimeNs: bigint) => string;
}

export function createServiceLines({ stream, json, timestamp }: ServiceLinesParts): ServiceLines {
  const prefixes = new WeakMap<Writer, string>();

  function prefixOf(writer: Writer): string {
    let prefix = prefixes.get(writer);
    if (prefix === undefined) {
      prefix = Buffer.from(`${originText(writer.origin)}: `).toString('latin1');
      prefixes.set(writer, prefix);
    }
    return prefix;
  }

  function plainLines(writer: Writer, bytes: Buffer): Uint8Array {
    const written = bytes.toString('latin1');
    const shown = steering.test(written) ? harmless(written) : written;
    const prefix = prefixOf(writer);
    return Buffer.from(prefix + shown.slice(0, -1).replaceAll('\n', `\n${prefix}`) + shown.slice(-1), 'latin1');
  }

  function jsonLines({ origin, job, isError }: Writer, at: bigint, bytes: Buffer): Uint8Array {
    const common = {
      kind: 'output',
      timestamp: timestamp(at),
      service: origin.service,
      origin: originText(origin),
      job_id: job,
      is_error: isError,
    } as const;
    const lines = bytes.toString('utf8', 0, bytes.length - 1).split('\n');
    return Buffer.from(lines.map((text) => `${encodeConsoleLine({ ...common, text })}\n`).join(''));
  }

  return {
    burst(writer, at, bytes, from, to, lines) {
      if (!stream.accepts()) return stream.lose(lines);
      const part = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from);
      stream.output(json ? jsonLines(writer, at, part) : plainLines(writer, part), lines);
    },
  };
}
