import { constants } from 'node:fs';
import t from 'tap';
import type { Spawned, SpawnFailure, SpawnRequest } from '../../../src/kernel/kernel.ts';
import type { Program } from '../../../src/linux/simulated/processes.ts';
import type { SimulationOptions } from '../../../src/linux/simulated/simulated-kernel.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';

const root = '/sys/fs/cgroup';

/** A machine with one cgroup and a caught SIGCHLD; `ended` collects what the reaper found. */
function createScene(options: Partial<SimulationOptions> = {}) {
  const machine = createSimulatedKernel({ seed: 1, faults: [], ...options });
  const { kernel, world, processes } = machine;
  const errors: unknown[] = [];
  const loop = createSimulatedLoop(world, (error) => errors.push(error));
  const ended: { pid: number; exitCode: number | null; signal: number | null }[] = [];
  const signals = kernel.catchSignals([17, 15]);
  const caught: number[] = [];
  loop.watch(signals, { read: true }, 'signal', () => {
    caught.push(...kernel.drainSignals().map((record) => record.signal));
    for (const { pid, exitCode, signal } of kernel.reap()) ended.push({ pid, exitCode, signal });
  });
  kernel.mkdir(`${root}/a`, 0o755);
  const cgroup = kernel.open(`${root}/a`, constants.O_RDONLY | constants.O_DIRECTORY);
  const request = (overrides: Partial<SpawnRequest> = {}): SpawnRequest => ({
    path: '/bin/p',
    argv: ['p'],
    environment: [],
    ownPidVariables: [],
    workingDirectory: '/',
    cgroup,
    stdin: -1,
    stdout: -1,
    stderr: -1,
    stored: [],
    limits: [],
    oomScoreAdj: null,
    projection: null,
    remote: false,
    ...overrides,
  });
  const run = (program: Program, overrides: Partial<SpawnRequest> = {}): Spawned & Partial<SpawnFailure> => {
    processes.program('/bin/p', program);
    return kernel.spawn(request(overrides)) as Spawned & Partial<SpawnFailure>;
  };
  const events = (): string => new TextDecoder().decode(kernel.readFile(`${root}/a/cgroup.events`, 100) as Uint8Array);
  return { ...machine, loop, ended, caught, errors, request, run, events, cgroup };
}

t.test('a program runs, exits when it said, and is reaped once with its code', async (t) => {
  const { run, loop, ended, processes, kernel, world } = createScene();
  const before = world.now;
  const { pid, pidfd } = run((process) => process.after(250, () => process.exit(258)));
  t.equal(processes.living().length, 1);
  loop.runUntil(() => ended.length === 1);
  t.same(ended, [{ pid, exitCode: 2, signal: null }]);
  t.ok(world.now - before >= 250_000_000n);
  t.same(kernel.reap(), []);
  t.equal(kernel.signal(pidfd, 15), -3);
});

t.test('own pid variables hold the pid of the program', async (t) => {
  const { run, loop } = createScene();
  let seen: string | undefined;
  const { pid } = run((process) => (seen = process.environment.get('LISTEN_PID')), { ownPidVariables: ['LISTEN_PID'] });
  loop.runFor(10);
  t.equal(seen, String(pid));
});

t.test('SIGTERM ends a program unless it says otherwise, SIGKILL always, and nothing one that hangs', async (t) => {
  const { run, loop, ended, kernel, processes } = createScene();
  const plain = run(() => {});
  kernel.signal(plain.pidfd, 15);
  loop.runUntil(() => ended.length === 1);
  const stubborn = run((process) => process.onSignal(15, () => {}));
  loop.runFor(5);
  kernel.signal(stubborn.pidfd, 15);
  loop.runFor(50);
  t.equal(ended.length, 1);
  kernel.signal(stubborn.pidfd, 9);
  loop.runUntil(() => ended.length === 2);
  const hanging = run((process) => process.hang());
  loop.runFor(5);
  kernel.signal(hanging.pidfd, 9);
  loop.runFor(50);
  t.equal(ended.length, 2);
  processes.find(hanging.pid)?.letGo();
  loop.runUntil(() => ended.length === 3);
  t.same(
    ended.map((each) => each.signal),
    [15, 9, 9],
  );
});

t.test('cgroup.events says populated until the last process is gone, and wakes its watcher with EPOLLPRI', async (t) => {
  const { run, loop, kernel, events, processes } = createScene();
  run((process) => {
    process.fork((child) => child.after(100, () => child.exit(0)));
    process.after(20, () => process.exit(0));
  });
  const fd = kernel.open(`${root}/a/cgroup.events`, constants.O_RDONLY);
  kernel.readAt(fd, new Uint8Array(100), 0);
  let woken = 0;
  loop.watch(fd, { priority: true }, 'signal', (ready) => {
    t.equal(ready.priority, true);
    t.equal(ready.closed, false);
    kernel.readAt(fd, new Uint8Array(100), 0);
    woken += 1;
  });
  loop.runFor(60);
  t.match(events(), 'populated 1');
  t.equal(woken <= 1, true);
  loop.runUntil(() => events().includes('populated 0'));
  loop.runFor(20);
  t.ok(woken >= 1);
  t.equal(processes.zombies(), 0);
  const turns = loop.turns;
  loop.runFor(1000);
  t.equal(loop.turns, turns, 'rereading from the start disarms it');
});

