import type { Test } from 'tap';
import t from 'tap';
import type { Switches } from '../../support/fake-registryd.ts';
import { servicesKey } from '../../support/fake-registryd.ts';
import type { Scene, SceneOptions } from '../../support/simulated-peinit.ts';
import { createScene, registrydProgram, service, withServices } from '../../support/simulated-peinit.ts';

const shells = ['/bin/sh'];
const fast = withServices({ fast: service('/bin/fast', { Triggers: ['boot'] }) });

/** Turns a switch of registryd before the boot. */
const turn =
  (change: (switches: Switches) => unknown) =>
  ({ registryd }: Scene): void =>
    void change(registryd.switches);

/** A machine of its own that must end in Recovery: its reason on the console, a shell as SYSTEM on the terminal, and nothing of Phase 2. */
function expectRecovery(t: Test, options: SceneOptions, reason: RegExp, prepare: (scene: Scene) => void = () => undefined): Scene {
  const scene = createScene({ shells, ...options, tree: { ...fast, ...options.tree } });
  scene.program('/bin/fast', () => undefined);
  prepare(scene);
  scene.start();
  scene.shows(/recovery mode\n.*reason: .*\n/);
  t.match(scene.console, reason);
  t.equal(scene.running('/bin/sh').length, 1, 'a shell');
  t.equal(scene.running('/bin/sh')[0]?.request.controllingTerminal, true);
  t.equal(scene.running('/bin/fast').length, 0, 'no service');
  t.equal(scene.world.rebooted, null, 'no reboot');
  t.notMatch(scene.console, /error:/);
  return scene;
}

t.test('BOOT-016 a registryd that never says READY=1 leads to Recovery after 30 seconds, once and without a reboot', async (t) => {
  const scene = createScene({ shells });
  scene.registryd.switches.ready = false;
  scene.start();
  const before = scene.world.now;
  scene.shows(/recovery mode/);
  const seconds = Number((scene.world.now - before) / 1_000_000_000n);
  t.ok(seconds >= 29 && seconds <= 36, `${seconds} s`);
  t.match(scene.console, /reason: registryd did not start/);
  t.equal(scene.world.rebooted, null);
  t.equal(scene.running('/bin/sh').length, 1);
});

t.test('a registryd that ends at once leads to Recovery at once', async (t) => {
  let started = 0n;
  const scene = expectRecovery(t, {}, /reason: registryd did not start: .*exit/, ({ world, registryd }) => {
    registryd.switches.exitCode = 1;
    started = world.now;
  });
  t.ok(scene.world.now - started < 5_000_000_000n, 'no wait for the limit');
});

t.test('a registryd that is not there leads to Recovery', async (t) => {
  expectRecovery(t, {}, /reason: registryd did not start: .*ENOENT/, (scene) =>
    scene.faults.add({ call: 'spawn', errno: 2, step: 11, path: registrydProgram }),
  );
});

t.test(
  'BOOT-018 KEY-002 the probe read must deliver a REG_DWORD: absence, another type, an error and silence lead to Recovery',
  async (t) => {
    expectRecovery(
      t,
      {},
      /probe read of .*SchemaVersion/,
      turn(({ failing }) => failing.set('query', 'ENOENT')),
    );
    expectRecovery(t, { tree: { [servicesKey]: { SchemaVersion: 'one' } } }, /SchemaVersion is SZ and must be REG_DWORD/);
    expectRecovery(
      t,
      {},
      /probe read/,
      turn(({ failing }) => failing.set('query', 'EIO')),
    );
    expectRecovery(
      t,
      {},
      /probe read/,
      turn(({ mute }) => mute.add('query')),
    );
  },
);

t.test('BOOT-021 a control socket that cannot be created leads to Recovery', async (t) => {
  expectRecovery(t, {}, /the control socket cannot be created: EADDRINUSE/, (scene) =>
    scene.faults.add({ call: 'listenStream', errno: 98 }),
  );
});

