import t from 'tap';
import { openFile } from '../../../src/linux/simulated/world.ts';
import { matchEach } from '../../support/lists.ts';
import type { Scene } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, programs, service, withServices } from '../../support/simulated-peinit.ts';

const boot = { Triggers: ['boot'] };
const trees = (scene: Scene): readonly string[] => {
  const names = scene.kernel.readDirectory('/sys/fs/cgroup/peinit');
  return typeof names === 'number' ? [] : names.filter((name) => !name.startsWith('cgroup.') && name !== 'registryd').sort();
};

function settled(services: Parameters<typeof withServices>[0], options: Parameters<typeof createScene>[0] = {}): Scene {
  const scene = createScene({ tree: withServices(services), ...options });
  scene.program('/bin/idle', programs.idle);
  scene.program('/bin/stubborn', programs.stubborn);
  scene.program('/bin/stuck', programs.stuck);
  scene.boot();
  return scene;
}

t.test(
  'ST-034 OP-010 a main process that outlives SIGKILL makes its service abandoned after StopTimeout and the post-kill time',
  async (t) => {
    const scene = settled({ web: service('/bin/stuck', { ...boot, StopTimeout: 2 }) });
    const client = scene.client();
    const began = scene.nowMs;
    t.match(client.ask({ command: 'stop', service: 'web' }), { status: 'ok', state: 'abandoned', cause: 'process_unkillable' });
    const seconds = (scene.nowMs - began) / 1000;
    t.ok(seconds >= 7 && seconds < 7.2, `${seconds} s`);
    const status = client.ask({ command: 'status', service: 'web' });
    t.match(status, { state: 'abandoned', current_job: null, detail: /outlived SIGKILL/ });
    matchEach(t, status.warnings, [{ path: 'peinit/web', type: 'service_tree' }]);
    for (const command of ['start', 'stop', 'restart', 'reload'])
      t.match(client.ask({ command, service: 'web' }), { code: 'INVALID_STATE' }, command);
    const reset = client.ask({ command: 'reset', service: 'web' });
    t.equal(reset.state, 'inactive');
    matchEach(t, reset.warnings, [/outlived SIGKILL|leaked/]);
    t.match(scene.console, /web: abandoned: .*outlived SIGKILL/);
    expectSound(t, scene);
  },
);

t.test('EXEC-003 a start after that uses a new generation of the tree, the old one stays, and a plain crash makes none', async (t) => {
  const scene = settled({
    web: service('/bin/stuck', { ...boot, StopTimeout: 0 }),
    plain: service('/bin/idle', { ...boot, RestartDelay: 0 }),
  });
  const client = scene.client();
  const [first] = scene.running('/bin/stuck');
  client.ask({ command: 'stop', service: 'web' });
  client.ask({ command: 'reset', service: 'web' });
  t.match(client.ask({ command: 'start', service: 'web' }), { state: 'active' });
  const [, second] = scene.running('/bin/stuck');
  t.equal(first?.cgroup, '/peinit/web/main');
  t.equal(second?.cgroup, '/peinit/web@gen1/main');
  client.ask({ command: 'stop', service: 'web' });
  client.ask({ command: 'reset', service: 'web' });
  t.match(client.ask({ command: 'start', service: 'web' }), { state: 'active' });
  t.equal(scene.running('/bin/stuck')[2]?.cgroup, '/peinit/web@gen2/main');
  scene.running('/bin/idle')[0]?.die(11);
  scene.until('its restart', () => scene.running('/bin/idle').length === 1 && scene.state('plain') === 'active');
  t.equal(scene.running('/bin/idle')[0]?.cgroup, '/peinit/plain/main');
  // What was given up dies at last: it is reaped, and nothing of it is taken for the service.
  const descriptors = scene.world.openDescriptors().length;
  first?.letGo();
  scene.run(1000);
  t.equal(first?.alive, false);
  t.equal(scene.processes.zombies(), 0);
  t.equal(scene.state('web'), 'active');
  t.equal(scene.world.openDescriptors().length < descriptors, true, 'its pidfd and pipes are closed');
  expectSound(t, scene);
});

