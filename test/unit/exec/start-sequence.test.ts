import t from 'tap';
import type { Program } from '../../../src/linux/simulated/processes.ts';
import type { RegistryValue } from '../../../src/registry/value.ts';
import { matchEach, only } from '../../support/lists.ts';
import { createScene } from '../../support/process-room.ts';

const idle: Program = () => undefined;

t.test('EXEC-001 EXEC-009 the tree with main, hooks and health exists and the process is born in main', async (t) => {
  const scene = createScene();
  scene.install('/bin/web', idle);
  scene.spawn(scene.effect('/bin/web'));
  t.strictSame(only(scene.events, 'kind', 'job'), [{ kind: 'job-running', job: 'job-1' }]);
  t.equal(scene.processes.living()[0]?.cgroup, '/peinit/web/main');
  const names = scene.kernel.readDirectory('/sys/fs/cgroup/peinit/web');
  for (const part of ['main', 'hooks', 'health']) t.ok(Array.isArray(names) && names.includes(part), part);
});

t.test('EXEC-009 EXEC-030 a cgroup that cannot be made fails without a child, names call and errno, and leaves no directory', async (t) => {
  const scene = createScene();
  scene.install('/bin/web', idle);
  scene.faults.add({ call: 'mkdir', errno: 28, path: 'web/health' });
  scene.spawn(scene.effect('/bin/web'));
  matchEach(t, scene.events, [{ kind: 'job-setup-failed', stage: 'parent', message: /cgroup.*ENOSPC/ }]);
  t.equal(scene.processes.started, 0);
  t.equal(scene.kernel.readDirectory('/sys/fs/cgroup/peinit/web'), -2);
});

t.test('EXEC-015 EXEC-017 descriptors that run out and a failing clone3 fail without a child', async (t) => {
  for (const rule of [
    { call: 'pipe', errno: 24 },
    { call: 'spawn', errno: 11 },
  ] as const) {
    const scene = createScene();
    scene.install('/bin/web', idle);
    // From the first judgement of a path on the table of mounts stays open.
    scene.spawn(scene.effect('/bin/none'));
    const before = scene.world.openDescriptors();
    scene.faults.add(rule);
    scene.spawn(scene.effect('/bin/web', { job: 'job-2', prepareTree: false }));
    matchEach(t, scene.events.splice(0).slice(1), [
      { kind: 'job-setup-failed', stage: 'parent', message: rule.errno === 24 ? /EMFILE/ : /clone3.*EAGAIN/ },
    ]);
    t.strictSame(scene.world.openDescriptors(), before, 'nothing stays open');
  }
});

t.test('EXEC-026 EXEC-019 a program that is not there is a failure of the child, told with step and errno, on both paths', async (t) => {
  for (const path of ['/bin/none', '/srv/none']) {
    const scene = createScene();
    scene.spawn(scene.effect('/bin/none', { job: 'job-0' }));
    scene.events.length = 0;
    const before = scene.world.openDescriptors();
    scene.spawn(scene.effect(path, { prepareTree: false }));
    if (path === '/srv/none') t.strictSame(scene.events, [], 'nothing is known yet');
    scene.loop.runFor(1000);
    matchEach(t, scene.events, [{ kind: 'job-setup-failed', stage: 'child', message: /exec failed: ENOENT/ }], path);
    t.strictSame(scene.world.openDescriptors(), before, 'nothing stays open');
    t.equal(scene.processes.zombies(), 0, 'reaped');
  }
});

t.test('EXEC-017 EXEC-018 a program on a network mount is set up on the remote path, and runs once the pipe has ended', async (t) => {
  const scene = createScene();
  scene.install('/srv/web', idle);
  scene.spawn(scene.effect('/srv/web'));
  t.equal(scene.processes.living()[0]?.request.remote, true);
  scene.loop.runUntil(() => scene.events.length > 0);
  t.strictSame(only(scene.events, 'kind', 'job', 'pid'), [{ kind: 'job-running', job: 'job-1', pid: scene.processes.living()[0]?.pid }]);
});

t.test('EXEC-017 a working directory on a network mount takes the remote path as well; that of a hook is the root', async (t) => {
  const directory: RegistryValue[] = [{ name: 'WorkingDirectory', type: 'SZ', data: '/srv/data' }];
  for (const [values, overrides, remote] of [
    [[], {}, false],
    [directory, {}, true],
    [directory, { type: 'pre_exec_hook', part: 'hooks' }, false],
  ] as const) {
    const scene = createScene();
    scene.install('/bin/web', idle);
    scene.kernel.mkdir('/srv/data', 0o755);
    scene.spawn(scene.effect('/bin/web', overrides, values));
    t.equal(scene.processes.living()[0]?.request.remote, remote);
  }
});

