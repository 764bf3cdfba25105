import t from 'tap';
import type { SpawnRequest } from '../../../src/kernel/kernel.ts';
import { readToken } from '../../../src/platform/hosted/identity/token-file.ts';
import type { Scene, SceneOptions } from '../../support/simulated-peinit.ts';
import {
  createScene,
  expectSound,
  helperProgram,
  programs,
  registrydProgram,
  service,
  withServices,
} from '../../support/simulated-peinit.ts';

const web = withServices({ web: service('/bin/web', { Triggers: ['boot'] }) });
const noClock: SceneOptions = { rtcSeconds: null, tree: web };

interface Case {
  readonly name: string;
  /** Line of the banner. */
  readonly reason: RegExp;
  readonly options?: SceneOptions;
  readonly prepare?: (scene: Scene) => void;
  /** When the reason shows. */
  readonly atSecond?: number;
}

/** Every way into Recovery. */
const cases: readonly Case[] = [
  {
    name: 'BOOT-008 a write probe that fails',
    reason: /root is not writable: .*ENOSPC/,
    prepare: failing('writeFile', 28, '/.peinit/probe-'),
  },
  {
    name: 'BOOT-011 /sys/fs/cgroup that cannot be mounted',
    reason: /mounting cgroup2 on \/sys\/fs\/cgroup failed: ENODEV/,
    prepare: failing('mount', 19, 'cgroup2'),
  },
  {
    name: 'BOOT-011 /dev/shm that cannot be mounted',
    reason: /mounting tmpfs on \/dev\/shm failed/,
    prepare: failing('mkdir', 30, '/dev/shm'),
  },
  { name: 'BOOT-073 no clock', reason: /no usable real-time clock/, options: noClock },
  { name: 'BOOT-073 a clock that cannot be set', reason: /clock_settime failed: EPERM/, prepare: failing('setRealtime', 1) },
  { name: 'SIG-001 signals that cannot be caught', reason: /signals cannot be caught: EMFILE/, prepare: failing('catchSignals', 24) },
  { name: 'BOOT-087 peios.recovery=1', reason: /peios\.recovery=1/, options: { cmdline: 'ro peios.recovery=1 peios.safemode=1' } },
  { name: 'BOOT-088 no notify socket', reason: /the notify socket cannot be created: EADDRINUSE/, prepare: failing('bindDatagram', 98) },
  {
    name: 'a registryd that is not there',
    reason: /registryd did not start: .*ENOENT/,
    prepare: failing('spawn', 2, registrydProgram, 11),
  },
  {
    name: 'no process for registryd',
    reason: /registryd did not start: .*EAGAIN/,
    prepare: failing('spawn', 11, registrydProgram),
  },
  {
    name: 'a registryd that ends at once',
    reason: /registryd did not start: .*exited with code 4/,
    prepare: ({ registryd }) => {
      registryd.switches.exitCode = 4;
    },
  },
  {
    name: 'BOOT-016 a registryd that never says READY=1',
    reason: /registryd did not start: .*READY=1 had not come 30 seconds after the start/,
    atSecond: 30,
    prepare: ({ registryd }) => {
      registryd.switches.ready = false;
    },
  },
  { name: 'a registryd whose socket refuses', reason: /the registry cannot be reached/, prepare: failing('connectStream', 111) },
  {
    name: 'BOOT-018 no SchemaVersion',
    reason: /probe read of .*SchemaVersion: .*no value/,
    prepare: ({ registryd }) => registryd.deleteValue('Machine\\System\\Services', 'SchemaVersion'),
  },
  {
    name: 'BOOT-018 SchemaVersion of another type',
    reason: /SchemaVersion is QWORD and must be REG_DWORD/,
    options: { tree: { 'Machine\\System\\Services': { SchemaVersion: { type: 'QWORD', data: '1' } } } },
  },
  {
    name: 'BOOT-018 a probe read that fails',
    reason: /probe read .*made to fail/,
    prepare: ({ registryd }) => void registryd.switches.failing.set('query', 'EIO'),
  },
  {
    name: 'BOOT-018 a probe read that is not answered',
    reason: /probe read .*did not answer within 30 s/,
    atSecond: 30,
    prepare: ({ registryd }) => void registryd.switches.mute.add('query'),
  },
  {
    name: 'BOOT-018 a registryd that dies at the probe read',
    reason: /registryd (did not start|did not pass)/,
    prepare(scene) {
      scene.registryd.switches.mute.add('query');
      scene.world.schedule(1_000_000_000n, () => scene.registryd.process?.die(11));
    },
    atSecond: 1,
  },
  { name: 'BOOT-021 no control socket', reason: /the control socket cannot be created: EADDRINUSE/, prepare: failing('listenStream', 98) },
  {
    name: 'BOOT-027 definitions that are not delivered',
    reason: /registryd did not deliver Machine\\System: .*did not answer within 30 s/,
    atSecond: 30,
    prepare: ({ registryd }) => void registryd.switches.mute.add('read-tree Machine\\System'),
  },
  {
    name: 'BOOT-027 definitions that cannot be read',
    reason: /registryd did not deliver Machine\\System: .*made to fail/,
    prepare: ({ registryd }) => void registryd.switches.failing.set('read-tree Machine\\System', 'ETIMEDOUT'),
  },
  {
    name: 'BOOT-084 MaxParallelStarts of zero',
    reason: /MaxParallelStarts/,
    options: { tree: { ...web, 'Machine\\System\\Boot': { MaxParallelStarts: 0 } } },
  },
  {
    name: 'BOOT-084 MaxParallelStarts as text',
    reason: /MaxParallelStarts/,
    options: { tree: { ...web, 'Machine\\System\\Boot': { MaxParallelStarts: 'ten' } } },
  },
];

