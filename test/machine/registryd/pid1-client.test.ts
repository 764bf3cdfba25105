import type { Test } from 'tap';
import t from 'tap';
import { errnoName } from '../../../src/kernel/errno.ts';
import type { RealLoop } from '../../../src/linux/real-loop.ts';
import { createRealLoop } from '../../../src/linux/real-loop.ts';
import { loadShim } from '../../../src/linux/shim.ts';
import { createRegistryClient } from '../../../src/platform/hosted/registry-client.ts';
import type { RegistryEvent, RegistryNode, RegistryOutcome, RegistryPort } from '../../../src/platform/registry.ts';
import { until } from '../../support/wait.ts';
import { kernel, startDaemon } from './daemon.ts';

/** The client of PID 1 on the real kernel and loop. */
interface Client {
  readonly registry: RegistryPort;
  readonly loop: RealLoop;
  readonly lost: string[];
}

function createClient(t: Test, path: string, deadlineMs?: number): Client {
  const loop = createRealLoop(loadShim(`${import.meta.dirname}/../../../build/shim.node`), (error) => {
    throw error;
  });
  loop.run();
  const lost: string[] = [];
  const host = { onLost: (reason: string) => void lost.push(reason) };
  const registry = createRegistryClient({ kernel, loop, host, path, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
  t.teardown(() => {
    registry.close();
    loop.stop();
  });
  return { registry, loop, lost };
}

/** The outcome of a call, and that it did not come before the call returned. */
function outcomeOf<T>(call: (done: (outcome: RegistryOutcome<T>) => void) => void): Promise<RegistryOutcome<T>> {
  return new Promise((resolve, reject) => {
    let returned = false;
    call((outcome) => {
      if (returned) resolve(outcome);
      else reject(new Error('answered before the call returned'));
    });
    returned = true;
  });
}

const services = 'Machine\\System\\Services';
const connect = (registry: RegistryPort): Promise<RegistryOutcome<null>> => outcomeOf((done) => registry.connect(done));

t.test('the client reads, sets and creates; values have the types of the registry', async (t) => {
  const daemon = await startDaemon(t);
  const { registry } = createClient(t, daemon.socket);
  t.equal(registry.connected, false);
  t.same(await connect(registry), { ok: true, value: null });
  t.equal(registry.connected, true);
  t.same(await connect(registry), { ok: true, value: null }, 'a second time is answered with the state');
  t.same(await outcomeOf((done) => registry.query(services, 'SchemaVersion', done)), {
    ok: true,
    value: { name: 'SchemaVersion', type: 'DWORD', data: 1 },
  });
  t.same(await outcomeOf((done) => registry.createKey(`${services}\\web`, done)), { ok: true, value: true });
  t.same(await outcomeOf((done) => registry.createKey(`${services}\\Web`, done)), { ok: true, value: false });
  const values = [
    { name: 'D', type: 'DWORD', data: 4294967295 },
    { name: 'L', type: 'MULTI_SZ', data: ['a', 'ü'] },
    { name: 'Q', type: 'QWORD', data: 18446744073709551615n },
    { name: 'S', type: 'SZ', data: 'text' },
    { name: 'X', type: 'BINARY', data: Buffer.from([1, 2, 255]) },
  ] as const;
  for (const value of values) t.same(await outcomeOf((done) => registry.set(`${services}\\web`, value, done)), { ok: true, value: null });
  t.same(await outcomeOf((done) => registry.readTree(services, null, done)), {
    ok: true,
    value: [
      { path: '', values: [{ name: 'SchemaVersion', type: 'DWORD', data: 1 }] },
      { path: 'web', values },
    ],
  });
  const opaque = { name: 'O', type: 'OPAQUE', number: 8, data: Buffer.from([1]) } as const;
  t.match(await outcomeOf((done) => registry.set(services, opaque, done)), { ok: false, error: 'EINVAL' });
});

t.test('a refusal is an outcome with the errno and names call and key', async (t) => {
  const daemon = await startDaemon(t);
  const { registry } = createClient(t, daemon.socket);
  t.match(await outcomeOf((done) => registry.query(services, 'x', done)), {
    ok: false,
    error: 'EIO',
    message: /no connection to registryd/,
  });
  await connect(registry);
  t.match(await outcomeOf((done) => registry.query(services, 'none', done)), { ok: false, error: 'ENOENT', message: /Services\\none/ });
  t.match(await outcomeOf((done) => registry.readTree('Machine\\None', 0, done)), { ok: false, error: 'ENOENT', message: /Machine\\None/ });
  t.match(await outcomeOf((done) => registry.watch('Machine\\None', true, () => undefined, done)), { ok: false, error: 'ENOENT' });
});

t.test('where nobody listens the outcome says so, and a later attempt works', async (t) => {
  const daemon = await startDaemon(t);
  await daemon.stop();
  const { registry, lost } = createClient(t, daemon.socket);
  t.match(await connect(registry), { ok: false, error: 'EIO', message: new RegExp(`${daemon.socket}: ${errnoName(2)}`) });
  await startDaemon(t, daemon.directory);
  t.same(await connect(registry), { ok: true, value: null });
  t.same(lost, []);
});

t.test('watches deliver one batch for each commit until they are closed', async (t) => {
  const daemon = await startDaemon(t);
  const { registry } = createClient(t, daemon.socket);
  await connect(registry);
  const batches: (readonly RegistryEvent[])[] = [];
  let watch: { close(): void } | null = null;
  await outcomeOf<null>((done) => {
    watch = registry.watch(services, true, (events) => void batches.push(events), done);
  });
  const other = await daemon.connect();
  const { transaction } = await other.begin();
  await other.create({ path: `${services}\\web`, transaction });
  await other.set({ path: `${services}\\web`, name: 'x', type: 'DWORD', data: 1, transaction });
  await other.commit({ transaction });
  await until('the batch', () => batches.length === 1);
  t.same(batches[0], [
    { type: 'subkey_created', path: services, name: 'web' },
    { type: 'value_set', path: `${services}\\web`, name: 'x' },
  ]);
  (watch as { close(): void } | null)?.close();
  await other.set({ path: services, name: 'y', type: 'DWORD', data: 1 });
  t.match(await outcomeOf((done) => registry.query(services, 'y', done)), { ok: true });
  t.equal(batches.length, 1);
});

t.test('when registryd dies the calls under way get EIO, then onLost is called once; after a restart everything works again', async (t) => {
  const daemon = await startDaemon(t);
  const { registry, lost } = createClient(t, daemon.socket);
  await connect(registry);
  await outcomeOf<null>((done) => void registry.watch(services, true, () => t.fail('no event'), done));
  daemon.signal('SIGSTOP');
  let lostBefore = -1;
  const pending = outcomeOf<unknown>((done) =>
    registry.readTree(services, null, (outcome) => {
      lostBefore = lost.length;
      done(outcome);
    }),
  );
  daemon.signal('SIGKILL');
  t.match(await pending, { ok: false, error: 'EIO', message: /reading the keys below Machine\\System\\Services: / });
  t.equal(lostBefore, 0);
  await until('onLost', () => lost.length > 0);
  t.equal(registry.connected, false);
  await startDaemon(t, daemon.directory);
  await connect(registry);
  t.match(await outcomeOf((done) => registry.query(services, 'SchemaVersion', done)), { ok: true });
  t.equal(lost.length, 1);
});

t.test('a registryd that does not answer is ETIMEDOUT after the deadline, the loop goes on, and late answers are ignored', async (t) => {
  const daemon = await startDaemon(t);
  const { registry, loop } = createClient(t, daemon.socket, 300);
  await connect(registry);
  daemon.signal('SIGSTOP');
  let turns = 0;
  const tick = (): void => {
    turns += 1;
    loop.at(kernel.monotonicNs() + 10_000_000n, tick);
  };
  tick();
  t.match(await outcomeOf((done) => registry.query(services, 'SchemaVersion', done)), { ok: false, error: 'ETIMEDOUT' });
  t.ok(turns > 5, `${turns} deadlines ran meanwhile`);
  daemon.signal('SIGCONT');
  t.match(await outcomeOf((done) => registry.query(services, 'SchemaVersion', done)), { ok: true, value: { data: 1 } });
});

t.test('a tree of several megabytes comes whole, a value at a time where it must', async (t) => {
  const daemon = await startDaemon(t);
  const writer = await daemon.connect();
  for (let index = 0; index < 8; index += 1) {
    await writer.set({ path: services, name: `v${index}`, type: 'SZ', data: String(index).repeat(800_000) });
  }
  const { registry } = createClient(t, daemon.socket);
  await connect(registry);
  const outcome = await outcomeOf<readonly RegistryNode[]>((done) => registry.readTree(services, null, done));
  if (!outcome.ok) throw new Error(outcome.message);
  t.equal(outcome.value.length, 1);
  t.same(
    outcome.value[0]?.values.map(({ name }) => name),
    ['SchemaVersion', ...Array.from({ length: 8 }, (_, index) => `v${index}`)],
  );
  t.equal(
    outcome.value[0]?.values.slice(1).every(({ data }, index) => data === String(index).repeat(800_000)),
    true,
  );
});

t.test('close answers what is under way with EIO and is no loss', async (t) => {
  const daemon = await startDaemon(t);
  const { registry, lost } = createClient(t, daemon.socket);
  await connect(registry);
  const pending = outcomeOf((done) => registry.query(services, 'SchemaVersion', done));
  registry.close();
  t.match(await pending, { ok: false, error: 'EIO' });
  t.equal(registry.connected, false);
  t.same(lost, []);
  t.same(await connect(registry), { ok: true, value: null }, 'it may be opened again');
});
