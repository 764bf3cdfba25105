import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { jobCreated, jobEnded, serviceState } from '../../../../gen/events/events.ts';
import { StoreFailure } from '../../../../src/hosted/eventd/store/failures.ts';
import type { EventFilter, IncomingRecord, LogFilter } from '../../../../src/hosted/eventd/store/model.ts';
import {
  boot,
  entriesOf,
  eventFilter,
  eventsOf,
  firstBoot,
  instant,
  log,
  logFilter,
  openTestStore,
  partsOf,
  scanOptions,
  shown,
  storeDirectory,
  textsOf,
} from './fixture.ts';

t.test('EVT-011 events are found by what they are about', async (t) => {
  const store = openTestStore(t);
  const state = (id: number, service: string, to: 'active' | 'failed', job: string | null): IncomingRecord => ({
    kind: 'event',
    id,
    timestamp: '2026-01-01T00:00:00.000000000Z',
    ...serviceState({ service, from: 'starting', to, cause: to === 'failed' ? 'exit' : 'ready', job_id: job, operation_id: 'op' } as never),
  });
  store.ingest(firstBoot, [state(1, 'Web', 'active', 'j1'), state(2, 'db', 'failed', null), state(3, 'web', 'failed', 'j2')]);
  store.ingest(firstBoot, [
    log('web', 1, ['of j1'], { job: 'j1' }),
    log('web', 2, ['of j3'], { job: 'j3' }),
    log('db', 3, ['of j2'], { job: 'j2' }),
  ]);
  const name = 'service.state';
  t.strictSame(eventsOf(store, { services: ['WEB'] }), [`${name} 1`, `${name} 3`]);
  t.strictSame(eventsOf(store, { severities: ['error'] }), [`${name} 2`, `${name} 3`]);
  t.strictSame(eventsOf(store, { severities: ['error'], services: ['web'], jobs: ['j2'] }, { order: 'newest' }), [`${name} 3`]);
  t.strictSame(eventsOf(store, { causes: ['exit'], text: '"db"' }), [`${name} 2`]);
  t.strictSame(eventsOf(store, { names: ['service.*'], operation: 'op' }), [`${name} 1`, `${name} 2`, `${name} 3`]);
  t.strictSame(eventsOf(store, { names: ['job.*'] }), []);
  t.strictSame(eventsOf(store, { readable: () => false }), []);
});

t.test('O-124 the lines of an operation are those of the jobs that it made, not of the process that it ended', async (t) => {
  const store = openTestStore(t);
  const event = (id: number, said: Pick<Extract<IncomingRecord, { kind: 'event' }>, 'event' | 'payload'>): IncomingRecord =>
    ({ kind: 'event', id, timestamp: '2026-01-01T00:00:00.000000000Z', ...said }) as IncomingRecord;
  const made = (job_id: string, operation_id: string) => ({ job_id, service: 'web', operation_id });
  store.ingest(firstBoot, [
    event(1, jobCreated(made('old', 'start') as never)),
    event(2, serviceState({ service: 'web', from: 'active', to: 'stopping', job_id: 'old', operation_id: 'restart' } as never)),
    event(3, jobEnded(made('old', 'start') as never)),
    event(4, jobCreated(made('new', 'restart') as never)),
    // That one was made is lost, that it has ended is not.
    event(5, jobEnded(made('hook', 'restart') as never)),
  ]);
  store.ingest(firstBoot, [
    log('web', 1, ['hours of work'], { job: 'old' }),
    log('web/ExecStartPre[0]', 2, ['prepared'], { job: 'hook' }),
    log('web', 3, ['up again'], { job: 'new' }),
  ]);
  t.strictSame(textsOf(store, { operation: 'restart' }), ['prepared', 'up again']);
  t.strictSame(textsOf(store, { operation: 'start' }), ['hours of work']);
  t.strictSame(textsOf(store, { operation: 'none' }), []);
});

