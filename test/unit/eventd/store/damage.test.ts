/** Databases that are not what they should be: whatever is in the file, eventd starts, takes records and answers. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Test } from 'tap';
import t from 'tap';
import { log as logEvent } from '../../../../gen/events/events.ts';
import { EventStore } from '../../../../src/hosted/eventd/store/event-store.ts';
import { StoreFailure } from '../../../../src/hosted/eventd/store/failures.ts';
import type { Seeded } from '../../../support/random.ts';
import { createRandom, seeded } from '../../../support/random.ts';
import {
  entriesOf,
  eventFilter,
  eventsOf,
  firstBoot,
  instant,
  log,
  logFilter,
  scanOptions,
  stamp,
  storeDirectory,
  textsOf,
  wide,
} from './fixture.ts';

const random = seeded();
const now = (): bigint => instant(0);

/** A database with something of everything, closed. */
function fill(directory: string): string {
  const store = EventStore.open({ directory, limits: wide, now });
  for (let round = 0; round < 30; round += 1) {
    const base = round * 400;
    store.ingest(firstBoot, [
      log(
        'web',
        base + 2,
        Array.from({ length: 390 }, (_, at) => `line ${at} of round ${round}`),
      ),
      log('db', base + 392, ['short'], { isError: true }),
      {
        kind: 'event',
        id: round * 2 + 2,
        timestamp: stamp(round),
        ...logEvent({ service: 'web', level: 'error', text: 'x'.repeat(round * 400) }),
      },
    ]);
  }
  store.close();
  return join(directory, 'events.db');
}

/** Everything that can be asked; a failure must be one of the store. */
function useAll(t: Test, store: EventStore): void {
  const uses: (() => unknown)[] = [
    () => store.hello(firstBoot),
    () => entriesOf(store.logs(logFilter(), scanOptions())),
    () =>
      entriesOf(store.logs(logFilter({ services: ['web'], text: 'ROUND', ignoreCase: true }), scanOptions({ order: 'newest', most: 900 }))),
    () => entriesOf(store.events(eventFilter({ severities: ['error'] }), scanOptions({ order: 'newest' }))),
    () => entriesOf(store.events(eventFilter(), scanOptions())),
    () => [store.boots(), store.storage()],
    () => store.ingest(firstBoot, [log('web', 50_000, ['new'])]),
    () => store.setLimits({ maxBytes: 100_000, maxAgeSeconds: null }),
    () => {
      for (let left = 1_000; left > 0 && store.tidy(); left -= 1);
    },
  ];
  for (const use of uses) {
    try {
      use();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
    }
  }
  store.setLimits(wide);
  t.strictSame(store.ingest(firstBoot, [log('web', 60_000, ['after all'])]).log, 60_000);
  t.strictSame(textsOf(store, { gaps: false }, { order: 'newest', most: 1 }), ['after all']);
}

function damage(one: Seeded, path: string): string {
  const bytes = readFileSync(path);
  const at = one.below(bytes.length);
  switch (one.below(5)) {
    case 0:
      truncateSync(path, at);
      return `cut at ${at}`;
    case 1: {
      const end = Math.min(bytes.length, at + 1 + one.below(9_000));
      for (let byte = at; byte < end; byte += 1) bytes[byte] = one.below(256);
      writeFileSync(path, bytes);
      return `noise from ${at} to ${end}`;
    }
    case 2:
      bytes.fill(0, at, Math.min(bytes.length, at + 8_192));
      writeFileSync(path, bytes);
      return `zeros from ${at}`;
    case 3: {
      // Into the beginning of a page, where its form is.
      const place = Math.min(bytes.length - 1, at - (at % 8_192) + one.below(40));
      bytes[place] = one.below(256);
      writeFileSync(path, bytes);
      return `a byte at ${place}`;
    }
    default: {
      for (let flips = 1 + one.below(20); flips > 0; flips -= 1) {
        const place = one.below(bytes.length);
        bytes[place] = (bytes[place] ?? 0) ^ (1 << one.below(8));
      }
      writeFileSync(path, bytes);
      return 'flipped bits';
    }
  }
}

t.test(`O-107 whatever a file holds, the store opens, answers, and takes records (PEINIT_SEED=${random.seed})`, async (t) => {
  const good = fill(storeDirectory(t));
  for (let run = 0; run < 150; run += 1) {
    const one: Seeded = { seed: random.seed, ...createRandom(random.seed + run) };
    const directory = storeDirectory(t);
    const path = join(directory, 'events.db');
    copyFileSync(good, path);
    const what = damage(one, path);
    const replaced: string[] = [];
    const store = EventStore.open({ directory, limits: wide, onReplaced: ({ path }) => replaced.push(basename(path)) });
    try {
      useAll(t, store);
    } catch (error) {
      t.fail(`run ${run}, ${what}: ${error instanceof Error ? error.stack : error}`);
    }
    t.strictSame(
      readdirSync(directory)
        .filter((name) => /damaged-\w+(-\d+)?$/.test(name))
        .sort(),
      replaced.sort().slice(-3),
      what,
    );
    store.close();
    rmSync(directory, { recursive: true });
    if (!t.passing()) return;
  }
});

