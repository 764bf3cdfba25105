import { makerEvents } from '../../../../gen/events/events.ts';
import { foldName } from '../../../policy/definition/names.ts';
import { formatTimestamp } from '../../../wire/timestamp.ts';
import { rangeOfBoot } from './boots.ts';
import { bytesAsText, integerOf, textOrNull, timeColumns, timeOf } from './columns.ts';
import { Damage } from './failures.ts';
import type { Lanes } from './lanes.ts';
import { mostLanes } from './lanes.ts';
import { firstSince, lastUntil } from './minutes.ts';
import type { CommonFilter, LogFilter, LogLine } from './model.ts';
import { channelOf } from './names.ts';
import type { Opened } from './opened.ts';
import { parseList, parseRuns } from './runs.ts';
import type { Found, Selection } from './scan.ts';
import type { Prefilter, TextCondition } from './text.ts';
import { textCondition } from './text.ts';

/** Lines, by a filter. */

/** Nothing can match. */
const nowhere = { first: 1, last: 0 } as const;

/** The part of the sequence where a time or boot can be. */
export function rangeOf(opened: Opened, { since, until, boot }: CommonFilter): { readonly first: number; readonly last: number } {
  const ofBoot = boot === null ? null : rangeOfBoot(opened, boot);
  if (boot !== null && ofBoot === null) return nowhere;
  const first = since === null ? 0 : firstSince(opened, since);
  const last = until === null ? Number.MAX_SAFE_INTEGER : lastUntil(opened, until);
  if (first === null || last === null) return nowhere;
  return { first: Math.max(first, ofBoot?.first ?? 0), last: Math.min(last, ofBoot?.last ?? Number.MAX_SAFE_INTEGER) };
}

/** Rows out of time need not be read; `unless` is true of those whose lines have more than one time. */
export const timePrefilters = ({ since, until }: CommonFilter, unless: string): Prefilter[] => [
  ...(since === null ? [] : [{ sql: `(${unless}time >= ?)`, parameter: since }]),
  ...(until === null ? [] : [{ sql: `(${unless}time < ?)`, parameter: until }]),
];

export function selectLogs(opened: Opened, filter: LogFilter): Selection<LogLine> {
  const text = filter.text === null || filter.text === '' ? null : textCondition(filter.text, filter.ignoreCase, 'text', 'has_zero = 1');
  const channels = channelsOf(opened, filter);
  const sources = sourcesOf(opened, filter);
  const boot = filter.boot === null ? null : (rangeOfBoot(opened, filter.boot)?.number ?? -1);
  const lanes = lanesOf(channels, sources);
  return {
    lanes: { ...lanes, prefilters: [...timePrefilters(filter, 'runs IS NOT NULL OR '), ...(text === null ? [] : [text.prefilter])] },
    ...rangeOf(opened, filter),
    gaps: filter.gaps ? { isEvent: false, boot } : null,
    hides: hides(opened, filter, sources),
    read: (seq) => readBurst(opened, seq, { filter, text, channels, sources, boot }),
  };
}

/** Channels that the reader may see and asked for; null: all. */
function channelsOf({ names }: Opened, { services, stream, readable }: LogFilter): ReadonlySet<number> | null {
  const all = names.services();
  const asked = services === null ? null : new Set(services.map(foldName));
  const seen = all.filter(
    ({ name }) => (asked === null || (name !== '' && asked.has(foldName(name)))) && readable(name === '' ? null : name),
  );
  if (seen.length === all.length && asked === null && stream === null) return null;
  return new Set(
    seen.flatMap(({ number }) => [
      ...(stream === 'stderr' ? [] : [channelOf(number, false)]),
      ...(stream === 'stdout' ? [] : [channelOf(number, true)]),
    ]),
  );
}

/** Whether something of that is stored which the reader may not see. */
function hides({ names }: Opened, { services, readable }: LogFilter, sources: ReadonlySet<number> | null): boolean {
  const asked = services === null ? null : new Set(services.map(foldName));
  const isHidden = (name: string): boolean =>
    (asked === null || (name !== '' && asked.has(foldName(name)))) && !readable(name === '' ? null : name);
  return sources === null
    ? names.services().some(({ name }) => isHidden(name))
    : [...sources].some((source) => isHidden(names.serviceName(names.sourceOf(source).service)));
}