type Fallible = Parameters<Scene['faults']['add']>[0]['call'];

function failing(call: Fallible, errno: number, path?: string, step?: 11): (scene: Scene) => void {
  return ({ faults }) => void faults.add({ call, errno, ...(path === undefined ? {} : { path }), ...(step === undefined ? {} : { step }) });
}

/** What was started, but for the helper that keeps why. */
const begun = ({ started }: Scene): readonly string[] => started.filter((path) => path !== helperProgram);

const isUp = (scene: Scene): boolean => scene.running('/bin/recsh').length > 0 || scene.running('/bin/sh').length > 0;

for (const { name, reason, options = {}, prepare = () => undefined, atSecond = 0 } of cases)
  t.test(`${name} leads to Recovery: BOOT-066 reason on the console, BOOT-065 a shell, BOOT-064 no service, no reboot`, async (t) => {
    const scene = createScene({ tree: web, ...options });
    scene.program('/bin/web', programs.idle);
    prepare(scene);
    const began = scene.nowMs;
    scene.start();
    scene.until('a shell', () => isUp(scene));
    const seconds = (scene.nowMs - began) / 1000;
    t.ok(seconds >= atSecond && seconds < atSecond + 2, `after ${seconds} s`);
    scene.shows(/recovery mode\n.* {3}reason: /);
    const line = /reason: (.*)/.exec(scene.console)?.[1] ?? '';
    t.match(line, reason);
    // It stays like that: nothing is tried that would take the shell away.
    scene.run(3_600_000);
    t.equal(scene.world.rebooted, null);
    t.ok(isUp(scene));
    t.equal(scene.console.match(/recovery mode/g)?.length, 1, 'told once');
    t.notOk(scene.started.includes('/bin/web'));
    t.ok(scene.started.filter((path) => path === registrydProgram).length <= 1, 'registryd was tried at most once');
    expectSound(t, scene);
  });

t.test('BOOT-065 the shell is SYSTEM on the console with a controlling terminal, recsh before sh', async (t) => {
  for (const [shells, wanted] of [
    [['/bin/recsh', '/bin/sh'], '/bin/recsh'],
    [['/bin/sh'], '/bin/sh'],
  ] as const) {
    const scene = createScene({ ...noClock, shells });
    let consoles: boolean[] = [];
    let request: SpawnRequest | null = null;
    scene.program(wanted, (process) => {
      request = process.request;
    });
    scene.onSpawn = (asked) => {
      if (asked.path === wanted) consoles = [asked.stdin, asked.stdout, asked.stderr].map(scene.isConsole);
    };
    scene.start();
    scene.until('the shell', () => request !== null);
    t.strictSame(consoles, [true, true, true]);
    const projection = { uid: 0, gid: 0, capabilities: null, noNewPrivileges: false };
    t.match(request, { path: wanted, controllingTerminal: true, projection, workingDirectory: '/', cgroup: -1 });
    const [, tag = 0] = (request as SpawnRequest | null)?.projection?.groups ?? [];
    t.equal(readToken(scene.kernel, tag)?.spec.token.user, 'S-1-5-18', 'and the daemons know it');
    t.strictSame(scene.started[0], wanted, 'before anything else');
    expectSound(t, scene);
  }
});

