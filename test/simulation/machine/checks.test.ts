import t from 'tap';
import { fileNode } from '../../../src/linux/simulated/file-tree.ts';
import { matchEach } from '../../support/lists.ts';
import type { Scene } from '../../support/simulated-peinit.ts';
import {
  createScene,
  deadPaths,
  expectSound,
  hangingPaths,
  helperProgram,
  programs,
  service,
  withServices,
} from '../../support/simulated-peinit.ts';

const boot = { Triggers: ['boot'] };

function booted(services: Parameters<typeof withServices>[0]): Scene {
  const scene = createScene({ recorded: true, tree: withServices(services) });
  scene.program('/bin/idle', programs.idle);
  scene.tree.place('/etc/there', fileNode('', 0o644));
  scene.start();
  return scene;
}

const settles = (scene: Scene): void => scene.until('the machine settles', () => scene.composed.policy.machine().settledAt !== null);

t.test(
  'DEF-049 DEF-050 DEF-051 DEF-064 path checks are judged by the helper in a cgroup of its own, and PID 1 never touches the path',
  async (t) => {
    const scene = booted({
      single: service('/bin/idle', { ...boot, Conditions: ['path:/etc/there'] }),
      holds: service('/bin/idle', { ...boot, Conditions: ['path:/etc/there', 'file:/etc/there', 'directory:/etc'] }),
      lacks: service('/bin/idle', { ...boot, Conditions: ['path:/etc/there', 'directory:/etc/there'] }),
      asserts: service('/bin/idle', { ...boot, Asserts: ['file:/etc/nowhere'] }),
    });
    const cgroups = new Set<string>();
    scene.onSpawn = ({ path }) => {
      if (path === helperProgram) for (const process of scene.running(helperProgram)) cgroups.add(process.cgroup);
    };
    settles(scene);
    t.equal(scene.state('single'), 'active');
    t.strictSame([scene.state('holds'), scene.state('lacks'), scene.state('asserts')], ['active', 'skipped', 'failed']);
    t.equal(scene.view('asserts').cause, 'assertion_error');
    t.equal(scene.started.filter((path) => path === helperProgram).length, 4);
    for (const cgroup of cgroups) t.match(cgroup, /^\/peinit\/@check-\d+$/);
    t.ok(cgroups.size > 0);
    t.notOk(scene.calls.some((call) => call.includes('/etc/there') || call.includes('/etc/nowhere')));
    scene.run(1000);
    const left = scene.kernel.readDirectory('/sys/fs/cgroup/peinit');
    t.notOk(Array.isArray(left) && left.some((name) => name.startsWith('@check')), 'the cgroups of checks are removed');
    expectSound(t, scene);
  },
);

t.test(
  'DEF-058 DEF-065 a check that hangs counts as not satisfied after PreStartCheckTimeout, is killed, and holds up nobody else',
  async (t) => {
    const scene = booted({
      condition: service('/bin/idle', { ...boot, Conditions: [`path:${hangingPaths}/a`], PreStartCheckTimeout: 3 }),
      assert: service('/bin/idle', { ...boot, Asserts: [`path:${hangingPaths}/b`], PreStartCheckTimeout: 4 }),
      web: service('/bin/idle', boot),
    });
    scene.until('both helpers', () => scene.running(helperProgram).length === 2);
    scene.run(1000);
    t.match(scene.ask({ command: 'status', service: 'web' }, 100), { state: 'active' });
    t.match(scene.ask({ command: 'machine-status' }, 100), { phase: 'booting' });
    scene.run(2500);
    t.strictSame([scene.state('condition'), scene.state('assert')], ['skipped', 'inactive']);
    settles(scene);
    t.match(scene.view('assert'), { state: 'failed', cause: 'assertion_error' });
    t.match(scene.console, /condition: its conditions were not judged within 3 s \(PreStartCheckTimeout\)/);
    scene.run(1000);
    t.equal(scene.running(helperProgram).length, 0, 'killed');
    t.equal(scene.processes.zombies(), 0);
    expectSound(t, scene);
  },
);

t.test('DEF-065 a helper that outlives SIGKILL is left behind, and its cgroup goes when it does', async (t) => {
  const scene = booted({ dead: service('/bin/idle', { ...boot, Conditions: [`path:${deadPaths}/nfs`] }) });
  settles(scene);
  t.equal(scene.state('dead'), 'skipped');
  const [helper] = scene.running(helperProgram);
  scene.run(60_000);
  const told = /a check of paths outlived SIGKILL in cgroup peinit\/@check-1 and is left behind/;
  t.match(scene.console, told);
  matchEach(t, scene.ask({ command: 'machine-status' }).warnings, [told]);
  t.equal(helper?.alive, true);
  const cgroup = `/sys/fs/cgroup${helper?.cgroup}`;
  t.ok(Array.isArray(scene.kernel.readDirectory(cgroup)));
  // The next attempt gets a helper and a cgroup of its own.
  t.match(scene.ask({ command: 'start', service: 'dead' }, 10_000), { status: 'ok', state: 'skipped' });
  t.equal(scene.running(helperProgram).length, 2);
  scene.run(1000);
  const open = scene.world.openDescriptors().length;
  helper?.letGo();
  scene.run(1000);
  t.equal(helper?.alive, false);
  t.equal(scene.kernel.readDirectory(cgroup), -2, 'its cgroup is removed');
  t.equal(scene.world.openDescriptors().length, open - 1, 'its pidfd is closed');
  t.equal(scene.processes.zombies(), 0);
  expectSound(t, scene);
});

t.test('DEF-065 a shutdown does not wait for a check that hangs', async (t) => {
  for (const path of [hangingPaths, deadPaths]) {
    const scene = booted({ waits: service('/bin/idle', { ...boot, Conditions: [`path:${path}/a`], PreStartCheckTimeout: 600 }) });
    scene.until('the helper', () => scene.running(helperProgram).length === 1);
    scene.run(1000);
    scene.signals.raise(15, 0, 0);
    scene.until('the end', () => scene.over, 2000);
    t.equal(scene.started.includes('/bin/idle'), false);
    expectSound(t, scene);
  }
});

t.test('DEF-064 a helper that cannot be started, and one that answers nonsense, satisfy no condition and harm nothing else', async (t) => {
  for (const prepare of [
    (scene: Scene): void => void scene.faults.add({ call: 'spawn', errno: 11, path: helperProgram }),
    (scene: Scene): void => void scene.faults.add({ call: 'mkdir', errno: 28, path: '@check' }),
    (scene: Scene): void => void scene.faults.add({ call: 'pipe', errno: 24, times: 1, after: 2 }),
    (scene: Scene): void =>
      scene.program(helperProgram, (process) => {
        process.write(1, 'yes!');
        process.exit(0);
      }),
    (scene: Scene): void => scene.program(helperProgram, programs.exits(1)),
    (scene: Scene): void => scene.program(helperProgram, (process) => process.die(11)),
  ]) {
    const scene = createScene({
      tree: withServices({ a: service('/bin/idle', { ...boot, Conditions: ['path:/etc/there'] }), b: service('/bin/idle', boot) }),
    });
    scene.program('/bin/idle', programs.idle);
    scene.tree.place('/etc/there', fileNode('', 0o644));
    prepare(scene);
    scene.start();
    settles(scene);
    t.strictSame([scene.state('a'), scene.state('b')], ['skipped', 'active']);
    expectSound(t, scene);
  }
});
