/** The boot attempt counter, on a whole PID 1: what a boot finds, what it leaves, and what stands on the console. */
import type { Test } from 'tap';
import t from 'tap';
import { errno } from '../../../src/kernel/errno.ts';
import type { FaultRule } from '../../../src/linux/simulated/faults.ts';
import { servicesKey } from '../../support/fake-registryd.ts';
import { only } from '../../support/lists.ts';
import type { Scene, SceneOptions } from '../../support/simulated-peinit.ts';
import {
  createScene,
  deadPaths,
  expectSound,
  helperProgram,
  programs,
  registrydProgram,
  service,
  withServices,
} from '../../support/simulated-peinit.ts';

const file = '/.peinit/boot-attempts';
const ends = '/.peinit/boot-ends';
const boot = { Triggers: ['boot'] };
const critical = { ...boot, ErrorControl: 1, RestartPolicy: 1, RestartMaxRetries: 0 };
const webTree = withServices({ web: service('/bin/web', critical) });

function read(scene: Scene, path = file): string | null {
  const content = scene.files.readFile(path, 65536);
  return typeof content === 'number' ? null : Buffer.from(content).toString();
}

/** A machine on whose disk these files lie. */
function machine(options: SceneOptions = {}, counter: string | null = null, notes: string | null = null): Scene {
  const scene = createScene({ shells: ['/bin/sh'], ...options });
  scene.files.mkdir('/.peinit', 0o700);
  if (counter !== null) scene.files.writeFile(file, counter);
  if (notes !== null) scene.files.writeFile(ends, notes);
  scene.program('/bin/web', programs.idle);
  return scene;
}

function expectRecovery(t: Test, scene: Scene, reason: RegExp): void {
  scene.start();
  scene.shows(/recovery mode\n.*reason: /);
  t.match(scene.console, reason);
  scene.run(5000);
  t.equal(scene.running('/bin/sh').length, 1, 'a shell');
  t.equal(scene.world.rebooted, null);
}

t.test('BOOT-060 BOOT-068 BOOT-069 BOOT-090 what is found decides, and a boot that goes on raises it by one', async (t) => {
  const table: readonly (readonly [string | null, string, string | null])[] = [
    // Before, parameters, after (null: Recovery, and the file as it was).
    [null, '', '1\n'],
    ['0', '', '1\n'],
    ['2\n', '', '3\n'],
    ['0002 \t\n', '', '3\n'],
    ['3\n', '', null],
    ['4', '', null],
    ['4294967295\n', '', null],
    ['3', 'peios.bootattempts=5', '4\n'],
    ['5', 'peios.bootattempts=5', null],
    ['1', 'peios.bootattempts=1', null],
    ['7\n', 'peios.bootattempts=0', '8\n'],
    ['2', 'peios.bootattempts=many', '3\n'],
    ['3', 'peios.bootattempts=-1', null],
    ['1\n', 'peios.recovery=1', null],
  ];
  for (const [before, cmdline, after] of table) {
    const scene = machine({ cmdline }, before);
    if (after === null)
      expectRecovery(t, scene, cmdline === 'peios.recovery=1' ? /demanded by/ : /reason: \d+ boots? in a row did not succeed/);
    else scene.boot();
    t.equal(read(scene), after ?? before, `${before} ${cmdline}`);
    expectSound(t, scene);
  }
});

t.test('BOOT-072 what is no count leads to Recovery, and is left as it is', async (t) => {
  for (const content of [
    '',
    '\n',
    'abc',
    '1 2',
    '3x',
    '-1',
    '1.5',
    '0x3',
    '１',
    '4294967296',
    '9'.repeat(5000),
    ' '.repeat(9000),
    `3${' '.repeat(9000)}`,
    '\0',
    '1\0',
  ]) {
    const scene = machine({}, content);
    expectRecovery(t, scene, /reason: the boot attempts cannot be told: \/.peinit\/boot-attempts (is empty|holds)/);
    t.equal(read(scene), content);
  }
  const unreadable = machine();
  unreadable.files.mkdir(file, 0o755);
  expectRecovery(t, unreadable, /cannot be told: reading \/.peinit\/boot-attempts failed: EISDIR/);
  const broken = machine({}, '1');
  broken.faults.add({ call: 'readFile', errno: errno.EIO, path: file });
  expectRecovery(t, broken, /cannot be told: reading \/.peinit\/boot-attempts failed: EIO/);
});

