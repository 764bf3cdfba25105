/** Mounts of a whole machine on the simulated kernel: late, hanging and dead devices, and the end of the machine. */
import t from 'tap';
import { fileNode } from '../../../src/linux/simulated/file-tree.ts';
import type { Values } from '../../support/fake-registryd.ts';
import type { Scene } from '../../support/simulated-peinit.ts';
import { createScene, deadPaths, expectSound, hangingPaths, programs, service, withServices } from '../../support/simulated-peinit.ts';

const boot = { Triggers: ['boot'] };
const entry = (point: string, values: Values = {}): Values => ({ MountPoint: point, Device: 'tmpfs', FsType: 'tmpfs', ...values });
const key = 'Machine\\System\\Boot\\Mounts';

function booting(entries: Readonly<Record<string, Values>>, services: Readonly<Record<string, Values>> = {}): Scene {
  const mounts = Object.entries(entries).map(([name, values]) => [`${key}\\${name}`, values] as const);
  const scene = createScene({
    recorded: true,
    tree: { ...withServices(services), ...Object.fromEntries(mounts) },
    fsck: new Map([['/dev/bad', 4]]),
  });
  scene.program('/bin/idle', programs.idle);
  scene.start();
  return scene;
}

const settles = (scene: Scene): void => scene.until('the machine settles', () => scene.composed.policy.machine().settledAt !== null);
const mounted = (scene: Scene, target: string): boolean => scene.tree.mounts.some((mount) => mount.target === target);

t.test('BOOT-031 BOOT-032 a mount is there before what requires it, is made by no call of PID 1, and is undone at the end', async (t) => {
  const scene = booting({ any: entry('/data') }, { app: service('/bin/idle', { ...boot, Requires: ['mount:/data'] }) });
  scene.onSpawn = ({ path }) => {
    if (path === '/bin/idle') t.ok(mounted(scene, '/data'));
  };
  settles(scene);
  t.strictSame([scene.state('mount:/data'), scene.state('app')], ['completed', 'active']);
  t.match(scene.ask({ command: 'stop', service: 'mount:/data' }), { state: 'inactive' });
  t.notOk(mounted(scene, '/data'));
  t.match(scene.ask({ command: 'start', service: 'mount:/data' }), { state: 'completed' });
  scene.ask({ command: 'shutdown', type: 'poweroff' });
  scene.until('the end', () => scene.over);
  t.notOk(mounted(scene, '/data'));
  t.notOk(scene.calls.some((call) => /^u?mount .*\/data/.test(call)));
});

t.test('BOOT-031 a device that comes late is waited for within StartTimeout, and nothing in PID 1 wakes for it', async (t) => {
  const scene = booting({
    late: entry('/late', { Device: '/dev/late', StartTimeout: 60 }),
    never: entry('/never', { Device: '/dev/never' }),
  });
  scene.run(5000);
  t.strictSame([scene.state('mount:/late'), scene.state('mount:/never')], ['starting', 'starting']);
  scene.tree.place('/dev/late', fileNode('', 0o644));
  settles(scene);
  t.strictSame([scene.state('mount:/late'), scene.state('mount:/never')], ['completed', 'failed']);
  t.match(scene.view('mount:/never').detail, /its device \/dev\/never had not appeared 30 seconds after the start/);
  expectSound(t, scene);
});

t.test('BOOT-033 BOOT-034 fsck that finds what it cannot mend fails the mount and what requires it', async (t) => {
  const scene = booting(
    { bad: entry('/bad', { Device: '/dev/bad', Fsck: 1 }) },
    { app: service('/bin/idle', { ...boot, Requires: ['mount:/bad'] }) },
  );
  scene.until('dev', () => mounted(scene, '/dev'));
  scene.tree.place('/dev/bad', fileNode('', 0o644));
  settles(scene);
  t.strictSame([scene.view('mount:/bad').cause, scene.view('app').cause], ['mount_failure', 'dependency_failure']);
  t.notOk(mounted(scene, '/bad'));
  expectSound(t, scene);
});

t.test(
  'BOOT-031 a device that hangs fails its mount at StartTimeout, PID 1 goes on, the leak is listed, and the machine ends in time',
  async (t) => {
    const scene = booting(
      {
        hangs: entry('/hangs', { Device: `${hangingPaths}/disk`, StartTimeout: 2 }),
        dead: entry('/dead-disk', { Device: `${deadPaths}/disk`, StartTimeout: 2 }),
      },
      { web: service('/bin/idle', boot) },
    );
    scene.until('web', () => scene.running('/bin/idle').length === 1);
    scene.run(1000);
    t.match(scene.ask({ command: 'status', service: 'web' }, 100), { state: 'active' });
    settles(scene);
    t.strictSame([scene.state('mount:/hangs'), scene.state('mount:/dead-disk')], ['failed', 'abandoned']);
    t.equal(scene.view('mount:/dead-disk').leaks.length, 1);
    const from = scene.nowMs;
    scene.ask({ command: 'shutdown', type: 'poweroff' });
    scene.until('the end', () => scene.over);
    t.ok(scene.nowMs - from < 20_000);
  },
);

t.test(
  'O-140 an entry that is removed while it is mounted stays until it is stopped, and one that is new is not mounted by itself',
  async (t) => {
    const scene = booting({ any: entry('/data') });
    settles(scene);
    scene.registryd.deleteKey(`${key}\\any`);
    scene.registryd.set(`${key}\\new`, entry('/new'));
    scene.run(5000);
    t.equal(scene.view('mount:/data').definitionRemoved, false, 'nobody watches Boot');
    t.match(scene.ask({ command: 'reload-config' }), { status: 'ok' });
    t.equal(scene.view('mount:/data').definitionRemoved, true);
    t.strictSame([scene.state('mount:/data'), scene.state('mount:/new')], ['completed', 'inactive']);
    t.match(scene.ask({ command: 'stop', service: 'mount:/data' }), { status: 'ok' });
    t.equal(scene.composed.policy.service('mount:/data'), null);
    t.notOk(mounted(scene, '/data'));
    expectSound(t, scene);
  },
);
