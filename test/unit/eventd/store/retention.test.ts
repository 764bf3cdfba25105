import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { log as logEvent } from '../../../../gen/events/events.ts';
import type { EventStore } from '../../../../src/hosted/eventd/store/event-store.ts';
import { boot, eventsOf, firstBoot, instant, log, openTestStore, stamp, storeDirectory, textsOf } from './fixture.ts';

const settle = (store: EventStore): void => {
  while (store.tidy());
};

const mebibyte = 1_048_576;
/** So many lines of 1000 bytes in one burst. */
const block = (first: number, count: number, seconds = first): ReturnType<typeof log> =>
  log(
    `s${first % 5}`,
    first,
    Array.from({ length: count }, (_, at) => `${first + at}`.padEnd(999, '.')),
    { seconds },
  );
const firstNumber = (store: EventStore): number => Number.parseInt(textsOf(store, { gaps: false }, { most: 1 })[0] ?? '', 10);

t.test('O-108 the database keeps to its size, the oldest records make way, and the file does not grow', async (t) => {
  const directory = storeDirectory(t);
  const store = openTestStore(t, { directory, limits: { maxBytes: 8 * mebibyte, maxAgeSeconds: null } });
  let largest = 0;
  for (let id = 1; id < 40_000; id += 50) {
    store.ingest(firstBoot, [block(id, 50)]);
    store.tidy();
    largest = Math.max(largest, statSync(join(directory, 'events.db')).size);
  }
  settle(store);
  t.ok(largest < 14 * mebibyte, `the file had ${largest} bytes`);
  t.ok(store.storage().bytes < 24 * mebibyte, 'its log is bounded too');
  const numbers = textsOf(store).map((text) => Number.parseInt(text, 10));
  const [oldest = 0] = numbers;
  t.ok(oldest > 30_000 && oldest < 37_000, `the oldest is ${oldest}`);
  t.strictSame(
    numbers,
    Array.from({ length: 40_000 - oldest + 1 }, (_, at) => oldest + at),
    'the newest are all there',
  );
  t.equal(store.storage().lines, numbers.length);
  t.strictSame(store.hello(firstBoot), { log: 40_000, event: 0 }, 'what made way does not come again');
});

t.test('O-108 a flood without a pause for upkeep does not outgrow the limit', async (t) => {
  const directory = storeDirectory(t);
  const store = openTestStore(t, { directory, limits: { maxBytes: 8 * mebibyte, maxAgeSeconds: null } });
  for (let id = 1; id < 60_000; id += 2_000) store.ingest(firstBoot, [block(id, 1_000), block(id + 1_000, 1_000)]);
  for (let id = 60_001; id < 260_000; id += 5_000) {
    store.ingest(
      firstBoot,
      Array.from({ length: 5_000 }, (_, at) => log(`s${at % 2}`, id + at, [`${id + at}`])),
    );
  }
  t.ok(statSync(join(directory, 'events.db')).size < 16 * mebibyte);
});

t.test('O-108 when the limit is lowered, the file shrinks by itself', async (t) => {
  const directory = storeDirectory(t);
  const store = openTestStore(t, { directory });
  for (let id = 1; id < 30_000; id += 1_000) store.ingest(firstBoot, [block(id, 1_000)]);
  store.setLimits({ maxBytes: 4 * mebibyte, maxAgeSeconds: null });
  settle(store);
  store.close();
  t.ok(statSync(join(directory, 'events.db')).size < 9 * mebibyte);
});

/** A store that keeps records for 1000 seconds, and its clocks. */
function ageing(t: Test) {
  const limits = { maxBytes: 1 << 30, maxAgeSeconds: 1_000 };
  const clock = { seconds: 100, minutes: 0 };
  const store = openTestStore(t, { limits, now: () => instant(clock.seconds), monotonicMs: () => clock.minutes * 60_000 });
  const pass = (minutes: number): void => {
    settle(store);
    clock.minutes += minutes;
    clock.seconds += minutes * 60;
    settle(store);
  };
  return { store, clock, pass };
}