t.test('BOOT-060 without a limit a counter that is none keeps no boot back', async (t) => {
  const scene = machine({ cmdline: 'peios.bootattempts=0' }, 'abc');
  scene.boot();
  t.match(scene.console, /warning: \/.peinit\/boot-attempts holds no decimal number; it counts as 0/);
  t.equal(read(scene), '1\n');
});

t.test('BOOT-070 a counter that cannot be written, at whatever step, is one line, and the boot goes on', async (t) => {
  const faults: readonly Omit<FaultRule, 'call'>[] = [
    { errno: errno.ENOSPC },
    { errno: errno.EROFS },
    { errno: errno.EPERM },
    { errno: errno.EIO },
    { errno: errno.EIO, late: true },
  ];
  for (const counter of [null, '2\n'])
    for (const fault of faults) {
      const scene = machine({ tree: webTree }, counter);
      scene.faults.add({ call: 'replaceFile', path: file, ...fault });
      scene.boot();
      scene.run(40_000);
      t.equal(scene.composed.machine.mode, 'full');
      t.equal(scene.state('web'), 'active');
      t.equal(scene.console.match(/boot-attempts/g)?.length, 1, scene.console);
      t.match(scene.console, /warning: this boot is not counted: writing \/.peinit\/boot-attempts failed: E/);
      t.match(scene.ask({ command: 'boot-status' }), { attempt: null, confirmed: true });
      expectSound(t, scene);
    }
});

t.test('BOOT-069 a crash between write and rename leaves the old count, which counts', async (t) => {
  const scene = machine({}, '1\n');
  scene.files.writeFile(`${file}.new~`, '');
  scene.boot();
  t.equal(read(scene), '2\n');
});

t.test('BOOT-006 BOOT-069 it is raised once, right after the write probe, and not at all where that fails', async (t) => {
  const scene = machine({ recorded: true });
  scene.boot();
  const writes = scene.calls.filter((call) => call.startsWith('replaceFile') && call.includes('boot-attempts'));
  t.strictSame(writes.length, 1);
  const at = (start: string): number => scene.calls.findIndex((call) => call.startsWith(start));
  const order = [
    at(`readFile ${file}`),
    at('unlink /.peinit/probe-'),
    at(`replaceFile ${file}`),
    at('mount sysfs'),
    at(`spawn ${registrydProgram}`),
  ];
  t.strictSame(
    [...order].sort((one, other) => one - other),
    order,
  );

  const readOnly = machine({}, '1\n');
  readOnly.faults.add({ call: 'writeFile', errno: errno.ENOSPC, path: '/.peinit/probe-' });
  expectRecovery(t, readOnly, /root is not writable/);
  t.equal(read(readOnly), '1\n');
});

