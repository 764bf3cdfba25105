/** Phase 1 as a whole: its order, and each of its failures by itself with what becomes of the boot. PSD-007 2.1. */
import t from 'tap';
import type { FaultRule } from '../../../src/linux/simulated/faults.ts';
import { fileNode } from '../../../src/linux/simulated/file-tree.ts';
import { servicesKey } from '../../support/fake-registryd.ts';
import type { Scene, SceneOptions } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, helperProgram, registrydProgram, service } from '../../support/simulated-peinit.ts';

const app = '/bin/app';
const seed = '/var/lib/peinit/random-seed';

function sceneOf(options: SceneOptions = {}): Scene {
  const tree = {
    [`${servicesKey}\\app`]: service(app, { Triggers: ['boot'] }),
    'Machine\\System\\Init\\ProvisionedPaths\\srv': { Kind: 'directory', Path: '/srv' },
  };
  const scene = createScene({ shells: ['/bin/sh'], tree, ...options });
  scene.program(app, () => undefined);
  scene.tree.place(seed, fileNode('x'.repeat(512), 0o600));
  return scene;
}

t.test(
  'BOOT-001 BOOT-006 BOOT-010 BOOT-012 BOOT-020 BOOT-024 BOOT-080 BOOT-088 all calls of Phase 1 come in order, and nothing else is started',
  async (t) => {
    const scene = sceneOf({ recorded: true });
    scene.boot();
    const order = [
      'writeFile /.peinit/probe-',
      'mount sysfs /sys',
      'mount devtmpfs /dev',
      'mount cgroup2 /sys/fs/cgroup',
      'mount tmpfs /run',
      'mount devpts /dev/pts',
      'mount tmpfs /dev/shm',
      'addEntropy',
      'replaceFile /etc/machine-id',
      'readRtc',
      'setRealtime 1900000000',
      'bindDatagram /run/peinit/notify.sock',
      `spawn ${registrydProgram}`,
      `spawn ${helperProgram}`,
      'listenStream /run/peinit/control.sock',
      'loopbackUp',
      `spawn ${app}`,
    ];
    const places = order.map((call) => scene.calls.findIndex((each) => each.startsWith(call)));
    t.strictSame(
      order.filter((_, index) => (places[index] ?? -1) < 0),
      [],
      'all of them happen',
    );
    t.strictSame(
      [...places].sort((one, other) => one - other),
      places,
    );
    t.strictSame(scene.started, [registrydProgram, helperProgram, app]);
    t.ok(
      scene.calls.every((call) => !call.startsWith('mount ') || !/ \/ /.test(call)),
      'a root that is writable is left alone',
    );
    expectSound(t, scene);
  },
);

type Failure = Omit<FaultRule, 'probability'>;
const twice = { times: 2 } as const;

/** Ends in Recovery with that reason. The name of devtmpfs holds that of tmpfs. */
const fatal: readonly (readonly [string, string, Failure, RegExp])[] = [
  [
    'BOOT-008',
    'the directory of the probe',
    { call: 'mkdir', errno: 28, path: '/.peinit' },
    /root is not writable: writing the probe file .*ENOSPC/,
  ],
  ['BOOT-008', 'the probe', { call: 'writeFile', errno: 5, path: '/.peinit/probe-' }, /root is not writable: .*EIO/],
  ['BOOT-008', 'removing the probe', { call: 'unlink', errno: 30, path: '/.peinit/probe-', ...twice }, /root is not writable: .*EROFS/],
  ['BOOT-011', '/proc', { call: 'mount', errno: 19, path: 'proc' }, /mounting proc on \/proc failed: ENODEV/],
  ['BOOT-011', '/sys', { call: 'mount', errno: 19, path: 'sysfs' }, /mounting sysfs on \/sys failed: ENODEV/],
  ['BOOT-011', '/dev', { call: 'mount', errno: 12, path: 'devtmpfs' }, /mounting devtmpfs on \/dev failed: ENOMEM/],
  ['BOOT-011', '/sys/fs/cgroup', { call: 'mount', errno: 16, path: 'cgroup2' }, /mounting cgroup2 on \/sys\/fs\/cgroup failed: EBUSY/],
  ['BOOT-011', '/run', { call: 'mount', errno: 12, path: 'tmpfs', after: 1, times: 1 }, /mounting tmpfs on \/run failed: ENOMEM/],
  ['BOOT-011', '/dev/pts', { call: 'mount', errno: 19, path: 'devpts' }, /mounting devpts on \/dev\/pts failed: ENODEV/],
  ['BOOT-011', '/dev/shm', { call: 'mount', errno: 12, path: 'tmpfs', after: 2 }, /mounting tmpfs on \/dev\/shm failed: ENOMEM/],
  ['', 'the directory of the sockets', { call: 'mkdir', errno: 28, path: '/run/peinit' }, /creating \/run\/peinit failed: ENOSPC/],
  [
    '',
    'the id of the boot',
    { call: 'writeFile', errno: 28, path: '/run/peinit/boot-id' },
    /writing \/run\/peinit\/boot-id failed: ENOSPC/,
  ],
  ['BOOT-012', 'the real-time clock', { call: 'readRtc', errno: 2 }, /clock: no usable real-time clock: ENOENT/],
  ['BOOT-012', 'setting the clock', { call: 'setRealtime', errno: 1 }, /clock: clock_settime failed: EPERM/],
  ['SIG-001', 'catching signals', { call: 'catchSignals', errno: 24 }, /signals cannot be caught: EMFILE/],
  ['BOOT-088', 'the notify socket', { call: 'bindDatagram', errno: 98 }, /the notify socket cannot be created: EADDRINUSE/],
  ['BOOT-019', 'cloning registryd', { call: 'spawn', errno: 12, path: registrydProgram }, /registryd did not start: .*ENOMEM/],
  [
    'BOOT-019',
    'the program of registryd',
    { call: 'spawn', errno: 8, step: 11, path: registrydProgram },
    /registryd did not start: .*ENOEXEC/,
  ],
  ['BOOT-019', 'the way to the registry', { call: 'connectStream', errno: 111 }, /the registry cannot be reached/],
  [
    'BOOT-021',
    'the control socket',
    { call: 'listenStream', errno: 98, path: 'control.sock' },
    /the control socket cannot be created: EADDRINUSE/,
  ],
];