t.test('O-126 a scan knows whether something that was asked for is not for the reader', async (t) => {
  const store = openTestStore(t);
  const job = { job_id: 'of-open', service: 'open', operation_id: 'start' };
  store.ingest(firstBoot, [
    { kind: 'event', id: 1, timestamp: '2026-01-01T00:00:00.000000000Z', ...jobCreated(job as never) },
    log('open', 1, ['to all'], { job: 'of-open' }),
    log('secret', 2, ['to few'], { job: 'of-secret' }),
    log('jobs/7', 3, ['to its submitter'], { job: '7' }),
  ]);
  const hides = (filter: Partial<LogFilter>): boolean => store.logs(logFilter(filter), scanOptions()).hides;
  const isOpen = (service: string | null): boolean => service !== 'secret';
  t.equal(hides({}), false);
  t.equal(hides({ readable: isOpen }), true);
  t.equal(hides({ readable: (service) => service !== null }), true, 'ad-hoc jobs');
  t.equal(hides({ readable: isOpen, services: ['OPEN'] }), false, 'only what was asked for');
  t.equal(hides({ readable: isOpen, services: ['Secret'] }), true);
  t.equal(hides({ readable: isOpen, jobs: ['of-open', '7'] }), false);
  t.equal(hides({ readable: isOpen, jobs: ['of-secret'] }), true);
  t.equal(hides({ readable: isOpen, operation: 'start' }), false);
  const hidesEvents = (filter: Partial<EventFilter>): boolean => store.events(eventFilter(filter), scanOptions()).hides;
  t.equal(hidesEvents({}), false);
  t.equal(hidesEvents({ readable: () => false }), true);
  t.equal(hidesEvents({ readable: () => false, names: ['service.*'] }), false, 'there is none of that name');
  t.equal(hidesEvents({ readable: () => false, names: ['job.*'] }), true);
});

t.test('a cursor stays true while records come and go', async (t) => {
  const store = openTestStore(t);
  store.ingest(firstBoot, [log('a', 1, ['1', '2', '3']), log('b', 4, ['4'])]);
  const { cursor = '' } = partsOf(store.logs(logFilter(), scanOptions({ order: 'newest', most: 2 }))).at(-1) ?? {};
  store.ingest(firstBoot, [log('a', 5, ['5'])]);
  t.strictSame(textsOf(store, {}, { order: 'newest', after: cursor }), ['2', '1']);
  t.strictSame(textsOf(store, {}, { order: 'oldest', after: cursor }), ['3', '4', '5']);
  const clearing = store.clear({
    of: null,
    services: null,
    boot: null,
    until: null,
    mayClearLines: () => true,
    mayClearEvents: () => true,
  });
  while (!clearing.step().done);
  t.strictSame(textsOf(store, {}, { order: 'oldest', after: cursor }), []);
  store.ingest(firstBoot, [log('a', 6, ['6'])]);
  t.strictSame(textsOf(store, {}, { order: 'oldest', after: cursor }), ['6']);
});

t.test('all of a database is newer than a cursor of one before it', async (t) => {
  const before = openTestStore(t);
  before.ingest(firstBoot, [log('a', 1, ['1'])]);
  const { cursor = '' } = partsOf(before.logs(logFilter(), scanOptions())).at(-1) ?? {};
  const store = openTestStore(t);
  store.ingest(firstBoot, [log('a', 1, ['1', '2'])]);
  t.strictSame(textsOf(store, {}, { order: 'oldest', after: cursor }), ['1', '2']);
  t.strictSame(textsOf(store, {}, { order: 'newest', after: cursor }), []);
  t.throws(() => store.logs(logFilter(), scanOptions({ after: 'x' })), StoreFailure);
});

