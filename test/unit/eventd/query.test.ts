import { setImmediate as nextRound } from 'node:timers/promises';
import t from 'tap';
import type { Found, Question } from '../../../src/hosted/eventd/serve/query.ts';
import { Query } from '../../../src/hosted/eventd/serve/query.ts';
import { Slices } from '../../../src/hosted/eventd/serve/slices.ts';
import { StoreFailure } from '../../../src/hosted/eventd/store/failures.ts';
import type { Scan, ScanOptions } from '../../../src/hosted/eventd/store/model.ts';

interface Line {
  readonly kind: 'line';
  readonly id: number;
}
const line = (id: number): Line => ({ kind: 'line', id });

/** A store of lines, two in each part; a cursor is how many lie before it. */
function fakeStore() {
  const lines: Line[] = [];
  const asked: ScanOptions[] = [];
  return {
    lines,
    asked,
    scan(options: ScanOptions): Scan<Line> {
      asked.push(options);
      const end = lines.length;
      let left = options.most ?? Number.POSITIVE_INFINITY;
      let place = options.after === null ? (options.order === 'newest' ? end : 0) : Number(options.after);
      return {
        head: String(end),
        hides: false,
        step() {
          const size = Math.min(2, left);
          const entries =
            options.order === 'newest'
              ? lines.slice(Math.max(0, place - size), place).reverse()
              : lines.slice(place, Math.min(end, place + size));
          place += options.order === 'newest' ? -entries.length : entries.length;
          left -= entries.length;
          return { entries, done: left === 0 || (options.order === 'newest' ? place === 0 : place >= end), cursor: String(place) };
        },
      };
    },
  };
}

function rig(question: Partial<Question<Line>>, count: number) {
  const store = fakeStore();
  for (let id = 1; id <= count; id++) store.lines.push(line(id));
  const slices = new Slices();
  const found: Found<Line>[] = [];
  const failures: unknown[] = [];
  const state = { congested: false, over: 0 };
  const query = new Query<Line>(
    { order: 'oldest', after: null, most: null, follow: false, scan: (options) => store.scan(options), ...question },
    {
      user: 1,
      get congested() {
        return state.congested;
      },
      found: (part) => void found.push(part),
      failed: (error) => void failures.push(error),
      over: () => void state.over++,
    },
    slices,
  );
  const ids = (): readonly (readonly number[])[] =>
    found.map(({ entries }) => entries.map((entry) => (entry.kind === 'line' ? entry.id : 0)));
  const rounds = async (): Promise<void> => {
    for (let round = 0; round < 20; round++) await nextRound();
  };
  return { store, found, failures, state, query, ids, rounds };
}

t.test('parts come until all is told, each with its cursor', async (t) => {
  const { found, state, rounds } = rig({}, 3);
  await rounds();
  t.strictSame(found, [
    { entries: [line(1), line(2)], more: true, caught_up: false, cursor: '2' },
    { entries: [line(3)], more: false, caught_up: true, cursor: '3' },
  ]);
  t.equal(state.over, 1);
});

t.test('nothing found is told as well', async (t) => {
  const { found, rounds } = rig({}, 0);
  await rounds();
  t.strictSame(found, [{ entries: [], more: false, caught_up: true, cursor: '0' }]);
});

t.test('who follows is told all that is stored, and then what is stored later', async (t) => {
  const { store, found, query, state, ids, rounds } = rig({ follow: true }, 3);
  await rounds();
  t.strictSame(ids(), [[1, 2], [3]]);
  t.strictSame(found.at(-1), { entries: [line(3)], more: true, caught_up: true, cursor: '3' });
  query.stored();
  await rounds();
  t.equal(found.length, 2, 'what is not for the reader is no part');
  store.lines.push(line(4));
  query.stored();
  await rounds();
  t.strictSame(found.at(-1), { entries: [line(4)], more: true, caught_up: true, cursor: '4' });
  query.end();
  store.lines.push(line(5));
  query.stored();
  await rounds();
  t.strictSame([found.length, state.over], [3, 0]);
});