t.test('O-107 a damaged database is kept beside a new one, and an event tells where', async (t) => {
  const directory = storeDirectory(t);
  const path = fill(directory);
  writeFileSync(path, 'no database at all');
  const replaced: unknown[] = [];
  const store = EventStore.open({ directory, limits: wide, now, onReplaced: (one) => replaced.push(one) });
  t.teardown(() => store.close());
  const aside = `${path}.damaged-20260101T000000Z`;
  t.strictSame(replaced, [{ path: aside, finding: 'file is not a database' }]);
  t.equal(readFileSync(aside, 'utf8'), 'no database at all');
  t.strictSame(store.hello(firstBoot), { log: 0, event: 0 });
  t.strictSame(entriesOf(store.events(eventFilter(), scanOptions())), [
    {
      kind: 'event',
      boot_id: firstBoot.boot_id,
      id: 0,
      event: 'event_store.replaced',
      timestamp: stamp(0),
      severity: 'error',
      payload: JSON.stringify({ path: aside, finding: 'file is not a database' }),
    },
  ]);
  t.strictSame(store.storage().moved_aside, [{ path: aside, bytes: 18, moved_at: stamp(0) }]);
  store.ingest(firstBoot, [log('web', 9, ['9'])]);
  t.strictSame(textsOf(store), ['[1-8]', '9'], 'what the damaged one has is missing here');
});

t.test('O-107 what is found damaged while records are taken goes aside, and the new one takes them', async (t) => {
  const directory = storeDirectory(t);
  const path = fill(directory);
  const store = EventStore.open({ directory, limits: wide, now });
  t.teardown(() => store.close());
  writeFileSync(path, Buffer.alloc(readFileSync(path).length, 0x5a));
  t.strictSame(
    store.ingest(firstBoot, [
      log(
        'web',
        20_000,
        Array.from({ length: 9 }, (_, at) => `${at}`),
      ),
    ]),
    { log: 20_008, event: 0 },
  );
  t.strictSame(textsOf(store), ['[1-19999]', '0', '1', '2', '3', '4', '5', '6', '7', '8']);
  t.strictSame(eventsOf(store), ['event_store.replaced 0']);
});

function other(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

function inPlace(path: string, make: () => void): void {
  rmSync(path);
  make();
}

/** The version that the format has for those who write it. */
function claimNewerFormat(path: string): void {
  const bytes = readFileSync(path);
  bytes[18] = 9;
  writeFileSync(path, bytes);
}

const directoryInPlace = (path: string): void =>
  inPlace(path, () => {
    mkdirSync(path);
    writeFileSync(join(path, 'x'), '');
  });

t.test('O-107 what is in the place of the database and is none goes aside too', async (t) => {
  const cases: [string, (path: string) => void, string][] = [
    ['another database', (path) => other(path, 'PRAGMA application_id = 5'), 'it is no database of eventd'],
    ['a newer version', (path) => other(path, 'PRAGMA user_version = 99'), 'it has version 99, and this eventd knows version 1'],
    ['other tables', (path) => other(path, 'DROP TABLE gap'), 'it has not the tables of eventd'],
    ['a header of a newer SQLite', claimNewerFormat, 'its header says that it may only be read'],
    ['an empty file', (path) => writeFileSync(path, ''), 'it is empty'],
    ['a directory', (path) => directoryInPlace(path), 'it is a directory'],
    ['a pipe with a name', (path) => inPlace(path, () => execFileSync('mkfifo', [path])), 'it is no file'],
  ];
  for (const [name, change, finding] of cases) {
    const directory = storeDirectory(t);
    const path = fill(directory);
    change(path);
    const findings: string[] = [];
    const store = EventStore.open({ directory, limits: wide, onReplaced: (one) => findings.push(one.finding) });
    t.strictSame(store.ingest(firstBoot, [log('a', 1, ['1'])]), { log: 1, event: 0 }, name);
    t.strictSame(findings, [finding]);
    store.close();
  }
});

t.test('O-107 of damaged databases the latest three are kept', async (t) => {
  const directory = storeDirectory(t);
  const path = join(directory, 'events.db');
  let seconds = 0;
  for (let time = 0; time < 5; time += 1) {
    writeFileSync(path, `damaged ${time}`);
    seconds += time < 3 ? 0 : 60;
    EventStore.open({ directory, limits: wide, now: () => instant(seconds) }).close();
  }
  const store = EventStore.open({ directory, limits: wide, now });
  t.teardown(() => store.close());
  t.strictSame(
    store.storage().moved_aside.map((one) => basename(one.path)),
    ['events.db.damaged-20260101T000200Z', 'events.db.damaged-20260101T000100Z', 'events.db.damaged-20260101T000000Z-3'],
  );
  t.ok(existsSync(path));
});