t.test('BOOT-065 a shell that ends comes back, at most once a second', async (t) => {
  const scene = createScene(noClock);
  scene.program('/bin/recsh', programs.exits(0, 1));
  scene.start();
  scene.run(10_500);
  t.equal(scene.started.filter((path) => path === '/bin/recsh').length, 11);
  t.equal(scene.processes.zombies(), 0);
  expectSound(t, scene);
});

t.test('BOOT-065 a shell that cannot be made for want of resources is tried again, and the machine does not halt', async (t) => {
  const scene = createScene(noClock);
  scene.faults.add({ call: 'spawn', errno: 11, times: 4 });
  scene.start();
  scene.until('a shell', () => isUp(scene), 5000);
  t.equal(scene.world.rebooted, null);
  expectSound(t, scene);
});

t.test('BOOT-065 a console that cannot be opened still gets a shell, with the streams of nothing', async (t) => {
  const scene = createScene(noClock);
  scene.faults.add({ call: 'open', errno: 5, path: '/dev/console' });
  scene.start();
  scene.until('a shell', () => isUp(scene), 5000);
  scene.shows(/reason: clock/);
  expectSound(t, scene);
});

t.test('BOOT-065 SIG-004 SIG-007 SIG-005 signals keep their meaning in Recovery, with registryd running', async (t) => {
  for (const [signal, command] of [
    [15, 0x4321fedc],
    [30, 0x4321fedc],
    [2, 0x01234567],
  ] as const) {
    const scene = createScene({ tree: { 'Machine\\System\\Services': { SchemaVersion: 'one' } } });
    scene.start();
    scene.until('a shell', () => isUp(scene));
    scene.signals.raise(1, 0, 0);
    scene.signals.raise(10, 0, 0);
    scene.run(5000);
    t.equal(scene.world.rebooted, null);
    t.equal(scene.registryd.process?.alive, true);
    scene.signals.raise(signal, 0, 0);
    scene.until('the end', () => scene.over, 20_000);
    t.equal(scene.world.rebooted, command);
    t.equal(scene.registryd.process, null, 'stopped in order');
    expectSound(t, scene);
  }
});

t.test('BOOT-065 the control socket is there in Recovery, best effort: list, machine-status and shutdown work', async (t) => {
  const scene = createScene(noClock);
  scene.start();
  scene.until('a shell', () => isUp(scene));
  t.match(scene.ask({ command: 'machine-status', wait: true }), { mode: 'recovery', phase: 'recovery', reason: /clock/ });
  t.match(scene.ask({ command: 'list' }), { status: 'ok' });
  t.match(scene.ask({ command: 'start', service: 'web' }), { status: 'error', code: 'UNKNOWN_SERVICE' });
  t.match(scene.ask({ command: 'reload-config' }), { status: 'error', code: 'INTERNAL_ERROR', message: /registryd/ });
  t.match(scene.ask({ command: 'shutdown', type: 'reboot' }), { status: 'ok' });
  scene.until('the end', () => scene.over, 20_000);
  t.equal(scene.world.rebooted, 0x01234567);
  expectSound(t, scene);
});

t.test('BOOT-062 what Phase 1 could not do keeps nothing else of it from being done before the shell is there', async (t) => {
  const scene = createScene({ ...noClock });
  scene.faults.add({ call: 'writeFile', errno: 28, path: '/.peinit/probe-' });
  scene.faults.add({ call: 'mkdir', errno: 30, path: '/dev/shm' });
  scene.start();
  scene.until('a shell', () => isUp(scene));
  t.match(scene.console, /reason: root is not writable/, 'the first of three');
  scene.shows(/error: mounting tmpfs on \/dev\/shm failed/);
  scene.shows(/error: clock: no usable real-time clock/);
  const mounted = scene.tree.mounts.map(({ target }) => target);
  for (const target of ['/proc', '/sys', '/dev', '/run', '/sys/fs/cgroup', '/dev/pts']) t.ok(mounted.includes(target), target);
  t.equal(typeof scene.tree.lookup('/run/peinit/boot-id'), 'object');
  expectSound(t, scene);
});