t.test('O-108 what is too old goes, also what came before a clock that was wrong', async (t) => {
  const { store, clock, pass } = ageing(t);
  const event = { kind: 'event', id: 1, timestamp: stamp(1), ...logEvent({ service: null, level: 'info', text: '' }) } as const;
  store.ingest(boot('old'), [log('a', 1, ['1'], { seconds: 0 }), event]);
  store.ingest(firstBoot, [log('a', 1, ['from ahead'], { seconds: 1e8 }), log('a', 2, ['2'], { seconds: 90 })]);
  store.ingest(firstBoot, [log('a', 3, ['3'], { seconds: 2_000 })]);
  pass(15);
  t.strictSame(textsOf(store), ['1', 'from ahead', '2', '3']);
  clock.seconds = 2_030;
  pass(0);
  pass(14);
  t.strictSame(textsOf(store), ['1', 'from ahead', '2', '3'], 'a clock that was just set says nothing');
  pass(1);
  t.strictSame([textsOf(store), eventsOf(store)], [['3'], []]);
  t.strictSame(
    store.boots().map(({ boot_id, lines }) => [boot_id, lines]),
    [[firstBoot.boot_id, 1]],
    'a boot of which nothing is left is forgotten',
  );
});

t.test('O-123 a clock that jumps ahead and comes back costs nothing, however often eventd looks meanwhile', async (t) => {
  const { store, clock, pass } = ageing(t);
  pass(20);
  store.ingest(firstBoot, [log('a', 1, ['1'], { seconds: clock.seconds })]);
  const before = clock.seconds;
  clock.seconds += 1e9;
  for (let minute = 0; minute < 14; minute += 1) pass(1);
  store.ingest(firstBoot, [log('a', 2, ['2'], { seconds: clock.seconds })]);
  clock.seconds = before;
  pass(0);
  store.ingest(firstBoot, [log('a', 3, ['3'], { seconds: clock.seconds })]);
  pass(16);
  t.strictSame(textsOf(store), ['1', '2', '3']);
});

t.test('O-123 records of a clock that was ahead from the beginning are as old as what came after them', async (t) => {
  const { store, clock, pass } = ageing(t);
  store.ingest(firstBoot, [log('a', 1, ['1'], { seconds: 2e9 })]);
  pass(20);
  t.strictSame(textsOf(store), ['1'], 'nothing else is there');
  store.ingest(firstBoot, [log('a', 2, ['2'], { seconds: clock.seconds })]);
  pass(10);
  t.strictSame(textsOf(store), ['1', '2']);
  store.ingest(firstBoot, [log('a', 3, ['3'], { seconds: clock.seconds })]);
  pass(10);
  t.strictSame(textsOf(store), ['3'], 'they go with it');
});

t.test('O-123 one record of a clock that was behind takes nothing with it', async (t) => {
  const { store, clock, pass } = ageing(t);
  pass(60);
  store.ingest(firstBoot, [log('a', 1, ['1'], { seconds: clock.seconds }), log('a', 2, ['of 1970'], { seconds: -1.7e9 })]);
  pass(2);
  t.strictSame(textsOf(store), ['1', 'of 1970']);
  t.strictSame(textsOf(store, { since: instant(clock.seconds - 600) }), ['1']);
});

t.test('O-108 retention is made of small pieces, between which records are taken', async (t) => {
  const store = openTestStore(t);
  for (let id = 1; id < 30_000; id += 1_000) store.ingest(firstBoot, [block(id, 1_000)]);
  store.setLimits({ maxBytes: 4 * mebibyte, maxAgeSeconds: null });
  let pieces = 0;
  let next = 30_001;
  for (let before = firstNumber(store); store.tidy(); before = firstNumber(store)) {
    pieces += 1;
    t.ok(firstNumber(store) - before <= 4_000, 'a piece is small');
    store.ingest(firstBoot, [log('a', next, [`${next}`])]);
    next += 1;
  }
  t.ok(pieces > 5, `there were ${pieces}`);
  t.strictSame(textsOf(store, {}, { order: 'newest', most: 1 }), [`${next - 1}`]);
});

t.test('O-108 sources of which nothing is left are forgotten, and those that come again are known anew', async (t) => {
  const store = openTestStore(t, { limits: { maxBytes: 2 * mebibyte, maxAgeSeconds: null } });
  const job = (number: number): string => `job ${number}`;
  for (let id = 1; id < 20_000; id += 10) {
    const lines = Array.from({ length: 10 }, (_, at) => `${id + at}`.padEnd(999, '.'));
    store.ingest(firstBoot, [log('s', id, lines, { job: job(Math.floor(id / 1_000)) })]);
    store.tidy();
  }
  settle(store);
  t.strictSame(textsOf(store, { jobs: [job(3)] }), []);
  store.ingest(firstBoot, [log('s', 20_001, ['again'], { job: job(3) })]);
  t.strictSame(textsOf(store, { jobs: [job(3)] }), ['again']);
  const newest = textsOf(store, { jobs: [job(19)] }, { order: 'newest', most: 1 });
  t.strictSame(newest, ['20000'.padEnd(999, '.')]);
});
