/** The room of processes around a job: signals, kills, ends, descriptors and checks. */
import t from 'tap';
import { fileNode } from '../../../src/linux/simulated/file-tree.ts';
import type { Program } from '../../../src/linux/simulated/processes.ts';
import type { Effect } from '../../../src/policy/effects.ts';
import type { MonotonicNs } from '../../../src/policy/time.ts';
import { matchEach } from '../../support/lists.ts';
import type { RoomOptions } from '../../support/process-room.ts';
import { createScene } from '../../support/process-room.ts';

const idle: Program = () => undefined;

/** A room with a main process that idles. */
function withMain(options: RoomOptions = {}) {
  const scene = createScene(options);
  scene.install('/bin/web', idle);
  scene.spawn(scene.effect('/bin/web'));
  const [main] = scene.processes.living();
  scene.events.length = 0;
  return { ...scene, main };
}

t.test('FDS-002 services together may keep half of the descriptors that peinit may have, 4096 where that is not known', async (t) => {
  for (const [nofile, most] of [
    [{ soft: 4n, hard: 8n }, 4],
    [{ soft: 4n, hard: 9n }, 4],
    [null, 2048],
  ] as const) {
    const scene = withMain({ fdStoreMax: 5000, nofile });
    const descriptors = Array.from({ length: most + 1 }, () => scene.kernel.open('/', 0));
    const open = scene.world.openDescriptors().length;
    scene.execution.notified({ job: 'job-1', assignments: [], notification: { fdStore: true }, takeDescriptors: () => descriptors });
    t.equal(scene.storedNames('web').length, most);
    t.equal(scene.world.openDescriptors().length, open - 1);
    matchEach(t, scene.published, [{ payload: { service: 'web', job_id: 'job-1', outcome: 'full' } }]);
  }
});

t.test('a signal goes to the process of its job, and to nobody where there is none', async (t) => {
  const scene = withMain();
  const got: number[] = [];
  scene.main?.onSignal(15, () => got.push(15));
  scene.run({ kind: 'signal', job: 'nobody', signal: 9 }, { kind: 'signal', job: 'job-1', signal: 15 });
  scene.loop.runFor(100);
  t.strictSame([got, scene.main?.alive], [[15], true]);
  scene.run({ kind: 'signal', job: 'job-1', signal: 9 });
  scene.loop.runFor(100);
  t.strictSame(scene.events, [{ kind: 'job-exited', job: 'job-1', exitCode: null, signal: 9, coreDumped: false, left: 0, empty: true }]);
  t.strictSame(scene.errors, []);
});

t.test('a tree is killed, told to be empty and removed as the policy wants it', async (t) => {
  const scene = withMain();
  const empty: Effect = { kind: 'await-empty', service: 'web', tree: 'web', part: 'tree' };
  scene.run(empty);
  scene.loop.runFor(1000);
  t.strictSame(scene.events, []);
  scene.run({ kind: 'kill-cgroup', service: 'web', tree: 'web', part: 'main' });
  scene.loop.runFor(1000);
  t.strictSame(scene.events, [
    { kind: 'cgroup-empty', service: 'web', tree: 'web', part: 'tree' },
    { kind: 'job-exited', job: 'job-1', exitCode: null, signal: 9, coreDumped: false, left: 0, empty: true },
  ]);
  scene.run({ kind: 'remove-tree', service: 'web', tree: 'web' });
  t.equal(scene.kernel.readDirectory('/sys/fs/cgroup/peinit/web'), -2);
});

t.test('a deadline comes unless it was taken back', async (t) => {
  const scene = createScene();
  const at = (scene.kernel.monotonicNs() + 1_000_000n) as MonotonicNs;
  const arm = (subject: string): Effect => ({ kind: 'arm-deadline', deadline: { kind: 'stop', subject }, clock: 'monotonic', at });
  scene.run(arm('web'), arm('db'), { kind: 'disarm-deadline', deadline: { kind: 'stop', subject: 'web' } });
  scene.loop.runFor(100);
  t.strictSame(scene.events, [{ kind: 'deadline', deadline: { kind: 'stop', subject: 'db' } }]);
});

t.test('FDS-012 what is kept for a service is closed when the policy wants it, and when the service is discarded', async (t) => {
  for (const effect of [
    { kind: 'clear-fd-store', key: 'web' },
    { kind: 'service-discarded', service: 'web', key: 'web' },
  ] as const) {
    const scene = withMain();
    const before = scene.world.openDescriptors().length;
    const descriptors = [scene.kernel.open('/', 0)];
    scene.execution.notified({
      job: 'job-1',
      assignments: [],
      notification: { fdStore: true, fdName: 'a' },
      takeDescriptors: () => descriptors,
    });
    t.strictSame(scene.storedNames('web'), ['a']);
    scene.run(effect as Effect);
    t.strictSame(scene.storedNames('web'), []);
    t.equal(scene.world.openDescriptors().length, before);
  }
});

