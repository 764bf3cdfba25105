/** Machines that can make no cgroups. */
import t from 'tap';
import type { SimulatedProcess } from '../../../src/linux/simulated/processes.ts';
import type { SceneOptions } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, programs, service, withServices } from '../../support/simulated-peinit.ts';

const EROFS = 30;
const readOnly = { faults: [{ call: 'mkdir', errno: EROFS, path: '/sys/fs/cgroup/peinit' }] } as const;
const held = 'processes are held as descendants of process 1';

for (const [what, options, reason] of [
  ['no cgroup can be made', readOnly, 'no cgroup can be made at /sys/fs/cgroup/peinit: EROFS (read-only file system)'],
  [
    'what is there is no cgroup2',
    {
      mounted: [
        { target: '/proc', type: 'proc' },
        { target: '/sys/fs/cgroup', type: 'tmpfs' },
      ],
    },
    /is not cgroup2/,
  ],
  ['the parameter says so', { cmdline: 'peinit.containment=process-tree' }, 'peinit.containment=process-tree was given'],
  ['the parameter says so in a container', { container: true, words: ['peinit.containment=process-tree'] }, /was given/],
] as readonly (readonly [string, SceneOptions, string | RegExp])[])
  t.test(`O-10 where ${what}, the machine runs in process-tree mode and says once what is weaker`, async (t) => {
    const scene = createScene({ ...options, tree: withServices({ web: service('/bin/web', { Triggers: ['boot'] }) }) });
    scene.program('/bin/web', programs.idle);
    scene.boot();
    const { containment } = scene.ask({ command: 'machine-status' });
    t.strictSame([containment.mode, containment.mark], ['process_tree', 'group']);
    t.match(containment.weaker[0], reason);
    t.match(containment.weaker[0], held);
    for (const text of containment.weaker) t.equal(scene.console.split(`warning: ${text}`).length, 2, 'said once');
    t.equal(scene.state('web'), 'active');
    expectSound(t, scene);
  });

t.test('O-10 with cgroups nothing is weaker, and nothing is said', async (t) => {
  const scene = createScene({ tree: withServices({}) });
  scene.boot();
  t.strictSame(scene.ask({ command: 'machine-status' })['containment'], { mode: 'cgroup', mark: null, weaker: [] });
  t.notMatch(scene.console, new RegExp(held));
});

t.test('JOB-003 EVT-002 without cgroups cgroup_id is null', async (t) => {
  const scene = createScene({ ...readOnly, tree: withServices({ web: service('/bin/web') }) });
  scene.program('/bin/web', programs.idle);
  scene.boot();
  const client = scene.client();
  client.ask({ command: 'subscribe', events: ['job.*'] });
  scene.ask({ command: 'start', service: 'web' });
  scene.ask({ command: 'stop', service: 'web' });
  const ids = ['job.created', 'job.started', 'job.ended'].map((name) => {
    const { event, payload } = client.answer();
    t.equal(event, name);
    return payload.cgroup_id;
  });
  t.strictSame(ids, [undefined, null, null]);
});

t.test('EXEC-036 OP-009 without cgroups a stop ends all that a service left, and what has its own mark stays', async (t) => {
  const scene = createScene({ ...readOnly, tree: withServices({ web: service('/bin/web', { StopTimeout: 1 }), db: service('/bin/db') }) });
  const left: SimulatedProcess[] = [];
  scene.program('/bin/web', (process) => {
    const stubborn = process.fork((child) => child.onSignal(15, () => undefined));
    const dropper = process.fork((child) => {
      child.dropGroups();
      child.clearEnvironment();
      child.setsid();
      child.onSignal(15, () => undefined);
    });
    const daemon = process.fork((child) => {
      left.push(child.fork((self) => self.dropGroups()));
      child.exit(0);
    });
    left.push(stubborn, dropper, daemon);
  });
  scene.program('/bin/db', programs.idle);
  scene.boot();
  for (const name of ['web', 'db']) scene.ask({ command: 'start', service: name });
  scene.run(50);
  t.equal(left.filter(({ alive }) => alive).length, 3);
  t.match(scene.ask({ command: 'stop', service: 'web' }), { state: 'inactive' });
  t.strictSame(
    left.map(({ alive }) => alive),
    [false, false, false, false],
  );
  t.equal(scene.running('/bin/db').length, 1);
  expectSound(t, scene);
});