t.test('what is stored while parts are on their way is told behind them, once', async (t) => {
  const { store, query, ids, rounds } = rig({ follow: true }, 5);
  await nextRound();
  store.lines.push(line(6), line(7));
  query.stored();
  await rounds();
  t.strictSame(ids().flat(), [1, 2, 3, 4, 5, 6, 7]);
});

t.test('the latest and all that follows come as they were written', async (t) => {
  const { store, query, ids, rounds, found } = rig({ follow: true, order: 'newest', most: 3 }, 9);
  await rounds();
  t.strictSame(ids().flat(), [7, 8, 9]);
  store.lines.push(line(10));
  query.stored();
  await rounds();
  t.strictSame(ids().flat(), [7, 8, 9, 10]);
  t.ok(found.every(({ more }) => more));
});

t.test('of none of those that are stored, only what follows comes', async (t) => {
  const { store, query, ids, rounds } = rig({ follow: true, order: 'newest', most: 0 }, 4);
  await rounds();
  t.strictSame(ids(), [[]]);
  store.lines.push(line(5));
  query.stored();
  await rounds();
  t.strictSame(ids().flat(), [5]);
});

t.test('who goes on following behind a cursor is told what came after it', async (t) => {
  const { ids, rounds } = rig({ follow: true, order: 'newest', after: '2' }, 4);
  await rounds();
  t.strictSame(ids().flat(), [3, 4]);
});

t.test('newest first, so many and no more', async (t) => {
  const { ids, found, rounds } = rig({ order: 'newest', most: 3 }, 9);
  await rounds();
  t.strictSame(ids(), [[9, 8], [7]]);
  t.strictSame(found.at(-1)?.more, false);
});

t.test('a reader that has to read first is asked nothing of, and goes on where it was', async (t) => {
  const { store, state, query, ids, rounds } = rig({ follow: true }, 4);
  state.congested = true;
  await rounds();
  t.strictSame([ids(), store.asked.length], [[], 0]);
  for (let id = 5; id < 100; id++) store.lines.push(line(id));
  query.stored();
  await rounds();
  t.strictSame(ids(), []);
  state.congested = false;
  query.drained();
  await rounds();
  await rounds();
  t.strictSame(
    ids().flat(),
    Array.from({ length: 99 }, (_, index) => index + 1),
  );
});

t.test('who may read no more is told so, in the midst of it', async (t) => {
  let may = true;
  const store = fakeStore();
  const { query, failures, state, rounds } = rig(
    {
      follow: true,
      scan(options) {
        if (!may) throw new Error('denied');
        return store.scan(options);
      },
    },
    0,
  );
  await rounds();
  may = false;
  query.renew();
  await rounds();
  t.strictSame([failures.map(String), state.over], [['Error: denied'], 1]);
});

t.test('who follows and was overtaken by what is deleted is told so; who only begins at an old place is not', async (t) => {
  const store = fakeStore();
  const asked: boolean[] = [];
  let isDeleted = false;
  const { query, failures, state, rounds } = rig(
    {
      follow: true,
      after: '0',
      scan(options, isFollowing) {
        asked.push(isFollowing);
        if (isFollowing && isDeleted) throw new Error('too slow');
        return store.scan(options);
      },
    },
    0,
  );
  await rounds();
  query.stored();
  await rounds();
  t.strictSame([asked, failures], [[false, true], []]);
  isDeleted = true;
  query.stored();
  await rounds();
  t.strictSame([failures.map(String), state.over], [['Error: too slow'], 1]);
});

t.test('a database that was replaced meanwhile is asked once more, and a failure after that is told', async (t) => {
  const failing = { steps: 1 };
  const store = fakeStore();
  store.lines.push(line(1));
  const scan = (options: ScanOptions): Scan<Line> => {
    const inner = store.scan(options);
    return {
      head: inner.head,
      hides: inner.hides,
      step() {
        failing.steps -= 1;
        if (failing.steps >= 0) throw new StoreFailure('replaced', 'ask again');
        return inner.step();
      },
    };
  };
  const good = rig({ scan }, 0);
  await good.rounds();
  t.strictSame([good.ids(), good.failures], [[[1]], []]);
  failing.steps = 2;
  const bad = rig({ scan }, 0);
  await bad.rounds();
  t.strictSame([bad.ids(), bad.failures.map(String)], [[], ['StoreFailure: replaced']]);
});