t.test(
  'O-136 O-175 process 1 touches no disk to tell how a boot ended: the helper does, and one that hangs holds nothing up',
  async (t) => {
    const ending = (isHung: boolean, end: (scene: Scene) => void): Scene => {
      const scene = machine({ tree: webTree, recorded: true });
      scene.boot();
      // What it writes comes to no end where the disk does not answer.
      if (isHung)
        scene.program(helperProgram, (process) => {
          if (process.argv[1] !== 'replace') process.exit(0);
        });
      end(scene);
      const before = scene.world.now;
      scene.until('the end', () => scene.over, 60_000);
      t.ok(scene.world.now - before < 12_000_000_000n);
      t.strictSame(
        scene.calls.filter((call) => /^(?:writeFile|replaceFile|open) /.test(call) && call.includes(ends)),
        [],
      );
      return scene;
    };
    const asked = (scene: Scene): void => void scene.signals.raise(15, 0, 0);
    const fails = (scene: Scene): void => scene.running('/bin/web')[0]?.exit(7);
    t.match(read(ending(false, asked), ends), /^1 \S+ it was asked for a poweroff/);
    t.match(read(ending(false, fails), ends), /^1 \S+ the critical service web failed for good: .*\n$/);
    for (const end of [asked, fails]) {
      const hung = ending(true, end);
      t.equal(read(hung, ends), null);
      t.match(hung.console, /how this boot ended is not kept: writing \/\.peinit\/boot-ends failed: the disk did not answer within 5 s/);
    }
  },
);

t.test('O-177 checks that hang in numbers hold up neither what is kept of the end nor the end', async (t) => {
  const checked = service('/bin/web', { ...boot, Conditions: [`path:${deadPaths}/disk`], PreStartCheckTimeout: 600 });
  const names = Array.from({ length: 100 }, (_, index) => `stuck-${index}`);
  const services = { a: service('/bin/web', critical), ...Object.fromEntries(names.map((name) => [name, checked])) };
  const scene = machine({ tree: { ...withServices(services), 'Machine\\System\\Boot': { MaxParallelStarts: 1000 } } });
  scene.start();
  scene.until('as many checks as may be under way', () => scene.running(helperProgram).length === 64, 10_000);
  const before = scene.world.now;
  scene.running('/bin/web')[0]?.exit(7);
  scene.until('the end', () => scene.over, 60_000);
  t.ok(scene.world.now - before < 3_000_000_000n, `it took ${scene.world.now - before} ns`);
  t.match(read(scene, ends), /^1 \S+ the critical service a failed for good: /);
});

t.test('BOOT-019 a registryd that fails in Phase 1 leads to Recovery, and the counter stands as the boot has raised it', async (t) => {
  const scene = machine({}, '1\n');
  scene.registryd.switches.exitCode = 1;
  expectRecovery(t, scene, /registryd did not start/);
  t.equal(read(scene), '2\n');
  t.match(read(scene, ends), /^2 \S+ it went to Recovery: registryd did not start/);
});

t.test('BOOT-047 BOOT-053 BOOT-048 a boot that has held for the grace sets it to 0, in Full and Safe mode, and not before', async (t) => {
  for (const cmdline of ['', 'peios.safemode=1']) {
    const scene = machine({ cmdline, tree: webTree }, '1\n', '1 2026-01-01T00:00:00.000000000Z it went wrong\n');
    scene.boot();
    t.match(scene.console, /boot attempt 2 of 3: the one before did not succeed: it went wrong/);
    scene.run(29_000);
    t.equal(read(scene), '2\n');
    scene.run(2000);
    t.equal(read(scene), '0\n');
    t.match(scene.console, /the boot has succeeded: boot attempts count from 0 again/);
    t.strictSame(only(scene.ask({ command: 'boot-status' }), 'attempt', 'confirmed', 'ends'), { attempt: 2, confirmed: true, ends: [] });
    expectSound(t, scene);
  }
});

t.test('KEY-007 a service that is stopped by hand begins BootSuccessGrace anew', async (t) => {
  const scene = machine({ tree: { ...webTree, 'Machine\\System\\Boot': { BootSuccessGrace: 10 } } });
  scene.boot();
  scene.run(8000);
  scene.ask({ command: 'stop', service: 'web' });
  const told = () => only(scene.ask({ command: 'boot-status' }), 'confirmed', 'waiting_for', 'remaining_seconds', 'grace_seconds');
  t.strictSame(told(), { confirmed: false, waiting_for: ['web'], remaining_seconds: null, grace_seconds: 10 });
  scene.ask({ command: 'start', service: 'web' });
  t.strictSame(told(), { confirmed: false, waiting_for: [], remaining_seconds: 10, grace_seconds: 10 });
  scene.run(9000);
  t.equal(read(scene), '1\n');
  scene.run(2000);
  t.equal(read(scene), '0\n');
  t.notMatch(scene.console, /boot attempt|has succeeded/, 'quiet where nothing was wrong');
});