t.test('EXEC-003 ST-055 a restart waits until the tree of the crashed one is empty', async (t) => {
  const scene = settled({ web: service('/bin/parent', { RestartDelay: 0, RestartMaxRetries: 3 }) });
  let child: ReturnType<Scene['running']>[number] | undefined;
  scene.program('/bin/parent', (process) => {
    child ??= process.fork((each) => each.hang());
    process.after(500, () => process.die(11));
  });
  scene.ask({ command: 'start', service: 'web' });
  scene.until('the crash', () => scene.state('web') === 'backoff');
  const starts = (): number => scene.started.filter((path) => path === '/bin/parent').length;
  const before = starts();
  scene.run(2000);
  t.equal(starts(), before, 'it waits');
  child?.letGo();
  scene.until('the restart', () => starts() > before, 1000);
  t.notOk(trees(scene).some((name) => name.includes('@gen')));
  expectSound(t, scene);
});

t.test(
  'EXEC-009 EXEC-015 EXEC-017 EXEC-030 every call of a start may fail: the start fails with call and errno, ' +
    'and leaves no process and no descriptor',
  async (t) => {
    for (const [rule, words] of [
      [{ call: 'mkdir', errno: 28, path: 'peinit/web' }, /cgroup tree web failed: ENOSPC/],
      [{ call: 'open', errno: 24, path: 'peinit/web' }, /cgroup web\/main failed: EMFILE/],
      [{ call: 'pipe', errno: 23 }, /pipe2 .*ENFILE/],
      [{ call: 'pipe', errno: 23, after: 1 }, /pipe2 .*ENFILE/],
      [{ call: 'writeFile', errno: 28, path: 'tokens/' }, /writing its token to .* failed: ENOSPC .*; make room on \/run/],
      [{ call: 'spawn', errno: 11, path: '/bin/idle' }, /clone3 failed: EAGAIN/],
      [{ call: 'spawn', errno: 2, step: 7, path: '/bin/idle' }, /changing to WorkingDirectory failed: ENOENT/],
      [{ call: 'spawn', errno: 8, step: 11, path: '/bin/idle' }, /exec failed: ENOEXEC/],
    ] as const) {
      const scene = settled({ web: service('/bin/idle', { RestartPolicy: 0 }) });
      scene.run(100);
      const descriptors = scene.world.openDescriptors();
      const remove = scene.faults.add(rule);
      const client = scene.client();
      t.match(client.ask({ command: 'start', service: 'web' }), { status: 'ok', state: 'failed' }, String(words));
      t.match(client.ask({ command: 'status', service: 'web' })['detail'], words);
      client.close();
      scene.run(1000);
      t.strictSame(scene.world.openDescriptors(), descriptors);
      t.strictSame(scene.running('/bin/idle'), []);
      remove();
      t.match(scene.ask({ command: 'start', service: 'web' }), { state: 'active' });
      expectSound(t, scene);
    }
  },
);

t.test(
  'running out of descriptors harms nobody for good: starts fail and retry, clients wait, and everything works again afterwards',
  async (t) => {
    const scene = settled({ web: service('/bin/idle', { ...boot, RestartDelay: 1, RestartMaxRetries: 20 }) });
    const stop = [
      scene.faults.add({ call: 'pipe', errno: 24 }),
      scene.faults.add({ call: 'accept', errno: 24 }),
      scene.faults.add({ call: 'open', errno: 24 }),
    ];
    const client = scene.client();
    client.send({ command: 'status', service: 'web' });
    scene.running('/bin/idle')[0]?.die(9);
    scene.run(5000);
    t.strictSame(client.stream.takeLines(), []);
    t.equal(scene.state('web'), 'backoff');
    for (const remove of stop) remove();
    t.match(client.answer(2000), { state: 'backoff' });
    scene.until('the restart', () => scene.state('web') === 'active', 70_000);
    expectSound(t, scene);
  },
);

