import t from 'tap';
import { log as logEvent } from '../../../../gen/events/events.ts';
import type { IncomingRecord } from '../../../../src/hosted/eventd/store/model.ts';
import { boot, entriesOf, eventsOf, firstBoot, log, logFilter, openTestStore, partsOf, scanOptions, stamp, textsOf } from './fixture.ts';

const event = (id: number): IncomingRecord => ({
  kind: 'event',
  id,
  timestamp: stamp(id),
  ...logEvent({ service: null, level: 'info', text: `${id}` }),
});
const dropped = (of: 'log' | 'event', from: number, to: number): IncomingRecord => ({
  kind: 'dropped',
  of,
  from,
  to,
  count: to - from + 1,
});

t.test('WIRE-041 a line comes back with everything that was told of it', async (t) => {
  const store = openTestStore(t);
  const acked = store.ingest(firstBoot, [
    {
      kind: 'log',
      origin: 'jellyfin/ExecStartPre[0]',
      job_id: 'job',
      is_error: true,
      first_id: 1,
      first_timestamp: stamp(1),
      lines: [
        [0, 'Größe 🦆'],
        [-2_000_000_000, ''],
        [1_500_000_000, 'caf\ufffd\0'],
      ],
      raw: [null, null, 'Y2Fm6QA='],
    },
  ]);
  t.strictSame(acked, { log: 3, event: 0 });
  const common = {
    kind: 'line',
    boot_id: firstBoot.boot_id,
    service: 'jellyfin',
    origin: 'jellyfin/ExecStartPre[0]',
    job_id: 'job',
    is_error: true,
  };
  t.strictSame(entriesOf(store.logs(logFilter(), scanOptions())), [
    { ...common, id: 1, timestamp: stamp(1), text: 'Größe 🦆' },
    { ...common, id: 2, timestamp: stamp(-1), text: '' },
    { ...common, id: 3, timestamp: stamp(2.5), text: 'caf\ufffd\0', raw: 'Y2Fm6QA=' },
  ]);
});

t.test('WIRE-041 what is sent again is stored once, and what is partly there is clipped', async (t) => {
  const store = openTestStore(t);
  store.ingest(firstBoot, [log('a', 1, ['1', '2', '3']), event(1)]);
  const acked = store.ingest(firstBoot, [log('a', 1, ['1', '2']), log('a', 2, ['2', '3', '4']), event(1), event(2)]);
  t.strictSame(acked, { log: 4, event: 2 });
  t.strictSame(textsOf(store), ['1', '2', '3', '4']);
  t.strictSame(eventsOf(store), ['log 1', 'log 2']);
  t.strictSame(store.hello(firstBoot), { log: 4, event: 2 });
  t.strictSame(store.hello(boot('another')), { log: 0, event: 0 });
});

t.test('LOG-012 what process 1 dropped is told where it is missing, and a gap that is told twice is one', async (t) => {
  const store = openTestStore(t);
  store.ingest(firstBoot, [log('a', 1, ['1', '2']), dropped('log', 3, 5), dropped('event', 1, 2), event(3)]);
  const acked = store.ingest(firstBoot, [dropped('log', 4, 6), log('a', 7, ['7'])]);
  t.strictSame(acked, { log: 7, event: 3 });
  t.strictSame(textsOf(store), ['1', '2', '[3-5]', '[6-6]', '7']);
  t.strictSame(textsOf(store, {}, { order: 'newest' }), ['7', '[6-6]', '[3-5]', '2', '1']);
  t.strictSame(eventsOf(store), ['[1-2]', 'log 3']);
});

t.test('LOG-012 ids that are jumped over are missing too', async (t) => {
  const store = openTestStore(t);
  store.ingest(firstBoot, [log('a', 4, ['4']), event(2)]);
  t.strictSame(textsOf(store), ['[1-3]', '4']);
  t.strictSame(eventsOf(store), ['[1-1]', 'log 2']);
});

t.test('bursts of one stream that follow upon each other share a row', async (t) => {
  const store = openTestStore(t);
  const acked = store.ingest(firstBoot, [
    log('a', 1, ['1'], { seconds: 1 }),
    log('a', 2, ['2', '3'], { seconds: 5 }),
    log('b', 4, ['4'], { seconds: 6 }),
    log('a', 5, ['5'], { seconds: 7 }),
  ]);
  t.strictSame(acked, { log: 5, event: 0 });
  const found = entriesOf(store.logs(logFilter(), scanOptions())).map((entry) => entry.kind === 'line' && [entry.id, entry.timestamp]);
  t.strictSame(found, [
    [1, stamp(1)],
    [2, stamp(5)],
    [3, stamp(5)],
    [4, stamp(6)],
    [5, stamp(7)],
  ]);
  const cursor = partsOf(store.logs(logFilter(), scanOptions({ most: 3 }))).at(-1)?.cursor ?? null;
  t.match(cursor, /-1-3$/, 'three lines are in the first row');
});

t.test('a line feed within a line makes no two lines of it', async (t) => {
  const store = openTestStore(t);
  store.ingest(firstBoot, [log('a', 1, ['one\ntwo', 'three'])]);
  t.strictSame(textsOf(store), ['one\u2424two', 'three']);
});

t.test('a time that there is no room for is stored as the farthest there is, and harms nothing', async (t) => {
  const store = openTestStore(t);
  const at = (id: number, first_timestamp: string, delta: number): IncomingRecord => ({
    ...(log('a', id, ['x']) as Extract<IncomingRecord, { readonly kind: 'log' }>),
    first_timestamp,
    lines: [[delta, `${id}`]],
  });
  const times = ['9999-12-31T23:59:59.999999999Z', '0000-01-01T00:00:00.000000000Z', '2026-02-30T00:00:00.000000000Z', 'no time'];
  const records = times.flatMap((time, index) => [
    at(2 * index + 1, time, Number.MAX_SAFE_INTEGER),
    at(2 * index + 2, time, -Number.MAX_SAFE_INTEGER),
  ]);
  t.strictSame(store.ingest(firstBoot, records), { log: 8, event: 0 });
  t.strictSame(textsOf(store), ['1', '2', '3', '4', '5', '6', '7', '8']);
  t.strictSame(textsOf(store, { since: 253_402_300_799_000_000_000n }), []);
  t.strictSame(textsOf(store, { since: 9_000_000_000_000_000_000n }), ['1', '2']);
});