t.test('O-138 a boot that is shut down before it has succeeded says so, and waits for nothing', async (t) => {
  const scene = machine({ tree: withServices({ web: service('/bin/web', critical), slow: service('/bin/slow', boot) }) });
  scene.program('/bin/slow', programs.stubborn);
  scene.boot();
  scene.ask({ command: 'stop', service: 'web' });
  t.strictSame(only(scene.ask({ command: 'boot-status' }), 'phase', 'waiting_for'), { phase: 'settled', waiting_for: ['web'] });
  scene.signals.raise(15, 0, 0);
  scene.run(100);
  t.strictSame(only(scene.ask({ command: 'boot-status' }), 'phase', 'confirmed', 'waiting_for', 'remaining_seconds'), {
    phase: 'stopping',
    confirmed: false,
    waiting_for: [],
    remaining_seconds: null,
  });
});

t.test('a success that cannot be written is told, and the boot is one all the same', async (t) => {
  const scene = machine({ tree: webTree });
  scene.boot();
  scene.faults.add({ call: 'replaceFile', path: file, errno: errno.ENOSPC });
  scene.shows(/warning: the boot has succeeded and still counts as an attempt: writing \/.peinit\/boot-attempts failed: ENOSPC/, 40_000);
  t.match(scene.ask({ command: 'boot-status' }), { confirmed: true });
});

/** Boots a machine again and again from what the one before has left, until `over`. */
function bootAgain(options: SceneOptions, prepare: (scene: Scene, boot: number) => void, most = 10): readonly Scene[] {
  const scenes: Scene[] = [];
  let [counter, notes]: (string | null)[] = [null, null];
  while (scenes.length < most) {
    const scene = machine(options, counter ?? null, notes ?? null);
    scenes.push(scene);
    prepare(scene, scenes.length);
    scene.start();
    scene.until('the end or Recovery', () => scene.over || scene.composed.machine.mode === 'recovery', 200_000);
    counter = read(scene);
    notes = read(scene, ends);
    if (scene.composed.machine.mode === 'recovery') break;
  }
  return scenes;
}

t.test(
  'BOOT-071 BOOT-066 SHUT-002 a critical service that always fails: sync and reboot three times, then a shell that says why',
  async (t) => {
    const scenes = bootAgain({ tree: webTree }, (scene) =>
      scene.program('/bin/web', (process) => process.after(100, () => process.exit(7))),
    );
    t.equal(scenes.length, 4);
    for (const scene of scenes.slice(0, 3)) {
      t.equal(scene.world.rebooted, 0x01234567);
      t.ok(scene.record.syncs >= 1);
      t.notMatch(scene.console, /registryd: stopped/, 'no ordered stops');
      expectSound(t, scene);
    }
    const last = scenes.at(-1) as Scene;
    last.run(1000);
    t.match(last.console, /reason: 3 boots in a row did not succeed: the limit is 3 \(peios\.bootattempts\)\n/);
    for (const number of [1, 2, 3])
      t.match(last.console, new RegExp(`boot ${number}, 2\\d{3}-\\S+ [\\d:]{8} UTC: the critical service web failed for good: .*exit.* 7`));
    t.equal(last.console.match(/web failed for good/g)?.length, 3, 'each end is told once');
    t.equal(last.running('/bin/sh').length, 1);
    t.equal(last.running('/bin/web').length, 0);
    t.equal(read(last), '3\n');
    t.match(last.ask({ command: 'machine-status' }), { mode: 'recovery', reason: /3 boots in a row/ });
    const status = last.ask({ command: 'boot-status' });
    t.match(status, { mode: 'recovery', attempt: null, limit: 3, confirmed: false });
    t.strictSame(
      (status['ends'] as { attempt: number; reason: string }[]).map(({ attempt, reason }) => [attempt, reason.slice(0, 38)]),
      [1, 2, 3].map((attempt) => [attempt, 'the critical service web failed for go']),
    );
  },
);

