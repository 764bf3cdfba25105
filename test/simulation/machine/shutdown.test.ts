import type { Test } from 'tap';
import t from 'tap';
import type { Program } from '../../../src/linux/simulated/processes.ts';
import type { Values } from '../../support/fake-registryd.ts';
import type { Scene, SceneOptions } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, helperProgram, programs, service, withServices } from '../../support/simulated-peinit.ts';

const boot = { Triggers: ['boot'] };
const powerOff = 0x4321fedc;
const reboot = 0x01234567;
const halt = 0xcdef0123 | 0;
const [SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGPIPE, SIGTERM, SIGPWR] = [1, 2, 10, 12, 13, 15, 30];

/** A settled machine with one service that ends at SIGTERM. */
function settled(options: SceneOptions = {}): Scene {
  const scene = createScene({ tree: withServices({ web: service('/bin/web', boot) }), ...options });
  scene.program('/bin/web', programs.idle);
  scene.program('/bin/stubborn', programs.stubborn);
  scene.program('/bin/stuck', programs.stuck);
  scene.boot();
  return scene;
}

const raise = ({ signals }: Scene, signal: number): void => signals.raise(signal, 0, 0);
const untilOver = (scene: Scene, limitMs?: number): void => scene.until('the end', () => scene.over, limitMs);

function expectEnd(t: Test, scene: Scene, command: number): void {
  t.equal(scene.world.rebooted, command);
  t.equal(scene.exited, null);
  t.strictSame(scene.processes.living(), []);
  expectSound(t, scene);
}

t.test('SHUT-001 SIG-004 SIG-007 SIGTERM and SIGPWR power off, SIGINT reboots', async (t) => {
  for (const [signal, command] of [
    [SIGTERM, powerOff],
    [SIGPWR, powerOff],
    [SIGINT, reboot],
  ] as const) {
    const scene = settled();
    raise(scene, signal);
    untilOver(scene);
    t.match(scene.console, /web: stopped/);
    expectEnd(t, scene, command);
  }
});

t.test('SIG-005 SIG-006 every other signal changes nothing', async (t) => {
  const scene = settled();
  for (const signal of [SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE, 3, 14, 18]) raise(scene, signal);
  scene.run(60_000);
  t.equal(scene.over, false);
  t.match(scene.ask({ command: 'status', service: 'web' }), { state: 'active' });
  expectSound(t, scene);
});

t.test('SHUT-001 CMD-021 SHUT-015 the command shutdown is answered at once, and reboot(2) gets its type after a sync', async (t) => {
  for (const [type, command] of [
    ['poweroff', powerOff],
    ['reboot', reboot],
    ['halt', halt],
  ] as const) {
    const scene = settled({ recorded: true });
    t.strictSame(scene.ask({ command: 'shutdown', type }), { status: 'ok' });
    untilOver(scene);
    t.strictSame(
      scene.calls.filter((call) => call.startsWith('sync') || call.startsWith('reboot')),
      ['reboot 0', 'sync false', `reboot ${command}`],
      'Ctrl-Alt-Del at the begin, and at the end everything is synced',
    );
    expectEnd(t, scene, command);
  }
});

t.test('SHUT-015 a container ends by exit: 0, 133 for its launcher, or the status of its main service', async (t) => {
  for (const [words, type, status] of [
    [[], 'poweroff', 0],
    [[], 'reboot', 0],
    [['peinit.launcher=1'], 'reboot', 133],
    [['peinit.launcher=1'], 'poweroff', 0],
    [['peinit.main=web'], 'poweroff', 7],
    [['peinit.main=web'], 'reboot', 0],
    [['peinit.main=nobody'], 'poweroff', 0],
  ] as const) {
    const scene = settled({ container: true, recorded: true, words });
    scene.running('/bin/web')[0]?.onSignal(SIGTERM, () => scene.running('/bin/web')[0]?.exit(7));
    scene.ask({ command: 'shutdown', type });
    untilOver(scene);
    t.equal(scene.exited, status, `${words} ${type}`);
    t.equal(scene.world.rebooted, null);
    const last = scene.calls.filter((call) => call.startsWith('sync') || call.startsWith('reboot'));
    t.strictSame(last, ['sync true'], 'its own root alone is synced');
    expectSound(t, scene);
  }
});