t.test('CAUSE-035 a handler that requires the service it is the handler of is started once, and PID 1 stays awake', async (t) => {
  const scene = settled({
    broken: service('/bin/absent', { RestartPolicy: 0, OnFailure: 'rescue' }),
    rescue: service('/bin/idle', { Requires: ['middle'] }),
    middle: service('/bin/idle', { Requires: ['broken'] }),
  });
  let attempts = 0;
  scene.onSpawn = ({ path }) => {
    if (path === '/bin/absent') attempts += 1;
  };
  const listener = scene.client();
  listener.ask({ command: 'subscribe', events: ['on_failure.*'] });
  t.match(scene.ask({ command: 'start', service: 'broken' }, 1000), { state: 'failed' });
  t.match(listener.answer(1000), { event: 'on_failure.loop_suppressed', payload: { handler: 'rescue' } });
  t.equal(attempts, 2, 'once by command, once for its handler');
  t.match(scene.ask({ command: 'status', service: 'rescue' }, 1000), { state: 'failed', cause: 'dependency_failure' });
  const operations = scene.composed.policy.services().map(({ operation }) => operation);
  t.strictSame(operations, [null, null, null, null]);
  expectSound(t, scene);
});

t.test('OP-009 OP-010 a kill that fails is tried until it works, and never hits what is born afterwards', async (t) => {
  for (const errno of [12, 24, 5, 1]) {
    const scene = settled({ web: service('/bin/stubborn', { ...boot, StopTimeout: 1 }) });
    scene.faults.add({ call: 'writeFile', errno, path: 'cgroup.kill', times: 8 });
    t.match(scene.ask({ command: 'stop', service: 'web' }), { state: 'inactive' });
    t.strictSame(scene.running('/bin/stubborn'), []);
    t.match(scene.ask({ command: 'start', service: 'web' }), { state: 'active' });
    scene.run(10_000);
    t.equal(scene.running('/bin/stubborn').length, 1);
    t.equal(scene.state('web'), 'active');
    expectSound(t, scene);
  }
});

t.test('ST-032 a cgroup that cannot be read for a moment does not count as empty', async (t) => {
  const scene = settled({ web: service('/bin/family', { StopTimeout: 3 }) });
  scene.program('/bin/family', (process) => {
    const child = process.fork(() => undefined);
    // The main process goes first, its child takes its time.
    child.onSignal(15, () => undefined);
    process.onSignal(15, () => process.exit(0));
  });
  scene.ask({ command: 'start', service: 'web' });
  const client = scene.client();
  scene.faults.add({ call: 'readAt', errno: 12, times: 20 });
  client.send({ command: 'stop', service: 'web' });
  scene.run(2000);
  t.equal(scene.state('web'), 'stopping');
  t.match(client.answer(), { state: 'inactive' });
  t.strictSame(scene.running('/bin/family'), []);
  expectSound(t, scene);
});

t.test('FDS-009 FDS-012 descriptors that a service left are handed to its next process and closed by its stop', async (t) => {
  const scene = settled({ web: service('/bin/keeper', { Readiness: 0, FdStoreMax: 2, RestartPolicy: 2, RestartDelay: 0 }) });
  const given: (readonly string[])[] = [];
  scene.program('/bin/keeper', (process) => {
    given.push([process.environment.get('LISTEN_FDNAMES') ?? '', String(process.stored.length)]);
    process.notify('FDSTORE=1\nFDNAME=socket', [openFile('kept', {})]);
    process.after(100, () => process.notify('READY=1'));
  });
  const kept = (): number => scene.world.openDescriptors().filter((fd) => scene.world.file(fd)?.kind === 'kept').length;
  t.match(scene.ask({ command: 'restart', service: 'web' }), { state: 'active' });
  t.equal(kept(), 1);
  scene.running('/bin/keeper')[0]?.die(11);
  scene.until('the restart', () => given.length === 2 && scene.state('web') === 'active');
  t.strictSame(given, [
    ['', '0'],
    ['socket', '1'],
  ]);
  scene.ask({ command: 'stop', service: 'web' });
  t.equal(kept(), 0);
  expectSound(t, scene);
});