for (const [id, what, failure, reason] of fatal)
  t.test(`${id} Phase 1: a failure of ${what} leads to Recovery, with a shell, without Phase 2 and without a reboot`.trim(), async (t) => {
    const scene = sceneOf({ faults: [failure] });
    scene.start();
    scene.shows(/recovery mode\n[^\n]*reason: [^\n]*\n/, 200_000);
    t.match(/reason: (.*)/.exec(scene.console)?.[1], reason);
    scene.run(60_000);
    t.equal(scene.running('/bin/sh').length, 1);
    t.notOk(scene.started.includes(app));
    t.equal(scene.over, false);
    expectSound(t, scene);
  });

/** Is told as a warning; the boot goes on. */
const told: readonly (readonly [string, string, Failure, RegExp])[] = [
  ['BOOT-075', 'reading the seed', { call: 'readFile', errno: 5, path: seed }, /reading \/var\/lib\/peinit\/random-seed failed: EIO/],
  ['BOOT-075', 'taking the seed', { call: 'addEntropy', errno: 1 }, /restoring the random seed failed: EPERM/],
  ['BOOT-076', 'reading the machine id', { call: 'readFile', errno: 5, path: '/etc/machine-id' }, /reading \/etc\/machine-id failed: EIO/],
  [
    'BOOT-076',
    'writing the machine id',
    { call: 'replaceFile', errno: 30, path: '/etc/machine-id' },
    /writing \/etc\/machine-id failed: EROFS/,
  ],
  [
    'BOOT-023',
    'the socket of ad-hoc jobs',
    { call: 'listenStream', errno: 98, path: 'jfs.sock' },
    /the socket of ad-hoc jobs .*cannot be created: EADDRINUSE/,
  ],
  ['BOOT-025', 'the interface lo', { call: 'loopbackUp', errno: 19 }, /the interface lo is not up: ENODEV/],
  [
    'BOOT-082',
    'a provisioned path that is not required',
    { call: 'spawn', errno: 12, path: helperProgram },
    /the provisioned path srv, \/srv, failed: .*ENOMEM/,
  ],
];

for (const [id, what, failure, warning] of told)
  t.test(`${id} Phase 1: a failure of ${what} is a warning, and the boot goes on`, async (t) => {
    const scene = sceneOf({ faults: [failure] });
    scene.boot();
    t.match(scene.console, new RegExp(`warning: .*${warning.source}`));
    t.equal(scene.state('app'), 'active');
    expectSound(t, scene);
  });

t.test('BOOT-010 Phase 1: that /proc, /sys or /dev are busy is no failure', async (t) => {
  for (const path of ['proc', 'sysfs', 'devtmpfs']) {
    const scene = sceneOf({ faults: [{ call: 'mount', errno: 16, path }] });
    scene.tree.place('/sys/fs/cgroup/.keep', fileNode('', 0o644));
    scene.start();
    scene.run(1000);
    t.notMatch(scene.console, /mounting .* failed/, path);
  }
});