/** Ends of a main service: fields, what its program does, and what the container ends with where nothing but its status was asked for. */
const ends = {
  'a clean exit': [{}, programs.exits(0), 0],
  'an exit with a status': [{ RestartPolicy: 0 }, programs.exits(7), 7],
  'a signal': [{ RestartPolicy: 0 }, (process) => process.after(5, () => process.die(9)), 137],
  'a program that cannot be run': [{ RestartPolicy: 0, ImagePath: '/bin/none' }, programs.idle, 125],
  'a job that is done': [{ Type: 1, Readiness: 0 }, programs.exits(0), 0],
  'a job that keeps its state': [{ Type: 1, Readiness: 0, RemainAfterExit: 1 }, programs.exits(0), 0],
  'a job that failed': [{ Type: 1, Readiness: 0 }, programs.exits(3), 3],
  'a definition that is broken': [{ ImagePath: 'relative' }, programs.idle, 125],
  'a clean exit before it was ready': [{ Readiness: 0, RestartPolicy: 0 }, programs.exits(0), 125],
} as const satisfies Readonly<Record<string, readonly [Values, Program, number]>>;

for (const [what, [fields, program, status]] of Object.entries(ends)) {
  const container = (...words: readonly string[]): Scene => {
    const tree = withServices({ web: service('/bin/web', { ...boot, ...fields }), aside: service('/bin/aside', boot) });
    const scene = createScene({ tree, container: true, words: ['peinit.main=web', ...words] });
    scene.faults.add({ call: 'spawn', errno: 2, step: 11, path: '/bin/none' });
    scene.program('/bin/aside', programs.idle);
    scene.program('/bin/web', program);
    scene.boot();
    return scene;
  };

  t.test(`O-17 after ${what} of its main service a container goes on, and ends with ${status} when it is asked to`, async (t) => {
    const scene = container();
    scene.run(60_000);
    t.equal(scene.over, false);
    raise(scene, SIGTERM);
    untilOver(scene);
    t.equal(scene.exited, status);
    expectSound(t, scene);
  });

  t.test(`O-70 with peinit.end-with-main it ends by itself after ${what}, with ${status}`, async (t) => {
    const scene = container('peinit.end-with-main=1');
    untilOver(scene, 60_000);
    t.equal(scene.exited, status);
    t.match(scene.console, /the machine is going down for poweroff: the main service web has ended/);
    t.match(scene.console, /aside: stopped/);
    expectSound(t, scene);
  });
}

t.test(
  'O-17 a main service that was stopped by command counts with what its process ended with; one that was started again with that',
  async (t) => {
    const scene = settled({ container: true, words: ['peinit.main=web'] });
    const endWith = (code: number): void => {
      const [web] = scene.running('/bin/web');
      web?.onSignal(SIGTERM, () => web.exit(code));
    };
    endWith(9);
    t.match(scene.ask({ command: 'stop', service: 'web' }), { state: 'inactive' });
    t.match(scene.ask({ command: 'start', service: 'web' }), { state: 'active' });
    scene.run(100);
    endWith(4);
    t.match(scene.ask({ command: 'stop', service: 'web' }), { state: 'inactive' });
    raise(scene, SIGTERM);
    untilOver(scene);
    t.equal(scene.exited, 4);
  },
);

t.test('O-146 a main service that the registry does not have is told', async (t) => {
  const told = /warning: peinit\.main names wep, which is no service of this machine/;
  for (const [name, container, expected] of [
    ['wep', true, true],
    ['WEB', true, false],
    ['wep', false, false],
  ] as const) {
    const scene = settled(container ? { container, words: [`peinit.main=${name}`] } : { cmdline: `peinit.main=${name}` });
    t.equal(told.test(scene.console), expected, `${name} ${container}`);
  }
});

