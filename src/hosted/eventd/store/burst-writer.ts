import type { LogRecord } from '../../../../gen/output/types.ts';
import type { BootState } from './boots.ts';
import { noteTime } from './minutes.ts';
import type { Source } from './names.ts';
import { channelOf } from './names.ts';
import type { Opened } from './opened.ts';
import type { Run } from './runs.ts';
import { formatRuns } from './runs.ts';

/** A row that may still grow. */
interface Pending {
  readonly source: Source;
  readonly firstId: number;
  readonly time: bigint;
  lines: number;
  readonly runs: Run[];
  readonly raw: (string | null)[] | null;
  readonly parts: string[];
  characters: number;
}

/** A row takes more lines until it has so many characters. */
const fullCharacters = 32_768;
/** And so long: its lines are found by time together. */
const longestNs = 10_000_000_000;

const insertSql =
  'INSERT INTO burst (seq, channel, source, first_id, lines, time, runs, raw, has_zero, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';

/**
 * Bursts as rows, within one transaction. Bursts of one stream that follow upon each other share a row, so that a service which writes
 * line by line does not cost a row for each.
 */
export class BurstWriter {
  readonly #opened: Opened;
  readonly #boot: BootState;
  #pending: Pending | null = null;

  constructor(opened: Opened, boot: BootState) {
    this.#opened = opened;
    this.#boot = boot;
  }

  /** The lines of `record` from number `from` on; its first line was read at `time`. */
  add(record: LogRecord, from: number, time: bigint): void {
    const source = this.#opened.names.source(record.job_id, record.origin, record.is_error, this.#boot.number);
    const firstId = record.first_id + from;
    const pending = this.#pending;
    const isNext = pending !== null && pending.source === source && pending.firstId + pending.lines === firstId;
    if (isNext && mayGrow(pending, record, time)) append(pending, record, from, Number(time - pending.time));
    else {
      this.flush();
      const begun = begin(source, firstId, time, record.raw?.slice(from) ?? null);
      append(begun, record, from, 0);
      this.#pending = begun;
    }
  }

  /** Nothing is kept back. The order of arrival needs it before a row of another kind is written. */
  flush(): void {
    const pending = this.#pending;
    if (pending === null) return;
    this.#pending = null;
    const { source, time, runs, raw } = pending;
    const opened = this.#opened;
    const text = pending.parts.join('\n');
    const seq = opened.next++;
    opened.connection
      .statement(insertSql)
      .run(
        seq,
        channelOf(source.service, source.isError),
        source.number,
        pending.firstId,
        pending.lines,
        time,
        formatRuns(runs),
        raw === null ? null : JSON.stringify(raw),
        text.includes('\0') ? 1 : 0,
        utf8Of(text),
      );
    const boot = this.#boot;
    boot.lines += pending.lines;
    noteTime(opened, time, seq);
    for (const { delta } of runs) {
      boot.lastTime = time + BigInt(delta);
      if (delta !== 0) noteTime(opened, boot.lastTime, seq);
    }
  }
}

function mayGrow({ raw, characters, time }: Pending, record: LogRecord, next: bigint): boolean {
  if (raw !== null || record.raw !== undefined || characters >= fullCharacters) return false;
  const offset = Number(next - time);
  return record.lines.every(([deltaNs]) => Math.abs(offset + deltaNs) < longestNs);
}

const begin = (source: Source, firstId: number, time: bigint, raw: (string | null)[] | null): Pending => ({
  source,
  firstId,
  time,
  lines: 0,
  runs: [],
  raw,
  parts: [],
  characters: 0,
});

/** SQLite copies what it is given, so all rows are written from one place. */
const scratch = Buffer.allocUnsafeSlow(262_144);

/** Good until it is called again. */
const utf8Of = (text: string): Uint8Array =>
  text.length * 3 > scratch.length ? Buffer.from(text) : scratch.subarray(0, scratch.write(text));

function append(pending: Pending, record: LogRecord, from: number, offset: number): void {
  const { runs, parts } = pending;
  let run = runs.at(-1);
  for (let at = from; at < record.lines.length; at += 1) {
    const line = record.lines[at];
    if (line === undefined) break;
    const [deltaNs, text] = line;
    const delta = offset + deltaNs;
    if (run?.delta === delta) run.lines += 1;
    else {
      run = { lines: 1, delta };
      runs.push(run);
    }
    // A line feed would make two lines of one.
    parts.push(text.includes('\n') ? text.replaceAll('\n', '\u2424') : text);
    pending.characters += text.length + 1;
  }
  pending.lines = parts.length;
}
