import t from 'tap';
import type { RegistryWatcher } from '../../../clients/typescript/registry-watcher.ts';
import type { WatchEvent } from '../../../gen/registry/types.ts';
import { LineClient } from '../../support/line-client.ts';
import { errnoOf, startDaemon } from './daemon.ts';

const short = ({ type, path, name }: WatchEvent): string => `${type} ${path} ${name}`;

async function take(watcher: RegistryWatcher): Promise<readonly WatchEvent[]> {
  const { value, done } = await watcher[Symbol.asyncIterator]().next();
  if (done === true) throw new Error('the watch is over');
  return value;
}

/** Batches until one holds the marker value. */
async function batchesUntil(watcher: RegistryWatcher, marker: string): Promise<readonly string[]> {
  const seen: string[] = [];
  for await (const batch of watcher) {
    if (batch.some(({ name }) => name === marker)) return seen;
    seen.push(batch.map(short).join('; '));
  }
  throw new Error('the watch ended');
}

t.test('a watch on a key hears of its values and subkeys, a subtree watch also of everything below', async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  await registry.create({ path: 'Machine\\Top' });
  const plain = await registry.watchKey({ path: 'machine\\TOP' });
  const subtree = await registry.watchKey({ path: 'Machine\\Top', subtree: true });
  const writer = await daemon.connect();
  await writer.set({ path: 'Machine\\Top', name: 'Value', type: 'DWORD', data: 1 });
  await writer.set({ path: 'Machine\\Top', name: 'VALUE', type: 'DWORD', data: 1 });
  await writer.create({ path: 'Machine\\Top\\Sub' });
  await writer.create({ path: 'Machine\\Top\\Sub' });
  await writer.set({ path: 'Machine\\Top\\sub', name: 'below', type: 'DWORD', data: 1 });
  await writer.deleteValue({ path: 'Machine\\Top', name: 'value' });
  await writer.deleteKey({ path: 'Machine\\Top\\Sub' });
  await writer.set({ path: 'Machine', name: 'outside', type: 'DWORD', data: 1 });
  await writer.set({ path: 'Machine\\Top', name: 'marker', type: 'DWORD', data: 1 });
  const own = [
    'value_set Machine\\Top Value',
    'value_set Machine\\Top Value',
    'subkey_created Machine\\Top Sub',
    'value_deleted Machine\\Top Value',
    'subkey_deleted Machine\\Top Sub',
  ];
  t.same(await batchesUntil(plain, 'marker'), own);
  t.same(await batchesUntil(subtree, 'marker'), [...own.slice(0, 3), 'value_set Machine\\Top\\Sub below', ...own.slice(3)]);
});

t.test('a deleted key tells its own watch key_deleted; a watch is bound to the key, not to its path', async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  await registry.create({ path: 'Machine\\Gone' });
  await registry.create({ path: 'Machine\\Gone\\Below' });
  const gone = await registry.watchKey({ path: 'Machine\\Gone' });
  const above = await registry.watchKey({ path: 'Machine', subtree: true });
  await registry.deleteKey({ path: 'Machine\\Gone', recursive: true });
  t.same((await take(gone)).map(short), ['subkey_deleted Machine\\Gone Below', 'key_deleted Machine\\Gone ']);
  t.same((await take(above)).map(short), ['subkey_deleted Machine\\Gone Below', 'subkey_deleted Machine Gone'], 'deepest first, one batch');
  const again = await registry.watchKey({ path: 'Machine', subtree: true });
  await registry.create({ path: 'Machine\\Gone' });
  await registry.set({ path: 'Machine\\Gone', name: 'marker', type: 'DWORD', data: 1 });
  t.same(await batchesUntil(again, 'marker'), ['subkey_created Machine Gone']);
});

t.test('a transaction is one batch at its commit, and none when it is dropped', async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  const watcher = await registry.watchKey({ path: 'Machine', subtree: true });
  const dropped = await registry.begin();
  await registry.set({ path: 'Machine', name: 'dropped', type: 'DWORD', data: 1, transaction: dropped.transaction });
  await registry.abort(dropped);
  const { transaction } = await registry.begin();
  await registry.create({ path: 'Machine\\A', transaction });
  await registry.set({ path: 'Machine\\A', name: 'x', type: 'DWORD', data: 1, transaction });
  await registry.set({ path: 'Machine\\A', name: 'y', type: 'DWORD', data: 1, transaction });
  await registry.commit({ transaction });
  const batch = await take(watcher);
  t.same(batch.map(short), ['subkey_created Machine A', 'value_set Machine\\A x', 'value_set Machine\\A y']);
  t.same(
    batch.map(({ more }) => more),
    [true, true, false],
  );
});

t.test('a commit of 4096 changes is delivered, one of 4097 is an overflow', async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  const watcher = await registry.watchKey({ path: 'Machine' });
  const commit = async (count: number): Promise<readonly WatchEvent[]> => {
    const { transaction } = await registry.begin();
    const sets = Array.from({ length: count }, (_, index) =>
      registry.set({ path: 'Machine', name: `v${index}`, type: 'DWORD', data: index, transaction }),
    );
    await Promise.all(sets);
    await registry.commit({ transaction });
    return await take(watcher);
  };
  t.equal((await commit(4096)).length, 4096);
  t.same((await commit(4097)).map(short), ['overflow Machine ']);
});

t.test('a watcher that does not read gets one overflow and then the 256 newest events', async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  await registry.set({ path: 'Users', name: 'big', type: 'SZ', data: 'x'.repeat(900_000) });
  const reader = await LineClient.open(daemon.socket, t);
  reader.raw('{"id":1,"op":"watch","path":"Machine"}\n');
  const { watch } = await reader.answer();
  reader.pause();
  // Enough unread answers that nothing more fits into the kernel's buffers and ours.
  for (let id = 2; id <= 6; id += 1) reader.raw(`{"id":${id},"op":"query","path":"Users","name":"big"}\n`);
  for (let index = 0; index < 600; index += 1) await registry.set({ path: 'Machine', name: `v${index}`, type: 'DWORD', data: index });
  reader.resume();
  const events: Record<string, unknown>[] = [];
  while (events.at(-1)?.['name'] !== 'v599') {
    const line = await reader.answer();
    if (line['watch'] === watch && line['id'] === undefined) events.push(line);
  }
  const overflow = events.findIndex(({ type }) => type === 'overflow');
  t.match(events[overflow], { type: 'overflow', path: 'Machine', name: '' });
  t.equal(events.filter(({ type }) => type === 'overflow').length, 1);
  t.same(
    events.slice(overflow + 1).map(({ name }) => name),
    Array.from({ length: 256 }, (_, index) => `v${600 - 256 + index}`),
  );
});

t.test('a watch ends with unwatch, with its handle, and with its connection', async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  const { handle } = await registry.open({ path: 'Machine' });
  const byHandle = await registry.watch({ path: '', handle });
  await registry.close({ handle });
  t.equal(await errnoOf(registry.unwatch({ watch: byHandle.watch })), 'EBADF');
  const watcher = await registry.watchKey({ path: 'Machine' });
  watcher.close();
  await registry.set({ path: 'Machine', name: 'x', type: 'DWORD', data: 1 });
  const left: unknown[] = [];
  for await (const batch of watcher) left.push(batch);
  t.same(left, []);
  const other = await daemon.connect();
  const lost = await other.watchKey({ path: 'Machine' });
  daemon.signal('SIGKILL');
  for await (const batch of lost) left.push(batch);
  t.same(left, []);
  t.ok(other.failure !== null);
});