t.test('BOOT-088 a notify socket that cannot be created leads to Recovery before registryd is started', async (t) => {
  const scene = expectRecovery(t, {}, /the notify socket cannot be created/, (each) =>
    each.faults.add({ call: 'bindDatagram', errno: 98 }),
  );
  t.equal(scene.running(registrydProgram).length, 0);
});

t.test('BOOT-027 definitions that are not delivered lead to Recovery', async (t) => {
  expectRecovery(
    t,
    {},
    /registryd did not deliver/,
    turn(({ mute }) => mute.add('read-tree Machine\\System')),
  );
  expectRecovery(
    t,
    {},
    /registryd did not deliver/,
    turn(({ failing }) => failing.set('read-tree Machine\\System', 'ETIMEDOUT')),
  );
});

t.test('BOOT-084 MaxParallelStarts of zero or of another type leads to Recovery', async (t) => {
  expectRecovery(t, { tree: { 'Machine\\System\\Boot': { MaxParallelStarts: 0 } } }, /MaxParallelStarts/);
  expectRecovery(t, { tree: { 'Machine\\System\\Boot': { MaxParallelStarts: 'many' } } }, /MaxParallelStarts/);
});

t.test(
  'BOOT-008 BOOT-011 BOOT-073 a root that is not writable, a filesystem that is not mounted and a missing clock lead to Recovery',
  async (t) => {
    expectRecovery(t, {}, /root is not writable/, (scene) => scene.faults.add({ call: 'writeFile', errno: 28, path: '/.peinit/probe-' }));
    expectRecovery(t, {}, /mounting devpts on \/dev\/pts failed/, (scene) =>
      scene.faults.add({ call: 'mount', errno: 19, path: 'devpts' }),
    );
    expectRecovery(t, { rtcSeconds: null }, /clock: no usable real-time clock/);
  },
);

t.test('BOOT-061 BOOT-087 peios.recovery=1 on the kernel command line leads to Recovery, and beats peios.safemode=1', async (t) => {
  expectRecovery(t, { cmdline: 'quiet peios.safemode=1 peios.recovery=1' }, /demanded by peios.recovery=1/);
});

t.test('BOOT-065 the shell comes back when it ends, at most once a second, and signals keep their meaning', async (t) => {
  const scene = createScene({ shells, rtcSeconds: null });
  const born: bigint[] = [];
  scene.program('/bin/sh', (process) => {
    born.push(scene.world.now);
    process.after(10, () => process.exit(0));
  });
  scene.start();
  scene.until('five shells', () => born.length === 5, 60_000);
  for (const [at, time] of born.entries()) if (at > 0) t.ok(time - (born[at - 1] ?? 0n) >= 1_000_000_000n);
  scene.signals.raise(2, 0, 0);
  scene.until('reboot(2)', () => scene.over, 60_000);
  t.equal(scene.world.rebooted, 0x01234567);
});

t.test('BOOT-065 the control socket answers in Recovery where it can be made', async (t) => {
  const scene = createScene({ shells, rtcSeconds: null });
  scene.start();
  scene.shows(/recovery mode/);
  t.match(scene.ask({ command: 'machine-status' }), { status: 'ok', mode: 'recovery', phase: 'recovery', reason: /clock/ });
});

t.test('BOOT-089 without a shell the machine syncs and halts instead of exiting', async (t) => {
  const scene = createScene({ shells: [], rtcSeconds: null });
  scene.start();
  scene.until('reboot(2)', () => scene.over, 60_000);
  t.match(scene.console, /neither \/bin\/recsh nor \/bin\/sh can be started/);
  t.equal(scene.world.rebooted, 0xcdef0123 | 0);
  t.ok(scene.record.syncs >= 1);
  t.equal(scene.exited, null);
});

t.test('BOOT-065 a container without a terminal tells the reason and ends with 125', async (t) => {
  const scene = createScene({ container: true, words: ['peios.recovery=1'] });
  scene.start();
  scene.until('the end', () => scene.over, 60_000);
  t.equal(scene.exited, 125);
  t.match(scene.console, /reason: demanded by peios.recovery=1/);
  t.equal(scene.running('/bin/sh').length, 0);
});