t.test('EXEC-017 a hook on a network mount takes the remote path, the main process beside it does not', async (t) => {
  const scene = createScene();
  for (const path of ['/srv/hook', '/bin/web']) scene.install(path, idle);
  scene.spawn(scene.effect('/bin/web', { argv: ['/srv/hook'], type: 'pre_exec_hook', part: 'hooks' }));
  scene.spawn(scene.effect('/bin/web', { job: 'job-2', prepareTree: false }));
  t.strictSame(
    scene.processes.living().map(({ path, request }) => [path, request.remote]),
    [
      ['/srv/hook', true],
      ['/bin/web', false],
    ],
  );
});

t.test(
  'FDS-011 a launch that fails on the remote path keeps the store too, and one that succeeds empties it once exec is confirmed',
  async (t) => {
    const scene = createScene();
    scene.install('/srv/web', idle);
    const pipe = scene.kernel.pipe({ nonblockingRead: true });
    if (typeof pipe === 'number') throw new Error('no pipe');
    scene.store('web', { fd: pipe[0], fdName: 'a' }, { fd: pipe[1], fdName: 'a' });
    scene.spawn(scene.effect('/srv/none'));
    scene.loop.runFor(1000);
    t.match(scene.events.at(-1), { kind: 'job-setup-failed', stage: 'child' });
    t.equal(scene.storedNames('web').length, 2, 'kept for the next attempt');
    scene.spawn(scene.effect('/srv/web', { job: 'job-2', prepareTree: false }));
    t.equal(scene.storedNames('web').length, 2, 'nothing is known yet');
    scene.loop.runFor(1000);
    t.match(scene.events.at(-1), { kind: 'job-running', job: 'job-2' });
    t.equal(scene.processes.living()[0]?.stored.length, 2);
    t.strictSame(scene.storedNames('web'), []);
  },
);

t.test('an identity that only the authority can give fails without a child and says so', async (t) => {
  const scene = createScene();
  scene.install('/bin/web', idle);
  scene.spawn(scene.effect('/bin/web'), 'LocalService');
  scene.loop.runFor(10);
  matchEach(t, scene.events, [
    {
      kind: 'token-done',
      job: 'job-1',
      outcome: { ok: false, message: /^no token for Identity "LocalService": the authority \(authd\) is not available, .*ENOENT/ },
    },
  ]);
  t.equal(scene.processes.started, 0);
});

t.test('EXEC-040 EXEC-021 EXEC-022 limits and oom_score_adj of the child', async (t) => {
  const scene = createScene();
  scene.install('/bin/web', idle);
  scene.spawn(scene.effect('/bin/web'));
  t.strictSame(scene.processes.living()[0]?.request.limits, [{ resource: 7, soft: 1024n, hard: 4096n }]);
  scene.spawn(
    scene.effect('/bin/web', { job: 'job-2', prepareTree: false }, [
      { name: 'LimitNOFILE', type: 'DWORD', data: 512 },
      { name: 'LimitCORE', type: 'DWORD', data: 0 },
      { name: 'ErrorControl', type: 'DWORD', data: 1 },
    ]),
  );
  const second = scene.processes.living()[1]?.request;
  t.strictSame(second?.limits, [
    { resource: 7, soft: 512n, hard: 512n },
    { resource: 4, soft: 0n, hard: 0n },
  ]);
  t.equal(second?.oomScoreAdj, -1000);
});

t.test('EXEC-037 hooks run at the root directory without a notify socket', async (t) => {
  const scene = createScene();
  scene.install('/bin/hook', idle);
  scene.spawn(
    scene.effect('/bin/hook', { type: 'pre_exec_hook', part: 'hooks', origin: { service: 'web', part: 'ExecStartPre', index: 0 } }),
  );
  const hook = scene.processes.living()[0];
  t.equal(hook?.cgroup, '/peinit/web/hooks');
  t.equal(hook?.environment.has('NOTIFY_SOCKET'), false);
});

t.test('EXEC-021 every child has the oom_score_adj of its service, whatever that of peinit is', async (t) => {
  for (const ownOom of [-1000, -500, 0, 300]) {
    const scene = createScene({ ownOom });
    scene.install('/bin/web', idle);
    scene.spawn(scene.effect('/bin/web'));
    scene.spawn(scene.effect('/bin/web', { job: 'job-2', prepareTree: false }, [{ name: 'ErrorControl', type: 'DWORD', data: 1 }]));
    // null: the child inherits it.
    const scores = scene.processes.living().map(({ request }) => request.oomScoreAdj ?? ownOom);
    t.strictSame(scores, [0, -1000], `peinit has ${ownOom}`);
  }
});

t.test('DEF-059 runtime directories are made before the main process, not for a hook', async (t) => {
  const scene = createScene();
  scene.install('/bin/web', idle);
  const values: RegistryValue[] = [{ name: 'RuntimeDirectories', type: 'MULTI_SZ', data: ['web'] }];
  scene.spawn(scene.effect('/bin/web', { type: 'pre_exec_hook', part: 'hooks' }, values));
  t.equal(scene.kernel.readDirectory('/run/web'), -2);
  scene.spawn(scene.effect('/bin/web', { job: 'job-2' }, values));
  t.strictSame(scene.kernel.readDirectory('/run/web'), []);
  scene.faults.add({ call: 'mkdir', errno: 30, path: '/run/web' });
  scene.spawn(scene.effect('/bin/web', { job: 'job-3' }, values));
  t.match(scene.events.at(-1), { kind: 'job-setup-failed', stage: 'parent', message: /\/run\/web.*EROFS/ });
});