/** Sources of the jobs that were asked for; null: all. */
function sourcesOf(opened: Opened, { jobs, operation }: LogFilter): ReadonlySet<number> | null {
  if (jobs === null && operation === null) return null;
  const ofOperation = operation === null ? null : jobsOf(opened, operation);
  const wanted = jobs === null ? (ofOperation ?? []) : jobs.filter((job) => ofOperation === null || ofOperation.includes(job));
  const statement = opened.connection.statement('SELECT number FROM source WHERE job = ?');
  return new Set(wanted.flatMap((job) => statement.all(job).map((row) => integerOf(row, 'number'))));
}

/** Other events name a job and an operation too: the step that ends the process of an earlier one. O-124. */
const makers = [...makerEvents];
/** An operation makes few jobs. */
const mostJobs = 1_000;

function jobsOf({ connection }: Opened, operation: string): readonly string[] {
  const names = makers.map(() => '?').join(', ');
  const sql =
    'SELECT DISTINCT job FROM event JOIN event_name ON event_name.number = event.name ' +
    `WHERE operation = ? AND job IS NOT NULL AND event_name.name IN (${names}) LIMIT ${mostJobs}`;
  return connection
    .statement(sql)
    .all(operation, ...makers)
    .map((row) => textOrNull(row, 'job') ?? '');
}

function lanesOf(channels: ReadonlySet<number> | null, sources: ReadonlySet<number> | null): Omit<Lanes, 'prefilters'> {
  if (sources !== null && sources.size <= mostLanes) return { table: 'burst', column: 'source', values: [...sources] };
  if (channels !== null && channels.size <= mostLanes) return { table: 'burst', column: 'channel', values: [...channels] };
  return { table: 'burst', column: null, values: [null] };
}

interface Wanted {
  readonly filter: LogFilter;
  readonly text: TextCondition | null;
  readonly channels: ReadonlySet<number> | null;
  readonly sources: ReadonlySet<number> | null;
  readonly boot: number | null;
}

const headSql = 'SELECT channel, source FROM burst WHERE seq = ?';
const burstSql = `SELECT first_id, lines, ${timeColumns('time')}, runs, raw, text FROM burst WHERE seq = ?`;

function readBurst(opened: Opened, seq: number, { filter, text, channels, sources, boot }: Wanted): readonly Found<LogLine>[] {
  const { connection, names } = opened;
  const head = connection.statement(headSql).get(seq);
  if (head === undefined) return [];
  const number = integerOf(head, 'source');
  if (channels !== null && !channels.has(integerOf(head, 'channel'))) return [];
  if (sources !== null && !sources.has(number)) return [];
  const source = names.sourceOf(number);
  if (boot !== null && source.boot !== boot) return [];
  const row = connection.statement(burstSql).get(seq);
  if (row === undefined) return [];
  const lines = bytesAsText(row, 'text').split('\n');
  if (lines.length !== integerOf(row, 'lines')) throw new Damage(`the row ${seq} has not as many lines as it says`);
  const raw = textOrNull(row, 'raw');
  const rawLines = raw === null ? null : parseList(raw);
  const firstId = integerOf(row, 'first_id');
  const time = timeOf(row, 'time');
  const same = {
    kind: 'line',
    boot_id: names.bootId(source.boot),
    service: names.serviceName(source.service) || null,
    origin: source.origin,
    job_id: source.job,
    is_error: source.isError,
  } as const;
  const found: Found<LogLine>[] = [];
  let at = 0;
  for (const run of parseRuns(textOrNull(row, 'runs'), lines.length)) {
    const moment = time + BigInt(run.delta);
    const isWanted = (filter.since === null || moment >= filter.since) && (filter.until === null || moment < filter.until);
    const timestamp = isWanted ? formatTimestamp(moment) : '';
    for (let left = run.lines; left > 0; left -= 1, at += 1) {
      const line = lines[at];
      if (!isWanted || line === undefined || (text !== null && !text.matches(line))) continue;
      found.push({
        line: at,
        entry: { ...same, id: firstId + at, timestamp, text: line, ...rawOf(rawLines, at) },
        size: line.length + 200,
      });
    }
  }
  return found;
}

function rawOf(lines: readonly unknown[] | null, at: number): { readonly raw?: string } {
  const raw = lines?.[at] ?? null;
  if (raw !== null && typeof raw !== 'string') throw new Damage('the bytes of a line cannot be read');
  return raw === null ? {} : { raw };
}