t.test('FDS-011 O-23 with FdStoreKeep what was handed over comes again at every start, and with the default once', async (t) => {
  for (const [keep, expected] of Object.entries({ 0: [0, 1, 0, 0, 0], 1: [0, 1, 1, 1, 1] })) {
    const scene = settled({ web: service('/bin/keeper', { Readiness: 0, FdStoreMax: 1, FdStoreKeep: Number(keep) }) });
    const given: number[] = [];
    scene.program('/bin/keeper', (process) => {
      given.push(process.stored.length);
      // As systemd's own programs do: what came along is stored again, what did not come is made.
      const made = given.length === 1 ? [openFile('kept', {})] : keep === '1' ? process.stored : [];
      if (made.length > 0) process.notify('FDSTORE=1\nFDNAME=socket', made);
      process.after(10, () => process.notify('READY=1'));
    });
    for (let start = 0; start < 5; start++)
      t.match(scene.ask({ command: start === 0 ? 'start' : 'restart', service: 'web' }), { state: 'active' });
    t.strictSame(given, expected, `FdStoreKeep ${keep}`);
    t.strictSame(scene.ask({ command: 'status', service: 'web' })['stored_descriptors'], keep === '1' ? ['socket'] : []);
    expectSound(t, scene);
  }
});

t.test('CMD-005 CMD-007 CMD-009 CMD-011 the life of a service by command, end to end, pipelined and byte by byte', async (t) => {
  const scene = settled({ web: service('/bin/web', { Readiness: 0, ExecReload: 'signal:SIGHUP', RestartPolicy: 0 }) });
  scene.program('/bin/web', (process) => {
    process.after(50, () => process.notify('READY=1\nSTATUS=up'));
    process.onSignal(1, () => {
      process.notify('RELOADING=1');
      process.after(50, () => process.notify('READY=1'));
    });
  });
  const client = scene.client();
  const lines = [
    { command: 'start', service: 'web' },
    { command: 'status', service: 'WEB' },
    { command: 'reload', service: 'web', wait: true },
    { command: 'restart', service: 'web' },
    { command: 'stop', service: 'web' },
    { command: 'start', service: 'nobody' },
    { command: 'list' },
  ];
  for (const line of lines) for (const byte of Buffer.from(`${JSON.stringify(line)}\n`)) client.stream.send(Uint8Array.of(byte));
  const start = client.answer();
  t.match(start, { status: 'ok', service: 'web', state: 'active', cause: 'explicit_start' });
  t.match(client.answer(), { state: 'active', status_text: 'up', current_job: { type: 'service_main' } });
  t.match(client.answer(), { state: 'active', mode: 'confirmed' });
  const restart = client.answer();
  t.match(restart, { state: 'active' });
  t.not(restart['operation_id'], start['operation_id']);
  t.match(client.answer(), { state: 'inactive', cause: 'explicit_stop' });
  t.match(client.answer(), { status: 'error', code: 'UNKNOWN_SERVICE' });
  matchEach(t, client.answer()['services'], [{ service: 'registryd' }, { service: 'web', state: 'inactive' }]);
  t.match(client.ask({ command: 'operation-status', operation_id: String(start['operation_id']).toUpperCase() }), {
    operation: { state: 'completed', result: 'active' },
  });
  scene.run(75_000);
  t.match(scene.ask({ command: 'operation-status', operation_id: start['operation_id'] }), { code: 'UNKNOWN_OPERATION' });
  expectSound(t, scene);
});