t.test('a scan ends at what was there when it began, and its head is where a follower goes on', async (t) => {
  const store = openTestStore(t);
  store.ingest(firstBoot, [log('a', 1, ['1'])]);
  const scan = store.logs(logFilter(), scanOptions());
  store.ingest(firstBoot, [log('a', 2, ['2'])]);
  t.strictSame(entriesOf(scan).map(shown), ['1']);
  t.strictSame(textsOf(store, {}, { after: scan.head }), ['2']);
});

t.test('parts are of bounded size, and each step is short, however little matches', async (t) => {
  const store = openTestStore(t);
  const line = 'x'.repeat(100);
  for (let burst = 0; burst < 300; burst += 1) {
    store.ingest(firstBoot, [
      log(
        burst % 2 === 0 ? 'a' : 'b',
        1 + burst * 500,
        Array.from({ length: 500 }, () => line),
      ),
    ]);
  }
  const parts = partsOf(store.logs(logFilter({ services: ['a'] }), scanOptions()));
  t.equal(parts.flatMap(({ entries }) => entries).length, 75_000);
  t.ok(
    parts.every(({ entries }) => entries.length <= 512),
    'no part is large',
  );
  const nothing = partsOf(store.logs(logFilter({ text: 'y' }), scanOptions({ order: 'newest' })));
  t.ok(nothing.length > 1, 'what finds nothing takes more than one step');
  t.ok(nothing.every(({ entries }) => entries.length === 0));
});

t.test('a boot is found by its name, also one that comes again', async (t) => {
  const store = openTestStore(t);
  const second = boot('second');
  store.ingest(firstBoot, [log('a', 1, ['1'])]);
  store.ingest(second, [log('a', 1, ['one'])]);
  store.ingest(firstBoot, [log('a', 2, ['2'])]);
  t.strictSame(textsOf(store, { boot: firstBoot.boot_id }), ['1', '2']);
  t.strictSame(textsOf(store, { boot: 'second' }), ['one']);
  t.strictSame(textsOf(store, { boot: 'none' }), []);
  t.strictSame(store.boots(), [
    { ...second, last_at: '2026-01-01T00:00:01.000000000Z', lines: 1, events: 0 },
    { ...firstBoot, last_at: '2026-01-01T00:00:02.000000000Z', lines: 2, events: 0 },
  ]);
});

t.test('times are found although the clock was set back', async (t) => {
  const store = openTestStore(t);
  store.ingest(firstBoot, [log('a', 1, ['at 1000'], { seconds: 1000 })]);
  store.ingest(firstBoot, [log('a', 2, ['at 100'], { seconds: 100 })]);
  store.ingest(firstBoot, [log('a', 3, ['at 1010'], { seconds: 1010 })]);
  t.strictSame(textsOf(store, { since: instant(1000) }), ['at 1000', 'at 1010']);
  t.strictSame(textsOf(store, { since: instant(100), until: instant(1000) }), ['at 100']);
  t.strictSame(textsOf(store, { until: instant(50) }), []);
  t.strictSame(textsOf(store, { since: instant(2000) }), []);
});

t.test('every lane of a query goes by its index', async (t) => {
  const directory = storeDirectory(t);
  const store = openTestStore(t, { directory });
  store.close();
  const database = new DatabaseSync(join(directory, 'events.db'));
  t.teardown(() => database.close());
  const planOf = (sql: string): string =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row['detail']))
      .join('; ');
  for (const [table, column] of [
    ['burst', 'channel'],
    ['burst', 'source'],
    ['event', 'severity'],
    ['event', 'job'],
  ]) {
    t.match(
      planOf(
        `SELECT seq FROM ${table} INDEXED BY ${table}_by_${column} WHERE ${column} = ? AND seq BETWEEN ? AND ? ` +
          'ORDER BY seq DESC LIMIT 1 OFFSET 63',
      ),
      new RegExp(`^SEARCH ${table} USING COVERING INDEX ${table}_by_${column} \\(${column}=\\? AND rowid>\\? AND rowid<\\?\\)$`),
    );
  }
});
