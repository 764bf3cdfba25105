import t from 'tap';
import { createFdStore } from '../../../src/exec/fd-store.ts';

/** `same`: what the kernel says of two descriptors; by their last digit when left out. */
function createScene(maxOfAll = 99, same?: number) {
  const closed: number[] = [];
  const warnings: string[] = [];
  const compareDescriptions = (fd: number, other: number): number => same ?? (fd % 10 === other % 10 ? 0 : fd % 10 < other % 10 ? 1 : 2);
  const kernel = { closeAside: (fd: number) => closed.push(fd), compareDescriptions };
  const store = createFdStore({ kernel, maxOfAll, warn: (text) => void warnings.push(text) });
  const keep = (descriptors: readonly number[], name: string | null = 'n', max = 2, once = false) =>
    store.store({ key: 'web', name, descriptors, pollOff: false, max, once });
  const names = (): string[] => store.entries('web').map((entry) => `${entry.name}=${entry.fd}`);
  return { closed, warnings, store, keep, names };
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
  for (const pollOff of [true, false]) store.store({ key: 'web', name: 'n', descriptors: [Number(pollOff)], pollOff, max: 9, once: false });
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
  const other = (fd: number) => store.store({ key: 'db', name: 'n', descriptors: [fd], pollOff: false, max: 9, once: false });
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

t.test('O-23 with FdStoreKeep what is kept already is not kept twice, whatever it is called and however full the store is', async (t) => {
  const { closed, warnings, keep, names } = createScene();
  t.strictSame(keep([1, 2], 'a', 2, true), []);
  t.strictSame(keep([12], 'b', 2, true), []);
  t.strictSame(keep([22, 3], 'a', 2, true), ['full'], 'the other one is new');
  t.strictSame(keep([11], 'ä', 2, true), ['invalid_name']);
  t.strictSame(closed, [12, 22, 3, 11]);
  t.strictSame(names(), ['a=1', 'a=2']);
  t.strictSame(keep([31, 41], 'a', 9, false), [], 'without it everything is');
  t.strictSame(names(), ['a=1', 'a=2', 'a=31', 'a=41']);
  t.strictSame(warnings, []);
});

t.test('O-23 where the kernel does not tell what is the same everything is kept, and one warning says so', async (t) => {
  const { closed, warnings, keep, names } = createScene(99, -38);
  for (const fd of [1, 11, 21]) t.strictSame(keep([fd], 'a', 9, true), []);
  t.strictSame(names(), ['a=1', 'a=11', 'a=21']);
  t.strictSame(closed, []);
  t.match(warnings.join(), /^the kernel does not tell .*FdStoreKeep stores again is kept twice$/);
  t.equal(warnings.length, 1);
});