t.test('O-70 a container with peinit.end-with-main ends when its main service has ended for good, with its status or 125', async (t) => {
  const words = ['peinit.main=Web', 'peinit.end-with-main=1'];
  for (const [what, fields, exit, status] of [
    ['a clean exit', {}, 0, 0],
    ['a crash', { RestartPolicy: 0 }, 7, 7],
    ['a crash that is tried twice', { RestartMaxRetries: 2 }, 7, 7],
    ['a job that is done', { Type: 1, Readiness: 0 }, 0, 0],
    ['a job that failed', { Type: 1, Readiness: 0 }, 3, 3],
    ['a clean exit before it was ready', { Readiness: 0, RestartPolicy: 0 }, 0, 125],
  ] as const) {
    const scene = createScene({
      tree: withServices({ web: service('/bin/web', { ...boot, ...fields }), aside: service('/bin/aside', boot) }),
      container: true,
      words,
    });
    scene.program('/bin/aside', programs.idle);
    scene.program('/bin/web', (process) => process.exit(exit));
    scene.boot();
    untilOver(scene, 60_000);
    t.equal(scene.exited, status, what);
    t.match(scene.console, /aside: stopped/, what);
    expectSound(t, scene);
  }
});

t.test('O-70 a stop or restart that somebody asked for ends no container', async (t) => {
  const scene = settled({ container: true, words: ['peinit.main=web', 'peinit.end-with-main=1'] });
  for (const command of ['restart', 'stop'] as const) {
    scene.ask({ command, service: 'web' });
    scene.run(60_000);
    t.equal(scene.over, false, command);
  }
  expectSound(t, scene);
});

t.test('SHUT-003 three SIGINT within five seconds force the reboot: SIGKILL, sync, no seed, no unmount', async (t) => {
  const scene = settled({ recorded: true, tree: withServices({ web: service('/bin/stubborn', { ...boot, StopTimeout: 60 }) }) });
  const [web] = scene.running('/bin/stubborn');
  raise(scene, SIGINT);
  scene.run(2000);
  raise(scene, SIGINT);
  scene.run(2000);
  t.equal(scene.over, false);
  t.equal(web?.alive, true, 'its StopTimeout counts');
  raise(scene, SIGINT);
  untilOver(scene, 2000);
  t.equal(scene.kernel.readFile('/var/lib/peinit/random-seed', 1), -2);
  t.notOk(scene.calls.some((call) => call.startsWith('umount')));
  t.ok(scene.calls.includes('sync false'));
  expectEnd(t, scene, reboot);
});

t.test('SHUT-003 SIGINTs that are further apart force nothing, and a forced end follows a power-off under way as well', async (t) => {
  const scene = settled({ tree: withServices({ web: service('/bin/stubborn', { ...boot, StopTimeout: 60 }) }) });
  raise(scene, SIGTERM);
  for (let count = 0; count < 4; count++) {
    raise(scene, SIGINT);
    scene.run(2600);
  }
  t.equal(scene.over, false);
  for (let count = 0; count < 3; count++) raise(scene, SIGINT);
  untilOver(scene, 2000);
  t.equal(scene.kernel.readFile('/var/lib/peinit/random-seed', 1), -2);
  expectSound(t, scene);
});

t.test('SHUT-003 SHUT-013 a forced end does not wait for ever for what outlives SIGKILL', async (t) => {
  const scene = settled({ tree: withServices({ web: service('/bin/stuck', boot) }) });
  for (let count = 0; count < 3; count++) raise(scene, SIGINT);
  untilOver(scene, 6000);
  t.equal(scene.world.rebooted, reboot);
  expectSound(t, scene);
});