t.test('FDS-008 a name is dropped with or without a descriptor that comes along', async (t) => {
  const scene = withMain();
  const notify = (notification: object, descriptors: readonly number[]): void =>
    scene.execution.notified({ job: 'job-1', assignments: [], notification, takeDescriptors: () => descriptors });
  const open = (): number => scene.kernel.open('/', 0);
  notify({ fdStore: true, fdName: 'a' }, [open()]);
  notify({ fdStoreRemove: false, fdName: 'a' }, []);
  notify({ fdStoreRemove: true }, []);
  t.strictSame(scene.storedNames('web'), ['a']);
  notify({ fdStoreRemove: true, fdName: 'a' }, [open()]);
  t.strictSame(scene.storedNames('web'), ['a'], 'the new one alone');
  notify({ fdStoreRemove: true, fdName: 'a' }, []);
  t.strictSame(scene.storedNames('web'), []);
  notify({ fdStore: true, fdName: 'b' }, [open(), open(), open()]);
  t.strictSame(scene.storedNames('web'), ['b', 'b']);
  matchEach(t, scene.published, [{ payload: { service: 'web', job_id: 'job-1', outcome: 'full', name: 'b' } }]);
});

t.test('NTF-006 a datagram that was refused is told with the service of its job, if it has one', async (t) => {
  const scene = withMain();
  scene.execution.unheard({ pid: 10, job: 'job-1', reason: 'malformed', ready: false });
  scene.execution.unheard({ pid: 11, job: 'nobody', reason: 'malformed', ready: true });
  scene.execution.unheard({ pid: null, job: null, reason: 'malformed', ready: true });
  matchEach(t, scene.published, [
    { payload: { service: 'web', pid: 10, reason: 'malformed' } },
    { payload: { service: null, pid: 11, reason: 'malformed' } },
    { payload: { service: null, pid: null, reason: 'malformed' } },
  ]);
});

t.test('the policy hears of what its main process was refused, and of READY=1 of another process in the tree of a service', async (t) => {
  const scene = withMain();
  const process = (pid: number, cgroup: string, name?: string): void => {
    scene.tree.place(`/proc/${pid}/cgroup`, fileNode(`${cgroup}\n`, 0o444));
    if (name !== undefined) scene.tree.place(`/proc/${pid}/comm`, fileNode(`${name}\n`, 0o444));
  };
  const said = (pid: number, ready = true): void => scene.execution.unheard({ pid, job: null, reason: 'a stranger', ready });
  process(20, '0::/peinit/web/main', 'systemd-notify');
  process(21, '0::/host.slice/peinit/web/main/deeper');
  process(22, '0::/peinit/web2/main', 'other');
  process(23, '0::/', 'init');
  scene.events.length = 0;
  scene.execution.unheard({ pid: 10, job: 'job-1', reason: 'malformed', ready: false });
  said(20, false);
  for (const pid of [20, 21, 22, 23, 24]) said(pid);
  t.strictSame(scene.events, [
    { kind: 'unheard', service: 'web', sender: null, reason: 'malformed' },
    { kind: 'unheard', service: 'web', sender: { pid: 20, command: 'systemd-notify' }, reason: 'a stranger' },
    { kind: 'unheard', service: 'web', sender: { pid: 21, command: null }, reason: 'a stranger' },
  ]);
  for (let at = 0; at < 100; at++) said(20);
  t.equal(scene.events.length, 3 + 32 - 5, 'who sends without end is not looked for without end');
  scene.world.now += 1_000_000_000n;
  said(20);
  t.equal(scene.events.length, 31);
});

t.test('a notification is told to the policy, whatever it says of descriptors', async (t) => {
  const scene = withMain();
  const assignments = [{ name: 'READY', value: '1' }] as never;
  scene.execution.notified({ job: 'job-1', assignments, notification: {}, takeDescriptors: () => [] });
  t.strictSame(scene.events, [{ kind: 'notified', job: 'job-1', assignments }]);
});

t.test('checks of paths are judged by the helper, and one that was cancelled is told to nobody', async (t) => {
  const scene = createScene();
  scene.install('/usr/lib/peinit/peinit-helper', (process) => {
    process.write(1, '10');
    process.after(10, () => process.exit(0));
  });
  const check = (name: string): Effect => ({
    kind: 'run-checks',
    check: name,
    service: 'web',
    checks: [
      { type: 'path', argument: '/a' },
      { type: 'path', argument: '/b' },
    ],
    timeoutSeconds: 1,
  });
  scene.run(check('one'), check('other'), { kind: 'cancel-checks', check: 'other' });
  scene.loop.runFor(5000);
  t.strictSame(scene.events, [{ kind: 'checks-done', check: 'one', verdicts: [true, false] }]);
  t.equal(scene.processes.zombies(), 0);
});
