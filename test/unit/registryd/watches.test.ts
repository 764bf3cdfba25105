import t from 'tap';
import type { WatchEvent } from '../../../gen/registry/types.ts';
import { Watch, WatchTable } from '../../../src/hosted/registryd/serve/watches.ts';
import type { Change, Key } from '../../../src/hosted/registryd/store/keys.ts';

const top: Key = { id: 1, chain: [1], path: 'Machine' };
const below: Key = { id: 2, chain: [1, 2], path: 'Machine\\K' };

const watcher = { holder: { user: 0, isSystem: true }, has: () => true };

/** A reader that takes so many lines and then is congested. */
function createReader(room = Number.POSITIVE_INFINITY) {
  const events: WatchEvent[] = [];
  const reader = {
    room,
    get congested() {
      return reader.room <= 0;
    },
    spend: (act: () => void) => act(),
    send(line: string) {
      reader.room -= 1;
      events.push(JSON.parse(line) as WatchEvent);
    },
  };
  return { reader, events };
}

const changes = (count: number, from = 0): Change[] =>
  Array.from({ length: count }, (_, index) => ({ type: 'value_set', key: top, name: `v${from + index}` }) as const);
const names = (events: readonly WatchEvent[]): string[] => events.map(({ type, name }) => (type === 'overflow' ? 'overflow' : name));

t.test('a reader that reads gets each batch whole, its last event without more', async (t) => {
  const { reader, events } = createReader();
  const watch = new Watch(7, top, false, watcher, reader);
  watch.deliver(changes(300));
  t.equal(events.length, 300);
  t.equal(events.filter(({ more }) => !more).length, 1);
  t.match(events[299], { watch: 7, type: 'value_set', path: 'Machine', name: 'v299', more: false });
});

t.test('up to 256 events wait for a reader that does not read; the 257th costs the oldest and makes one overflow', async (t) => {
  const { reader, events } = createReader(0);
  const watch = new Watch(1, top, false, watcher, reader);
  for (let index = 0; index < 256; index += 1) watch.deliver(changes(1, index));
  reader.room = 1000;
  watch.flush();
  t.same(
    names(events),
    changes(256).map(({ name }) => name),
    '256 are all kept',
  );
  events.length = 0;
  reader.room = 0;
  for (let index = 0; index < 257; index += 1) watch.deliver(changes(1, index));
  for (let index = 257; index < 400; index += 1) watch.deliver(changes(1, index));
  reader.room = 1000;
  watch.flush();
  t.same(names(events), ['overflow', ...changes(256, 144).map(({ name }) => name)], 'one overflow first, then the newest');
  watch.deliver(changes(1, 999));
  t.equal(names(events).at(-1), 'v999', 'and it goes on as before');
});

t.test('a reader that stops in the middle of a batch gets the rest later, in order and without a gap', async (t) => {
  const { reader, events } = createReader(10);
  const watch = new Watch(1, top, false, watcher, reader);
  watch.deliver(changes(100));
  t.equal(events.length, 10);
  reader.room = 1;
  watch.flush();
  reader.room = 1000;
  watch.flush();
  t.same(
    names(events),
    changes(100).map(({ name }) => name),
  );
});

t.test('a batch of more than 4096 is an overflow alone, also of what waited', async (t) => {
  const { reader, events } = createReader(0);
  const watch = new Watch(1, top, false, watcher, reader);
  watch.deliver(changes(5));
  watch.deliver(changes(4097));
  reader.room = 10_000;
  watch.flush();
  t.same(names(events), ['overflow']);
});

t.test('the table tells a key its own changes, ancestors those below only with subtree, and nobody after removal', async (t) => {
  const table = new WatchTable(() => new Uint8Array());
  const plain = createReader();
  const subtree = createReader();
  const own = createReader();
  const watches = [
    new Watch(1, top, false, watcher, plain.reader),
    new Watch(2, top, true, watcher, subtree.reader),
    new Watch(3, below, false, watcher, own.reader),
  ];
  for (const watch of watches) table.add(watch);
  table.publish([
    { type: 'value_set', key: below, name: 'x' },
    { type: 'key_deleted', key: below, name: '' },
    { type: 'subkey_deleted', key: top, name: 'K' },
  ]);
  t.same(
    plain.events.map(({ type }) => type),
    ['subkey_deleted'],
  );
  t.same(
    subtree.events.map(({ type }) => type),
    ['value_set', 'subkey_deleted'],
  );
  t.same(
    own.events.map(({ type }) => type),
    ['value_set', 'key_deleted'],
  );
  for (const watch of watches) table.remove(watch);
  table.publish(changes(1));
  t.equal(plain.events.length, 1);
});
