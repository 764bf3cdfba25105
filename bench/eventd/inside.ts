/**
 * Fills a store of eventd by itself and asks it, in a process with the flags of a daemon; prints what that took as JSON.
 *
 *   node inside.ts DIRECTORY RUNS
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EventStore } from '../../src/hosted/eventd/store/event-store.ts';
import type { IncomingRecord, LogFilter, ScanOptions } from '../../src/hosted/eventd/store/model.ts';
import { settings } from '../../src/hosted/eventd/store/open.ts';
import { layoutSql } from '../../src/hosted/eventd/store/schema.ts';
import { formatTimestamp } from '../../src/wire/timestamp.ts';
import { createRandom } from '../../test/support/random.ts';

export interface Found {
  /** MB/s, one for each run. */
  readonly ingest: readonly number[];
  readonly bare: readonly number[];
  /** Seconds of the processor for a gigabyte, of each run. */
  readonly cpu: readonly number[];
  readonly bareCpu: readonly number[];
  /** Thousands of lines in a second, each a burst of its own. */
  readonly singles: readonly number[];
  /** Longest transaction of each run, with what keeps the database to its size. */
  readonly longestMs: readonly number[];
  /** Milliseconds of each query, by its name; and the longest step of each. */
  readonly queries: Readonly<Record<string, readonly number[]>>;
  readonly steps: Readonly<Record<string, readonly number[]>>;
  readonly openMs: readonly number[];
  /** Resident when a tenth was stored, and when all was. */
  readonly memoryMb: readonly [number, number];
}

export const lineCount = 10_000_000;
export const searchedLines = 1_000_000;
const services = 200;
const burstLines = 655;
const burstMegabytes = 256;
const started = 1_767_225_600_000_000_000n;
const boot = { boot_id: '3e1f0a52-0f6c-4c53-8a0c-0d6a3c1f7f11', started_at: formatTimestamp(started) };

/** A millisecond lies between two lines. */
const timeOf = (id: number): bigint => started + BigInt(id) * 1_000_000n;
const textOf = (id: number): string => `request ${id} of /api/v1/items was answered with 200 in 12 ms by worker ${id % 16}`.padEnd(99, '.');

/** Made once: what the store takes by itself is measured, without what it takes to make lines. */
const fixedLines = Array.from({ length: burstLines }, (_, at) => [0, textOf(at)] as const);

function burst(service: number, firstId: number, lines: number, fixed?: typeof fixedLines): IncomingRecord {
  return {
    kind: 'log',
    origin: `service-${service}`,
    job_id: `5c1a7a4e-6a0b-4f2f-9b1e-${String(service).padStart(12, '0')}`,
    is_error: service % 7 === 0,
    first_id: firstId,
    first_timestamp: formatTimestamp(timeOf(firstId)),
    lines: fixed ?? Array.from({ length: lines }, (_, at) => [0, textOf(firstId + at)] as const),
  };
}

function timed(work: () => void): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function openNew(directory: string, maxBytes: number): EventStore {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  return EventStore.open({ directory, limits: { maxBytes, maxAgeSeconds: null } });
}

/** Bursts of 64 KB, 16 in a transaction, into a database that must make room for the latter half of them. */
function ingestBursts(directory: string): { readonly rate: number; readonly cpu: number; readonly longestMs: number } {
  const store = openNew(directory, (burstMegabytes / 2) * 1_000_000);
  let [ms, cpu, bytes, longestMs, id] = [0, 0, 0, 0, 1];
  while (bytes < burstMegabytes * 1_000_000) {
    const records = Array.from({ length: 16 }, (_, at) => burst(at, id + at * burstLines, burstLines, fixedLines));
    const cpuBefore = cpuMs();
    const took = timed(() => {
      store.ingest(boot, records);
      store.tidy();
    });
    ms += took;
    cpu += cpuMs() - cpuBefore;
    longestMs = Math.max(longestMs, took);
    id += 16 * burstLines;
    bytes += 16 * burstLines * 100;
  }
  store.close();
  return { rate: bytes / ms / 1000, cpu: (cpu / bytes) * 1e6, longestMs };
}

/** The same bytes, as they are, into a table of nothing else. */
function ingestBare(directory: string): { readonly bare: number; readonly bareCpu: number } {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, 'bare.db'));
  database.exec(`${layoutSql}; ${settings}; PRAGMA journal_mode = WAL; CREATE TABLE bare (seq INTEGER PRIMARY KEY, text BLOB NOT NULL)`);
  const insert = database.prepare('INSERT INTO bare (text) VALUES (?)');
  const text = Buffer.from(Array.from({ length: burstLines }, (_, at) => textOf(at)).join('\n'));
  let [ms, bytes] = [0, 0];
  const cpuBefore = cpuMs();
  while (bytes < burstMegabytes * 1_000_000) {
    ms += timed(() => {
      database.exec('BEGIN IMMEDIATE');
      for (let left = 16; left > 0; left -= 1) insert.run(text);
      database.exec('COMMIT');
    });
    bytes += 16 * burstLines * 100;
  }
  const bareCpu = ((cpuMs() - cpuBefore) / bytes) * 1e6;
  database.close();
  return { bare: bytes / ms / 1000, bareCpu };
}