t.test('BOOT-063 BOOT-064 Recovery starts registryd where Phase 1 did not come to it, and nothing else', async (t) => {
  for (const options of [noClock, { cmdline: 'peios.recovery=1', tree: web }]) {
    const scene = createScene(options);
    scene.start();
    scene.until('a shell', () => isUp(scene));
    scene.until('registryd', () => scene.registryd.process?.alive === true);
    scene.run(60_000);
    t.match(scene.ask({ command: 'status', service: 'registryd' }), { state: 'active' });
    t.strictSame([...new Set(begun(scene))].toSorted(), ['/bin/recsh', registrydProgram]);
    t.equal(scene.world.rebooted, null);
    expectSound(t, scene);
  }
});

t.test('BOOT-063 a registryd that cannot be started in Recovery is told once and takes nothing from the shell', async (t) => {
  const ways: readonly (readonly [RegExp, (scene: Scene) => void])[] = [
    [/registryd: failed: .*ENOENT/, failing('spawn', 2, registrydProgram, 11)],
    [/registryd: failed: .*exited with code 4/, ({ registryd }) => void Object.assign(registryd.switches, { exitCode: 4 })],
    [/registryd is not started: the notify socket cannot be created: EADDRINUSE/, failing('bindDatagram', 98)],
    [/registryd: failed: .*creating its cgroup tree .*ENOSPC/, failing('mkdir', 28, '/sys/fs/cgroup/peinit/registryd')],
  ];
  for (const [told, prepare] of ways) {
    const scene = createScene(noClock);
    prepare(scene);
    scene.start();
    scene.until('a shell', () => isUp(scene));
    scene.run(3_600_000);
    t.equal(scene.console.match(new RegExp(told, 'g'))?.length, 1, `${told}`);
    t.ok(isUp(scene));
    t.equal(scene.world.rebooted, null);
    t.equal(scene.console.match(/recovery mode/g)?.length, 1);
    expectSound(t, scene);
  }
});

t.test('BOOT-089 a machine without a shell syncs and halts, it does not exit', async (t) => {
  for (const shells of [[], ['/bin/sh']]) {
    const scene = createScene({ ...noClock, shells });
    // One that is there is broken.
    scene.faults.add({ call: 'spawn', errno: 8, step: 11 });
    scene.start();
    scene.until('the end', () => scene.over, 20_000);
    t.equal(scene.world.rebooted, 0xcdef0123 | 0);
    t.equal(scene.exited, null);
    t.ok(scene.record.syncs >= 1);
    t.match(scene.console, /neither \/bin\/recsh nor \/bin\/sh can be started/);
    expectSound(t, scene);
  }
});

function container(options: SceneOptions): Scene {
  const scene = createScene({ container: true, tree: web, ...options });
  scene.registryd.switches.exitCode = 1;
  scene.start();
  return scene;
}

t.test('BOOT-065 a container whose console is no terminal tells the reason and ends with 125', async (t) => {
  const scene = container({});
  scene.until('the end', () => scene.over, 20_000);
  t.equal(scene.exited, 125);
  t.match(scene.console, /reason: registryd did not start/);
  t.strictSame(begun(scene), [registrydProgram]);
  expectSound(t, scene);
});

t.test('BOOT-065 a container with a terminal gets its shell', async (t) => {
  const scene = container({ terminal: true });
  scene.until('a shell', () => isUp(scene), 20_000);
  t.equal(scene.exited, null);
  expectSound(t, scene);
});

t.test('SIG-004 a shutdown in Phase 1 or while the definitions are read is no Recovery', async (t) => {
  for (const own of [true, false])
    for (const moment of ['registryd starts', 'the probe is read', 'the definitions are read'] as const) {
      const scene = createScene({ container: !own, tree: web });
      if (moment === 'registryd starts') scene.registryd.switches.startMs = 10_000;
      if (moment === 'the probe is read') scene.registryd.switches.mute.add('query');
      if (moment === 'the definitions are read') scene.registryd.switches.mute.add('read-tree');
      scene.start();
      scene.run(1000);
      scene.signals.raise(15, 0, 0);
      scene.until('the end', () => scene.over, 20_000);
      t.strictSame([scene.exited, scene.world.rebooted], own ? [null, 0x4321fedc] : [0, null], moment);
      t.notMatch(scene.console, /recovery/);
      expectSound(t, scene);
    }
});
