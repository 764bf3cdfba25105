import t from 'tap';
import { errnoOf, startDaemon } from './daemon.ts';

const value = (data: number) => ({ path: 'Machine', name: 'x', type: 'DWORD', data }) as const;
const read = { path: 'Machine', name: 'x' } as const;

t.test('a transaction reads its own writes, nobody else does before the commit, and everyone after it', async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  const other = await daemon.connect();
  await registry.set(value(1));
  const { transaction } = await registry.begin();
  await registry.set({ ...value(2), transaction });
  await registry.create({ path: 'Machine\\New', transaction });
  t.match(await registry.query({ ...read, transaction }), { data: 2 });
  t.match(await registry.query(read), { data: 1 });
  t.match(await other.query(read), { data: 1 });
  t.equal(await errnoOf(other.open({ path: 'Machine\\New' })), 'ENOENT');
  t.same((await registry.enum({ path: 'Machine', transaction })).names, ['New', 'System']);
  await registry.commit({ transaction });
  t.match(await other.query(read), { data: 2 });
  t.ok((await other.open({ path: 'Machine\\New' })).handle);
  t.equal(await errnoOf(registry.set({ ...value(3), transaction })), 'EBADF', 'it is over');
});

t.test('an aborted transaction and one whose connection ends leave nothing behind', async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  await registry.set(value(1));
  const { transaction } = await registry.begin();
  await registry.set({ ...value(2), transaction });
  await registry.abort({ transaction });
  t.match(await registry.query(read), { data: 1 });
  const other = await daemon.connect();
  const begun = await other.begin();
  await other.set({ ...value(3), transaction: begun.transaction });
  t.equal(await errnoOf(registry.query({ ...read, transaction: begun.transaction })), 'EBADF', 'a transaction belongs to its connection');
  const waiting = registry.set(value(4));
  other.disconnect();
  await waiting;
  t.match(await registry.query(read), { data: 4 });
});

t.test('a call that fails within a transaction leaves the rest of it as it was', async (t) => {
  const registry = await (await startDaemon(t)).connect();
  const { transaction } = await registry.begin();
  await registry.create({ path: 'Machine\\A', transaction });
  await registry.create({ path: 'Machine\\A\\B', transaction });
  await registry.set({ ...value(1), transaction });
  t.equal(await errnoOf(registry.deleteKey({ path: 'Machine\\A', transaction })), 'ENOTEMPTY');
  t.equal(await errnoOf(registry.set({ ...value(2), expected_sequence: 99, transaction })), 'EAGAIN');
  await registry.commit({ transaction });
  t.same((await registry.enum({ path: 'Machine\\A' })).names, ['B']);
  t.match(await registry.query(read), { data: 1 });
});

t.test('writes wait for the transaction that holds the store, in the order they came; reads do not', async (t) => {
  const daemon = await startDaemon(t);
  const holder = await daemon.connect();
  const registry = await daemon.connect();
  const { transaction } = await holder.begin();
  await holder.set({ ...value(1), transaction });
  const order: number[] = [];
  const second = await registry.begin();
  const writes = [
    registry.set(value(2)).then(() => order.push(2)),
    registry.set({ ...value(3), transaction: second.transaction }).then(() => order.push(3)),
    registry.set(value(4)).then(() => order.push(4)),
  ];
  t.equal(await errnoOf(registry.query(read)), 'ENOENT', 'a read sees the state before');
  t.same(order, []);
  await holder.commit({ transaction });
  await Promise.all(writes.slice(0, 2));
  t.same(order, [2, 3], 'the last one waits for the second transaction');
  await registry.commit({ transaction: second.transaction });
  await writes[2];
  t.match(await registry.query(read), { data: 4 });
});

t.test('a connection may hold 16 transactions', async (t) => {
  const registry = await (await startDaemon(t)).connect();
  for (let index = 0; index < 16; index += 1) await registry.begin();
  t.equal(await errnoOf(registry.begin()), 'EBUSY');
});