/** Bursts of one line, of all services in turn, 500 in a transaction. */
function ingestSingles(directory: string): number {
  const store = openNew(directory, 1e9);
  let [ms, id] = [0, 1];
  while (id < 200_000) {
    const records = Array.from({ length: 500 }, (_, at) => burst((id + at) % services, id + at, 1));
    ms += timed(() => store.ingest(boot, records));
    id += 500;
  }
  store.close();
  return id / ms;
}

function memoryMb(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 1_000_000;
}

/** All lines, in bursts of one to sixty. */
function fill(store: EventStore): readonly [number, number] {
  let id = 1;
  let early = 0;
  const random = createRandom(1);
  store.ingest(boot, [burst(services, id, 1)]);
  for (id += 1; id <= lineCount; ) {
    const records: IncomingRecord[] = [];
    for (let at = 0; at < 20; at += 1) {
      const lines = 1 + random.below(60);
      records.push(burst(random.below(services), id, lines));
      id += lines;
    }
    store.ingest(boot, records);
    if (early === 0 && id > lineCount / 10) early = memoryMb();
  }
  return [early, memoryMb()];
}

const filter = (some: Partial<LogFilter>): LogFilter => ({
  services: null,
  jobs: null,
  operation: null,
  boot: null,
  since: null,
  until: null,
  text: null,
  ignoreCase: false,
  gaps: true,
  stream: null,
  readable: () => true,
  ...some,
});

const lately = { since: timeOf(lineCount - searchedLines) };
export const queries: Readonly<Record<string, readonly [Partial<LogFilter>, Partial<ScanOptions>, number]>> = {
  'the last 100 lines of one service': [{ services: ['service-31'] }, { most: 100 }, 100],
  'the only line of a service, the first of all': [{ services: [`service-${services}`] }, { most: 100 }, 1],
  'the last 100 lines of a service on stderr': [{ services: ['service-7'], stream: 'stderr' }, { most: 100 }, 100],
  'the first 100 lines since a time': [lately, { most: 100, order: 'oldest' }, 100],
  'a text among 1 million lines': [{ ...lately, text: `request ${lineCount - 5_000} ` }, {}, 1],
  'a text that is not there, among 1 million lines': [{ ...lately, text: 'request of nobody' }, {}, 0],
  'a text in any case, among 1 million lines': [{ ...lately, text: `REQUEST ${lineCount - 5_000} `, ignoreCase: true }, {}, 1],
};

function ask(store: EventStore, some: Partial<LogFilter>, options: Partial<ScanOptions>, expected: number): readonly [number, number] {
  let [found, longest] = [0, 0];
  const ms = timed(() => {
    const scan = store.logs(filter(some), { order: 'newest', after: null, most: null, ...options });
    for (let done = false; !done; ) {
      const begun = performance.now();
      const part = scan.step();
      longest = Math.max(longest, performance.now() - begun);
      found += part.entries.length;
      done = part.done;
    }
  });
  if (found !== expected) throw new Error(`${found} lines were found, not ${expected}`);
  return [ms, longest];
}

if (import.meta.main) {
  const [directory = '', runs = ''] = process.argv.slice(2);
  const times = Array.from({ length: Number(runs) });
  const rates = times.map(() => ({ ...ingestBursts(directory), ...ingestBare(directory), singles: ingestSingles(directory) }));
  let store = openNew(directory, 1e11);
  const memory = fill(store);
  const openMs = times.map(() => {
    store.close();
    return timed(() => {
      store = EventStore.open({ directory, limits: { maxBytes: 1e11, maxAgeSeconds: null } });
    });
  });
  const asked = Object.entries(queries).map(([name, query]) => [name, times.map(() => ask(store, ...query))] as const);
  store.close();
  const found: Found = {
    ingest: rates.map(({ rate }) => rate),
    bare: rates.map(({ bare }) => bare),
    cpu: rates.map(({ cpu }) => cpu),
    bareCpu: rates.map(({ bareCpu }) => bareCpu),
    singles: rates.map(({ singles }) => singles),
    longestMs: rates.map(({ longestMs }) => longestMs),
    queries: Object.fromEntries(asked.map(([name, each]) => [name, each.map(([ms]) => ms)])),
    steps: Object.fromEntries(asked.map(([name, each]) => [name, each.map(([, longest]) => longest)])),
    openMs,
    memoryMb: memory,
  };
  process.stdout.write(JSON.stringify(found));
}