t.test('BOOT-066 a boot whose end nobody saw is told as that', async (t) => {
  const scene = machine({}, '3\n', '1 2026-01-01T00:00:00.000000000Z it was asked\nrubbish\n9 2026-01-01T00:00:00.000000000Z later\n');
  expectRecovery(t, scene, /boot 3: how it ended is not known: no power, a reset, or a kernel that stopped/);
  t.match(scene.console, /boot 1, 2026-01-01 00:00:00 UTC: it was asked\n.*boot 2: how it ended is not .*\n.*boot 3: how it ended is not/);
  t.notMatch(scene.console, /rubbish|later/);
});

t.test('O-135 a container that ends in order and in good state gives its attempt back; nothing else does', async (t) => {
  const end = (before: string | null, prepare: (scene: Scene) => void = () => undefined, container = true): readonly (string | null)[] => {
    const scene = machine({ container, tree: webTree }, before);
    scene.boot();
    prepare(scene);
    scene.signals.raise(15, 0, 0);
    scene.until('the end', () => scene.over, 60_000);
    return [read(scene), read(scene, ends) === null ? null : 'told'];
  };
  t.strictSame(end(null), ['0\n', null]);
  t.strictSame(end('2\n'), ['2\n', null]);
  t.strictSame(end('2\n', undefined, false), ['3\n', 'told'], 'a machine of its own');
  t.strictSame(
    end('1\n', (scene) => void scene.ask({ command: 'stop', service: 'web' })),
    ['2\n', 'told'],
    'a critical service is down',
  );
  t.strictSame(
    end('1\n', (scene) => void scene.files.writeFile(file, '3\n')),
    ['3\n', null],
    'somebody wrote',
  );
  t.strictSame(
    end('1\n', ({ signals }) => {
      for (let time = 0; time < 3; time++) signals.raise(2, 0, 0);
    }),
    ['2\n', 'told'],
    'forced',
  );
  const early = machine({
    container: true,
    tree: withServices({ web: service('/bin/web', { ...critical, Readiness: 0, StartTimeout: 60 }) }),
  });
  early.start();
  early.shows(/web: starting/);
  early.signals.raise(15, 0, 0);
  early.until('the end', () => early.over, 90_000);
  t.strictSame([read(early), read(early, ends) === null], ['1\n', false], 'it had not settled');
});

t.test('O-136 what is known of boots before a success, or before somebody wrote 0, is not told of later ones', async (t) => {
  const scene = machine({}, '0\n', '1 2026-01-01T00:00:00.000000000Z long ago\n');
  scene.boot();
  t.equal(read(scene, ends), null);
});

t.test('O-135 a boot that somebody ends before it has succeeded counts, and the next one is told who and what was missing', async (t) => {
  const scene = machine({ tree: webTree });
  scene.boot();
  scene.signals.raise(15, 0, 0);
  scene.until('the end', () => scene.over, 60_000);
  t.equal(read(scene), '1\n');
  t.match(
    read(scene, ends),
    /^1 \S+ it was asked for a poweroff \(SIGTERM\) before it had succeeded: its time of BootSuccessGrace was not over\n$/,
  );

  const done = machine({ tree: webTree });
  done.boot();
  done.run(31_000);
  done.signals.raise(15, 0, 0);
  done.until('the end', () => done.over, 60_000);
  t.strictSame([read(done), read(done, ends)], ['0\n', null]);
});