t.test(
  'a write to cgroup.kill ends everything below, and whoever is born there later dies at birth until the directory is new',
  async (t) => {
    const { run, loop, ended, kernel, cgroup } = createScene();
    let started = 0;
    const program: Program = (process) => {
      started += 1;
      process.onSignal(15, () => {});
    };
    run(program);
    loop.runFor(10);
    kernel.writeFile(`${root}/a/cgroup.kill`, '1', { create: false });
    loop.runUntil(() => ended.length === 1);
    t.equal(ended[0]?.signal, 9);
    t.equal('pid' in run(program), true, 'clone3 reports success');
    loop.runUntil(() => ended.length === 2);
    t.equal(started, 1, 'it never ran');
    kernel.close(cgroup);
    kernel.rmdir(`${root}/a`);
    kernel.mkdir(`${root}/a`, 0o755);
    const fresh = kernel.open(`${root}/a`, constants.O_RDONLY | constants.O_DIRECTORY);
    run(program, { cgroup: fresh });
    loop.runFor(10);
    t.equal(started, 2);
  },
);

t.test('a populated cgroup cannot be removed, and a spawn into a removed one fails', async (t) => {
  const { run, loop, ended, kernel } = createScene();
  run((process) => process.after(10, () => process.exit(0)));
  t.equal(kernel.rmdir(`${root}/a`), -16);
  loop.runUntil(() => ended.length === 1);
  t.equal(kernel.rmdir(`${root}/a`), 0);
  t.match(
    run(() => {}),
    { errno: 2, step: null, call: 'clone3' },
  );
});

t.test('orphans become children of PID 1 and are reaped by it', async (t) => {
  const { run, loop, ended } = createScene();
  let orphan = 0;
  const parent = run((process) => {
    orphan = process.fork((child) => child.after(50, () => child.exit(7))).pid;
    process.exit(0);
  });
  loop.runUntil(() => ended.length === 2);
  t.same(
    ended.map((each) => [each.pid, each.exitCode]),
    [
      [parent.pid, 0],
      [orphan, 7],
    ],
  );
});

t.test('on the local path a failing step is the answer; on the remote path it is the record in the error pipe', async (t) => {
  const { kernel, request, loop, ended, run } = createScene({ mayLowerOom: false });
  t.match(kernel.spawn(request({ path: '/nope' })), { errno: 2, step: 11 });
  run(() => {});
  t.match(kernel.spawn(request({ workingDirectory: '/nope' })), { errno: 2, step: 7 });
  t.match(kernel.spawn(request({ oomScoreAdj: -1000 })), { errno: 13, step: 6 });
  t.match(kernel.spawn(request({ stored: [500] })), { errno: 9, step: 10 });
  t.match(kernel.spawn(request({ cgroup: 500 })), { errno: 9, step: null, call: 'clone3' });
  const remote = kernel.spawn(request({ path: '/nope', remote: true })) as Spawned;
  const record = new Uint8Array(16);
  t.equal(kernel.read(remote.errorPipe, record), -11, 'not yet');
  let bytes = -11;
  loop.runUntil(() => {
    bytes = kernel.read(remote.errorPipe, record);
    return bytes !== -11;
  });
  t.ok(bytes > 0);
  loop.runUntil(() => ended.some((each) => each.pid === remote.pid));
  t.equal(ended.find((each) => each.pid === remote.pid)?.exitCode, 127);
  const works = run(() => {}, { remote: true });
  bytes = -11;
  loop.runUntil(() => {
    bytes = kernel.read(works.errorPipe, record);
    return bytes !== -11;
  });
  t.equal(bytes, 0, 'end of file means that exec worked');
});

t.test('a scripted fault hits the call it names, as often as it says', async (t) => {
  const { kernel, request, run, faults } = createScene();
  run(() => {});
  faults.add({ call: 'spawn', errno: 11, times: 1, after: 1 });
  faults.add({ call: 'mkdir', errno: 28, path: '/b', times: 1 });
  t.equal('pid' in kernel.spawn(request()), true);
  t.same(kernel.spawn(request()), { errno: 11, step: null, call: 'clone3' });
  t.equal('pid' in kernel.spawn(request()), true);
  t.equal(kernel.mkdir('/c', 0o755), 0);
  t.equal(kernel.mkdir('/b', 0o755), -28);
  t.equal(kernel.mkdir('/b', 0o755), 0);
  faults.add({ call: 'spawn', errno: 13, step: 7, times: 1 });
  t.match(kernel.spawn(request()), { errno: 13, step: 7 });
  t.equal(faults.struck, 3);
});

t.test('signals reach PID 1 only when they are caught', async (t) => {
  const { signals, caught, loop } = createScene();
  signals.raise(1, 0, 0);
  signals.raise(15, 0, 0);
  loop.runFor(10);
  t.same(caught, [15]);
});

t.test('the same seed gives the same run, another seed another', async (t) => {
  const history = (seed: number): string => {
    const { run, loop, ended, world } = createScene({ seed, disturbance: {} });
    for (let i = 0; i < 20; i++) run((process) => process.after(5, () => process.exit(i)));
    loop.runUntil(() => ended.length >= 20);
    return `${world.now} ${ended.map((each) => each.exitCode).join()}`;
  };
  t.equal(history(5), history(5));
  t.not(history(5), history(6));
});

t.test('a calm machine keeps every order and delays nothing', async (t) => {
  const { run, loop, ended } = createScene({ disturbance: calm });
  for (let i = 0; i < 10; i++) run((process) => process.exit(i));
  loop.runUntil(() => ended.length === 10);
  t.same(
    ended.map((each) => each.exitCode),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
});

t.test('after reboot(2) nothing happens any more', async (t) => {
  const { kernel, loop, world } = createScene();
  loop.at(kernel.monotonicNs() + 1_000_000n, () => kernel.reboot(0x4321fedc));
  loop.at(kernel.monotonicNs() + 900_000_000n, () => t.fail('ran after the reboot'));
  loop.runFor(2000);
  t.equal(world.rebooted, 0x4321fedc);
  t.equal(loop.step(), false);
});