t.test('CTL-018 SIG-006 what a client sent before it hung up is carried out, and harms nothing', async (t) => {
  const scene = settled({ web: service('/bin/idle'), other: service('/bin/idle') });
  const client = scene.client();
  client.send({ command: 'start', service: 'web' }, { command: 'start', service: 'other' });
  client.close();
  scene.until('both', () => scene.state('web') === 'active' && scene.state('other') === 'active', 5000);
  scene.run(1000);
  t.equal(scene.world.openDescriptors().filter((fd) => scene.world.file(fd)?.kind === 'connection').length, 1, 'the one to registryd');
  expectSound(t, scene);
});

t.test('EXEC-017 a network filesystem mounted after the boot counts from the next start on', async (t) => {
  const scene = createScene({ tree: withServices({ near: service('/srv/near'), far: service('/srv/far') }) });
  for (const path of ['/srv/near', '/srv/far']) scene.program(path, programs.idle);
  const remote = new Map<string, boolean>();
  scene.onSpawn = (request) => remote.set(request.path, request.remote);
  scene.boot();
  t.match(scene.ask({ command: 'start', service: 'near' }), { state: 'active' });
  t.equal(scene.kernel.mount('server:/srv', '/srv', 'nfs', 0, null), 0);
  scene.run(1);
  t.match(scene.ask({ command: 'start', service: 'far' }), { status: 'ok' });
  t.equal(remote.get('/srv/near'), false);
  t.equal(remote.get('/srv/far'), true, 'PID 1 does not wait for its exec');
});

t.test('HC-008 HC-009 a health check that outlives SIGKILL, or leaves something that does, costs the service nothing', async (t) => {
  const scene = settled({
    web: service('/bin/idle', { ...boot, HealthCheck: '/bin/check', HealthCheckInterval: 1, HealthCheckTimeout: 1, HealthCheckRetries: 2 }),
  });
  const [main] = scene.running('/bin/idle');
  let round = 0;
  scene.program('/bin/check', (process) => {
    round += 1;
    if (round === 2) return process.hang();
    if (round === 4) process.fork((child) => child.hang());
    process.after(5, () => process.exit(0));
  });
  scene.until('many checks', () => round >= 12, 60_000);
  scene.run(500);
  t.match(scene.view('web'), { state: 'active', health: 'healthy' });
  t.equal(scene.running('/bin/idle')[0]?.pid, main?.pid, 'it was not restarted');
  const status = scene.ask({ command: 'status', service: 'web' });
  t.match(status, { health_check: { result: 'passed', exit_code: 0 } });
  matchEach(t, status.warnings, [
    { path: 'peinit/web/health', type: 'health' },
    { path: 'peinit/web/health@gen1', type: 'health' },
  ]);
  expectSound(t, scene);
});

t.test(
  'HC-010 what a pre-hook leaves in D-state does not stand in the way of ExecReload, and the tree is given up at the stop',
  async (t) => {
    const scene = createScene({
      tree: withServices({ web: service('/bin/idle', { ...boot, ExecStartPre: ['/bin/hook'], ExecReload: '/bin/reload' }) }),
    });
    scene.program('/bin/idle', programs.idle);
    scene.program('/bin/hook', (process) => {
      process.fork((child) => child.hang());
      process.after(5, () => process.exit(0));
    });
    scene.program('/bin/reload', programs.exits(0));
    scene.boot();
    for (let round = 0; round < 2; round++) {
      scene.ask({ command: 'reload', service: 'web' });
      scene.run(100);
      t.match(scene.ask({ command: 'status', service: 'web' }), { state: 'active', detail: null });
    }
    t.equal(scene.started.filter((path) => path === '/bin/reload').length, 2);
    t.match(scene.ask({ command: 'restart', service: 'web' }, 60_000), { state: 'active' });
    t.match(scene.running('/bin/idle')[0]?.cgroup, /web@gen1\/main/);
    expectSound(t, scene);
  },
);