t.test('BOOT-090 O-138 clear-boot-attempts sets it to 0 in Recovery and before a success, by right, and tells a failure', async (t) => {
  const recovery = machine({}, '3\n');
  expectRecovery(t, recovery, /3 boots in a row/);
  t.match(recovery.ask({ command: 'clear-boot-attempts' }), { status: 'ok', attempt: null });
  t.equal(read(recovery), '0\n');

  const scene = machine({ tree: webTree }, '2\n', '2 2026-01-01T00:00:00.000000000Z it went wrong\n');
  scene.boot();
  t.strictSame(only(scene.ask({ command: 'boot-status' }), 'attempt', 'limit', 'ends'), {
    attempt: 3,
    limit: 3,
    ends: [{ attempt: 2, at: '2026-01-01T00:00:00.000000000Z', reason: 'it went wrong' }],
  });
  const nobody = scene.client({ pid: 77, uid: 1000, gid: 1000, groups: [] });
  t.match(nobody.ask({ command: 'clear-boot-attempts' }), { code: 'ACCESS_DENIED', message: /SYSTEM_SHUTDOWN/ });
  nobody.close();
  const undo = scene.faults.add({ call: 'replaceFile', path: file, errno: errno.EROFS });
  t.match(scene.ask({ command: 'clear-boot-attempts' }), {
    code: 'INTERNAL_ERROR',
    message: /^boot attempts are not set back: writing \/.peinit\/boot-attempts failed: EROFS/,
  });
  undo();
  t.match(scene.ask({ command: 'clear-boot-attempts' }), { status: 'ok', attempt: 3 });
  t.equal(read(scene), '0\n');
  scene.signals.raise(15, 0, 0);
  scene.until('the end', () => scene.over, 60_000);
  t.equal(read(scene, ends), '2 2026-01-01T00:00:00.000000000Z it went wrong\n', 'nothing is held against it any more');
});

t.test('BOOT-056 BOOT-057 the mode of a boot that goes over to Safe mode, and why, are told', async (t) => {
  const scene = machine({
    tree: {
      ...withServices({
        web: service('/bin/web', { ...critical, Requires: ['db'] }),
        db: service('/bin/db', { Requires: ['web'] }),
        app: service('/bin/app', boot),
      }),
      [`${servicesKey}\\plain`]: service('/bin/app', {}),
    },
  });
  scene.boot();
  t.equal(scene.state('web'), 'active');
  t.equal(scene.state('app'), 'inactive');
  const reason = /the critical service web is in a cycle; dependency cycle: (web -> db -> web|db -> web -> db)/;
  t.match(scene.ask({ command: 'machine-status' }), { mode: 'safe', reason });
  t.match(scene.console, /the boot goes on in Safe mode: the critical service web is in a cycle; dependency cycle: /);
  t.equal(scene.world.rebooted, null);
  scene.run(31_000);
  t.equal(read(scene), '0\n');
});

t.test('BOOT-065 BOOT-071 a container that always fails ends with 125, and its launcher hears of the reboots', async (t) => {
  const scenes = bootAgain({ container: true, words: ['peinit.launcher=1'], tree: webTree }, (scene) =>
    scene.program('/bin/web', (process) => process.exit(1)),
  );
  const last = scenes.at(-1) as Scene;
  last.until('the end', () => last.over, 60_000);
  t.strictSame(
    scenes.map(({ exited }) => exited),
    [132, 132, 132, 125],
  );
});

t.test('O-138 whoever asks for boots to count from 0 while that is written waits for it, and nothing is written twice', async (t) => {
  const scene = machine({}, '2');
  scene.boot();
  const runs = (): number => scene.started.filter((path) => path === helperProgram).length;
  const before = runs();
  const clients = Array.from({ length: 20 }, () => scene.client());
  for (const client of clients) client.send({ command: 'clear-boot-attempts' });
  const answers = clients.map((client) => client.answer().status);
  t.strictSame([answers.filter((status) => status === 'ok').length, read(scene)], [20, '0\n']);
  t.ok(runs() - before < 5, `${runs() - before} runs of the helper`);
  expectSound(t, scene);
});