t.test('SIG-002 SIG-008 an ended job is told once, with code or signal, and orphans are reaped silently', async (t) => {
  const scene = createScene();
  scene.install('/bin/web', (process) => {
    process.fork((child) => child.after(50, () => child.exit(3)));
    process.after(10, () => process.exit(255));
  });
  scene.spawn(scene.effect('/bin/web'));
  scene.loop.runFor(1000);
  matchEach(t, scene.events, [{ kind: 'job-running' }, { kind: 'job-exited', job: 'job-1', exitCode: 255, signal: null }]);
  t.equal(scene.events.length, 2);
  t.equal(scene.processes.zombies(), 0);
  t.strictSame(scene.errors, []);
});

t.test(
  'FDS-009 FDS-010 FDS-011 EXEC-025 stored descriptors reach the main process in order, only once, and stay after a failed launch',
  async (t) => {
    const scene = createScene();
    scene.install('/bin/web', idle);
    const open = scene.world.openDescriptors().length;
    const pipe = scene.kernel.pipe({ nonblockingRead: true });
    if (typeof pipe === 'number') throw new Error('no pipe');
    scene.store('Web', { fd: pipe[0], fdName: 'a' }, { fd: pipe[1] });
    scene.spawn(scene.effect('/bin/none'));
    t.equal(scene.storedNames('web').length, 2, 'kept for the next attempt');
    scene.spawn(scene.effect('/bin/hook-is-missing', { type: 'pre_exec_hook', part: 'hooks' }));
    scene.spawn(scene.effect('/bin/web', { job: 'job-2' }));
    const first = scene.processes.living()[0];
    t.equal(first?.stored.length, 2);
    t.equal(first?.environment.get('LISTEN_FDS'), '2');
    t.equal(first?.environment.get('LISTEN_FDNAMES'), 'a:stored');
    t.equal(first?.environment.get('LISTEN_PID'), String(first?.pid));
    t.strictSame(scene.storedNames('web'), []);
    scene.spawn(scene.effect('/bin/web', { job: 'job-3' }));
    t.equal(scene.processes.living()[1]?.environment.has('LISTEN_FDS'), false);
    t.equal(scene.world.openDescriptors().length, open + 3, 'a pidfd each, and the table of mounts');
  },
);

t.test('EXEC-037 hooks, reload commands and health checks get no stored descriptors, which stay for the main process', async (t) => {
  for (const [type, part] of [
    ['pre_exec_hook', 'hooks'],
    ['post_exec_hook', 'hooks'],
    ['reload_hook', 'hooks'],
    ['health_check', 'health'],
  ] as const) {
    const scene = createScene();
    for (const path of ['/bin/side', '/bin/web']) scene.install(path, idle);
    const pipe = scene.kernel.pipe({ nonblockingRead: true });
    if (typeof pipe === 'number') throw new Error('no pipe');
    scene.store('web', { fd: pipe[0], fdName: 'a' }, { fd: pipe[1], fdName: 'a' });
    scene.spawn(scene.effect('/bin/side', { type, part }));
    scene.spawn(scene.effect('/bin/web', { job: 'job-2', prepareTree: false }));
    t.strictSame(only(scene.events, 'kind'), [{ kind: 'job-running' }, { kind: 'job-running' }]);
    const [side, main] = scene.processes.living();
    t.strictSame([side?.cgroup, side?.stored], [`/peinit/web/${part}`, []], type);
    for (const name of ['LISTEN_FDS', 'LISTEN_FDNAMES', 'LISTEN_PID', 'NOTIFY_SOCKET'])
      t.equal(side?.environment.has(name), false, `${name} of ${type}`);
    t.equal(main?.stored.length, 2);
    t.equal(main?.environment.get('LISTEN_FDS'), '2');
  }
});

t.test('EXEC-017 O-07 a program that kept process 1 waiting is made where it may take its time, and so is its next start', async (t) => {
  const scene = createScene();
  scene.install('/bin/web', idle);
  scene.faults.add({ call: 'spawn', errno: 62, times: 1 });
  scene.spawn(scene.effect('/bin/web'));
  t.strictSame(scene.events, [], 'it runs apart, and nothing is known yet');
  scene.loop.runFor(1000);
  t.strictSame(only(scene.events, 'kind', 'job'), [{ kind: 'job-running', job: 'job-1' }]);
  scene.events.length = 0;
  scene.spawn(scene.effect('/bin/web', { job: 'job-2', prepareTree: false }));
  t.strictSame(scene.events, [], 'it does not wait for that one again');
  scene.install('/bin/other', idle);
  scene.spawn(scene.effect('/bin/other', { job: 'job-3', prepareTree: false }));
  t.strictSame(only(scene.events, 'kind', 'job'), [{ kind: 'job-running', job: 'job-3' }], 'others are made as ever');
});
