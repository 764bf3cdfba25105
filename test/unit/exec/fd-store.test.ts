import t from 'tap';
import { createFdStore } from '../../../src/exec/fd-store.ts';

function createScene(maxOfAll?: number) {
  const closed: number[] = [];
  const store = createFdStore({ close: (fd) => closed.push(fd) }, maxOfAll);
  const keep = (descriptors: readonly number[], name: string | null = 'n', max = 2) =>
    store.store({ key: 'web', name, descriptors, pollOff: false, max });
  const names = (): string[] => store.entries('web').map((entry) => `${entry.name}=${entry.fd}`);
  return { closed, store, keep, names };
}

t.test('FDS-001 without FdStoreMax every descriptor is closed and refused as disabled', async (t) => {
  const { closed, keep, names } = createScene();
  t.strictSame(keep([7, 8], 'n', 0), ['disabled', 'disabled']);
  t.strictSame(closed, [7, 8]);
  t.strictSame(names(), []);
});

t.test('FDS-002 FDS-003 each descriptor of a message is judged by itself against the limit, and what is there stays', async (t) => {
  const { closed, keep, names } = createScene();
  t.strictSame(keep([7, 8, 9]), ['full']);
  t.strictSame(closed, [9]);
  t.strictSame(names(), ['n=7', 'n=8']);
});

t.test('FDS-004 FDS-005 the name is stored when none is given, illegal names are refused, and several may share one', async (t) => {
  const { closed, keep, names } = createScene();
  keep([3], null, 9);
  keep([4], '', 9);
  keep([5], 'a', 9);
  keep([6], 'a', 9);
  t.strictSame(names(), ['stored=3', 'stored=4', 'a=5', 'a=6']);
  for (const name of ['a:b', 'a\u0001', 'ä', 'x'.repeat(256)]) t.strictSame(keep([10], name, 9), ['invalid_name']);
  t.strictSame(closed, [10, 10, 10, 10]);
  t.strictSame(keep([11], 'x'.repeat(255), 9), []);
});

t.test('FDS-008 removing closes all of that name, and a name that is not there is no error', async (t) => {
  const { closed, store, keep, names } = createScene();
  keep([3, 4], 'a', 9);
  keep([5], 'b', 9);
  store.remove('web', 'a');
  store.remove('web', 'nobody');
  t.strictSame(closed, [3, 4]);
  t.strictSame(names(), ['b=5']);
  store.remove('web', 'b');
  t.strictSame(names(), [], 'the last one of a service');
  keep([6], 'b');
  t.strictSame(names(), ['b=6']);
});

t.test('a descriptor is kept with what was said of polling', async (t) => {
  const { store } = createScene();
  for (const pollOff of [true, false]) store.store({ key: 'web', name: 'n', descriptors: [Number(pollOff)], pollOff, max: 9 });
  t.strictSame(store.entries('web'), [
    { fd: 1, name: 'n', pollOff: true },
    { fd: 0, name: 'n', pollOff: false },
  ]);
});

t.test('FDS-012 clearing closes everything', async (t) => {
  const { closed, store, keep, names } = createScene();
  keep([3, 4]);
  store.clear('web');
  t.strictSame(closed, [3, 4]);
  t.strictSame(names(), []);
});

t.test('FDS-002 all services together keep no more than peinit can spare, and what one gives up another may keep', async (t) => {
  const { closed, store, keep } = createScene(3);
  const other = (fd: number) => store.store({ key: 'db', name: 'n', descriptors: [fd], pollOff: false, max: 9 });
  t.strictSame(keep([3, 4], 'n', 9), []);
  t.strictSame(other(5), []);
  t.strictSame(other(6), ['full']);
  t.strictSame(closed, [6]);
  store.remove('web', 'n');
  t.strictSame(other(7), []);
  t.strictSame(other(8), []);
  t.strictSame(other(9), ['full']);
  store.clear('db');
  t.strictSame(keep([10, 11, 12, 13], 'n', 9), ['full']);
});