t.test(
  'SHUT-004 SHUT-006 once the shutdown has begun nothing starts any more and commands are refused, queries are answered',
  async (t) => {
    const scene = settled({
      tree: withServices({
        stubborn: service('/bin/stubborn', { ...boot, StopTimeout: 20 }),
        fragile: service('/bin/fragile', { ...boot, RestartPolicy: 2, OnFailure: 'handler', RestartDelay: 0 }),
        handler: service('/bin/handler'),
        other: service('/bin/handler'),
        backoff: service('/bin/missing', { ...boot, RestartDelay: 5 }),
      }),
    });
    scene.program('/bin/fragile', programs.idle);
    scene.program('/bin/handler', programs.idle);
    const client = scene.client();
    const operation = client.ask({ command: 'stop', service: 'other' });
    t.match(operation, { state: 'inactive' });
    t.equal(scene.state('fragile'), 'failed');
    client.ask({ command: 'start', service: 'fragile' });
    scene.until('it', () => scene.state('fragile') === 'active');
    raise(scene, SIGTERM);
    scene.shows(/going down/);
    const before = scene.started.length;
    scene.running('/bin/fragile')[0]?.die(11);
    for (const command of ['start', 'stop', 'restart', 'reload', 'reset'])
      t.match(client.ask({ command, service: 'other' }), { status: 'error', code: 'INVALID_STATE' }, command);
    t.match(client.ask({ command: 'reload-config' }), { code: 'INVALID_STATE' });
    t.match(client.ask({ command: 'shutdown', type: 'halt' }), { code: 'INVALID_STATE' });
    t.match(client.ask({ command: 'status', service: 'stubborn' }), {
      status: 'ok',
      state: 'stopping',
      current_operation: { type: 'stop', source: 'shutdown' },
    });
    t.match(client.ask({ command: 'list' }), { status: 'ok' });
    t.match(client.ask({ command: 'machine-status', wait: true }), { phase: 'stopping', reason: 'SIGTERM' });
    t.match(client.ask({ command: 'operation-status', operation_id: '01900000-0000-7000-8000-000000000000' }), {
      code: 'UNKNOWN_OPERATION',
    });
    untilOver(scene, 40_000);
    t.strictSame(scene.started.slice(before), [helperProgram], 'no program was started; what is left is to sync');
    expectEnd(t, scene, powerOff);
  },
);

t.test('SHUT-009 SHUT-021 who waits when the shutdown begins is answered', async (t) => {
  const scene = settled({
    tree: withServices({
      slow: service('/bin/mute', { Readiness: 0 }),
      web: service('/bin/stubborn', { ...boot, StopTimeout: 3 }),
    }),
  });
  scene.program('/bin/mute', programs.idle);
  const [starter, stopper] = [scene.client(), scene.client()];
  starter.send({ command: 'start', service: 'slow' });
  stopper.send({ command: 'stop', service: 'web' });
  scene.run(100);
  raise(scene, SIGTERM);
  t.match(starter.answer(), { status: 'ok', state: 'failed', cause: 'shutdown_wave' });
  t.match(stopper.answer(), { status: 'ok', state: 'inactive' });
  untilOver(scene);
  expectEnd(t, scene, powerOff);
});

t.test('SHUT-012 SHUT-013 ShutdownTimeout bounds all of it; what outlives SIGKILL is named and left behind', async (t) => {
  const scene = settled({
    tree: {
      ...withServices({
        stuck: service('/bin/stuck', { ...boot, StopTimeout: 600 }),
        stubborn: service('/bin/stubborn', { ...boot, StopTimeout: 600 }),
      }),
      'Machine\\System\\Boot': { ShutdownTimeout: 10 },
    },
  });
  const began = scene.nowMs;
  raise(scene, SIGTERM);
  untilOver(scene);
  const seconds = (scene.nowMs - began) / 1000;
  t.ok(seconds >= 10 && seconds <= 16, `${seconds} s`);
  t.match(scene.console, /outlived SIGKILL: .*stuck/);
  t.equal(scene.world.rebooted, powerOff);
  t.equal(scene.registryd.process, null, 'registryd is stopped as well');
  expectSound(t, scene);
});

const mounts = ['/data', '/data/db', '/data/db/log'] as const;

/** A machine with further mounts that somebody made. */
function withMounts(options: SceneOptions): Scene {
  const scene = settled({ recorded: true, ...options });
  for (const target of mounts) {
    scene.kernel.mkdir(target, 0o755);
    scene.kernel.mount('tmpfs', target, 'tmpfs', 0, null);
  }
  return scene;
}

const unmounts = ({ calls }: Scene): readonly string[] =>
  calls.filter((call) => call.startsWith('umount ')).map((call) => call.split(' ')[1] ?? '');

t.test(
  'SHUT-014 SHUT-024 after the last service the seed is saved, then every mount goes, deepest first, and root becomes read-only',
  async (t) => {
    const scene = withMounts({});
    const before = Buffer.alloc(512, 'x');
    scene.kernel.writeFile('/var/lib/peinit/random-seed', before);
    raise(scene, SIGTERM);
    untilOver(scene);
    const targets = unmounts(scene);
    for (const target of [...mounts, '/run', '/sys/fs/cgroup']) t.ok(targets.includes(target), target);
    for (const [at, target] of targets.entries())
      t.notOk(
        targets.slice(at + 1).some((later) => later.startsWith(`${target}/`)),
        `nothing below ${target} is left`,
      );
    const order = ['replaceFile /var/lib/peinit/random-seed', 'umount', 'mount none / ', 'sync', 'reboot'].map((start) =>
      scene.calls.findLastIndex((call) => call.startsWith(start)),
    );
    t.strictSame(
      [...order].sort((one, other) => one - other),
      order,
    );
    const seed = scene.kernel.readFile('/var/lib/peinit/random-seed', 1024) as Uint8Array;
    t.equal(seed.length, 512);
    t.notSame(seed, before, 'fresh ones');
    t.equal(new Set(seed).size > 100, true, 'random ones');
    const node = scene.tree.lookup('/var/lib/peinit/random-seed');
    t.equal(typeof node !== 'number' && node.mode, 0o600);
    t.strictSame(scene.tree.mounts.map(({ target }) => target).sort(), ['/', '/dev', '/proc']);
    expectEnd(t, scene, powerOff);
  },
);

t.test('SHUT-014 a mount that is busy is made read-only, and root after all others', async (t) => {
  const scene = withMounts({});
  scene.faults.add({ call: 'umount', errno: 16, path: '/data/db/log' });
  raise(scene, SIGTERM);
  untilOver(scene);
  const readOnly = 1 + 32;
  const remounts = scene.calls.filter((call) => call.startsWith('mount none '));
  // Those above it are busy with it.
  t.strictSame(
    remounts,
    ['/data/db/log', '/data/db', '/data', '/'].map((target) => `mount none ${target}  ${readOnly}`),
  );
  t.match(scene.console, /unmounting \/data\/db\/log failed: EBUSY.*; it was made read-only/);
  t.notMatch(scene.console, /warning: unmounting/, 'so nothing is lost');
  expectEnd(t, scene, powerOff);
});

t.test('SHUT-014 a mount that can be neither unmounted nor made read-only is told, and nothing stops the end', async (t) => {
  const scene = withMounts({});
  scene.faults.add({ call: 'umount', errno: 16, path: '/data/db/log' });
  scene.faults.add({ call: 'umount', errno: 5, path: '/run' });
  scene.faults.add({ call: 'mount', errno: 22, path: 'none' });
  scene.faults.add({ call: 'replaceFile', errno: 28 });
  raise(scene, SIGTERM);
  untilOver(scene);
  for (const failure of [
    /unmounting \/data\/db\/log failed: EBUSY/,
    /unmounting \/run failed: EIO/,
    /remounting \/ read-only failed/,
    /random-seed failed: ENOSPC/,
  ])
    t.match(scene.console, failure);
  expectEnd(t, scene, powerOff);
});

t.test('SHUT-014 a container unmounts only what peinit mounted itself and remounts nothing', async (t) => {
  const scene = withMounts({ container: true });
  const own = scene.calls.filter((call) => call.startsWith('mount ')).map((call) => call.split(' ')[2] ?? '');
  raise(scene, SIGTERM);
  untilOver(scene);
  for (const target of unmounts(scene)) t.ok(own.includes(target), target);
  t.notOk(scene.calls.some((call) => call.startsWith('mount none')));
  for (const target of mounts)
    t.ok(
      scene.tree.mounts.some((mount) => mount.target === target),
      `${target} stays`,
    );
  t.equal(scene.exited, 0);
  expectSound(t, scene);
});

t.test('SHUT-025 a reboot(2) that returns is told and tried again once a second; nothing starts and nothing exits', async (t) => {
  const scene = settled({ recorded: true });
  scene.faults.add({ call: 'reboot', errno: 1, times: 5 });
  raise(scene, SIGTERM);
  scene.shows(/reboot\(2\) returned EPERM/);
  const first = scene.nowMs;
  untilOver(scene);
  t.ok(scene.nowMs - first >= 4990, `${scene.nowMs - first} ms`);
  t.equal(scene.calls.filter((call) => call === `reboot ${powerOff}`).length, 6);
  t.notMatch(scene.console, /recovery/);
  expectEnd(t, scene, powerOff);
});
