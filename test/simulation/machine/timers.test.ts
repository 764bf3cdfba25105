/** Timers of a whole process 1 on the simulated kernel: its registry, zone and clock. The timers themselves are tested with the policy. */
import t from 'tap';
import { servicesKey } from '../../support/fake-registryd.ts';
import type { Scene } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, programs, service, withServices } from '../../support/simulated-peinit.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const web = `${servicesKey}\\web`;

/** A Oneshot that is over at once. */
const once = (triggers: readonly string[], values: Readonly<Record<string, number | string>> = {}) =>
  service('/bin/once', { Type: 1, Triggers: triggers.map((schedule) => `timer:${schedule}`), ...values });

function booted(services: Parameters<typeof withServices>[0], options: Parameters<typeof createScene>[0] = {}): Scene {
  const scene = createScene({ ...options, tree: withServices(services) });
  scene.program('/bin/once', (process) => process.exit(0));
  scene.program('/bin/idle', programs.idle);
  scene.boot();
  scene.run(second);
  return scene;
}

const runs = ({ started }: Scene): number => started.filter((path) => path === '/bin/once').length;
const calls = ({ registryd }: Scene, name: string): number => registryd.calls.filter((call) => call === name).length;
const wallNs = ({ world }: Scene): bigint => world.now + world.realtimeOffset;
const setClock = (scene: Scene, instant: string): void => scene.world.setRealtime(BigInt(Date.parse(instant)) * 1_000_000n);

t.test('TMR-023 TMR-031 TMR-048 TMR-049 each firing is in the registry, and nothing is read for it', async (t) => {
  const scene = booted({ web: once(['*:*:0/10']) });
  const before = [runs(scene), calls(scene, 'read-tree'), calls(scene, 'set')];
  scene.run(minute);
  t.strictSame([runs(scene), calls(scene, 'read-tree'), calls(scene, 'set')], [(before[0] ?? 0) + 6, before[1], (before[2] ?? 0) + 6]);
  const { type, data } = scene.registryd.value(web, 'LastTimerRun') ?? {};
  t.equal(type, 'QWORD');
  t.ok(wallNs(scene) - BigInt(String(data)) < 10_100_000_000n);
  scene.registryd.set(web, { Description: 'new' });
  scene.run(second);
  t.equal(calls(scene, 'read-tree'), (before[1] ?? 0) + 1, 'what others write is read');
  expectSound(t, scene);
});

t.test(
  'TMR-023 TMR-032 TMR-048 a registryd that answers no more holds up no timer, and gets the newest of each when it does',
  async (t) => {
    const scene = booted({ web: once(['*:*:0/10', '*:*:5/10']), db: once(['minutely']) });
    scene.registryd.switches.mute.add('set');
    const [before, sets] = [runs(scene), calls(scene, 'set')];
    scene.run(hour);
    t.equal(runs(scene) - before, 12 * 60 + 60);
    t.ok(calls(scene, 'set') - sets < 120, 'one at a time, and each for as long as an answer may take');
    t.equal(scene.console.split('when timers fired last is not in the registry').length, 2, 'told once');
    scene.registryd.switches.mute.clear();
    scene.run(minute);
    const state = `${web}\\TimerState`;
    for (const [path, name] of [
      [state, '%2A%3A%2A%3A0%2F10'],
      [state, '%2A%3A%2A%3A5%2F10'],
      [`${servicesKey}\\db`, 'LastTimerRun'],
    ] as const)
      t.ok(wallNs(scene) - BigInt(String(scene.registryd.value(path, name)?.data)) < 70_000_000_000n, name);
    expectSound(t, scene);
  },
);

t.test('TMR-048 timers go on without registryd, and what waited is written when it is back', async (t) => {
  const scene = booted({ web: once(['*:*:0/10']) });
  scene.registryd.switches.startMs = 25 * second;
  scene.registryd.process?.exit(1);
  const before = [runs(scene), calls(scene, 'set')];
  scene.run(20 * second);
  t.strictSame([runs(scene) - (before[0] ?? 0), calls(scene, 'set')], [2, before[1]]);
  scene.until('registryd is back', () => scene.registryd.connections === 1);
  scene.run(second);
  t.ok(wallNs(scene) - BigInt(String(scene.registryd.value(web, 'LastTimerRun')?.data)) < 11_000_000_000n);
  expectSound(t, scene);
});

t.test('TMR-008 TMR-038 the zone of the machine is looked for with the definitions and when the clock is set', async (t) => {
  const scene = booted({ web: once(['02:30'], { TimerPersistent: 0 }) });
  const zone = (name: string): void => void scene.tree.links.set('/etc/localtime', `/usr/share/zoneinfo/${name}`);
  setClock(scene, '2030-07-01T02:29:00Z');
  scene.run(second);
  t.equal(runs(scene), 1, 'the step went over some');
  scene.run(minute);
  t.equal(runs(scene), 2, 'in UTC');
  zone('Europe/Berlin');
  t.match(scene.ask({ command: 'reload-config' }), { status: 'ok' });
  setClock(scene, '2030-07-02T00:29:00Z');
  scene.run(2 * minute);
  t.equal(runs(scene), 3, 'in Berlin it is half past midnight UTC');
  zone('Asia/Kolkata');
  setClock(scene, '2030-07-02T20:59:00Z');
  scene.run(2 * minute);
  t.equal(runs(scene), 4, 'in India it is nine in the evening UTC');
  expectSound(t, scene);
});

t.test('TMR-039 TMR-040 a clock that is set runs what it goes over once, and moves no timeout', async (t) => {
  const scene = booted({
    web: once(['02:00'], { TimerPersistent: 0 }),
    slow: service('/bin/idle', { Readiness: 0, StartTimeout: 30, RestartPolicy: 0 }),
  });
  setClock(scene, '2030-07-01T12:00:00Z');
  scene.run(second);
  t.equal(runs(scene), 1, 'over some months');
  const asked = scene.client();
  asked.send({ command: 'start', service: 'slow' });
  scene.run(second);
  setClock(scene, '2030-07-04T12:00:00Z');
  scene.run(second);
  t.strictSame([runs(scene), scene.state('slow')], [2, 'starting']);
  setClock(scene, '2030-07-04T02:00:00Z');
  const before = scene.nowMs;
  t.match(asked.answer(60_000), { state: 'failed' });
  t.ok(scene.nowMs - before > 26_000 && scene.nowMs - before < 30_000);
  scene.run(12 * hour);
  t.equal(runs(scene), 2, 'the step back brings nothing again');
  scene.run(12 * hour);
  t.equal(runs(scene), 3);
  expectSound(t, scene);
});

t.test('O-131 what timers left for registryd is sent before it is told to end', async (t) => {
  const scene = booted({ web: once(['*:*:0/10']), db: once(['*:*:0/10']) });
  scene.registryd.switches.mute.add('set');
  scene.until('both have fired', () => runs(scene) >= 4);
  scene.run(second);
  const before = calls(scene, 'set');
  scene.client().send({ command: 'shutdown', type: 'poweroff' });
  scene.run(100);
  t.equal(calls(scene, 'set'), before + 1, 'without waiting for the answer to the one before');
});

t.test(
  'TMR-034 a run that ends the machine is no missed one: it is in the registry before the reboot, which waits for no deaf one',
  async (t) => {
    const critical = { ErrorControl: 1, RestartPolicy: 1, RestartDelay: 0, RestartMaxRetries: 0 };
    const failing = (isDeaf: boolean): { readonly scene: Scene; readonly took: bigint } => {
      const scene = booted({ web: once(['*:*:0/10'], critical) });
      // It was busy when the timer fired, and is asked again after ten seconds.
      scene.registryd.switches.failing.set('set', 'EBUSY');
      scene.program('/bin/once', (process) => process.after(200, () => process.exit(1)));
      scene.until('the run', () => scene.running('/bin/once').length > 0, minute);
      scene.run(100);
      scene.registryd.switches.failing.clear();
      if (isDeaf) scene.registryd.switches.mute.add('set');
      const [failed, before] = [scene.world.now, calls(scene, 'set')];
      scene.until('reboot(2)', () => scene.over, minute);
      t.equal(calls(scene, 'set'), before + 1);
      return { scene, took: scene.world.now - failed };
    };
    const heard = failing(false);
    t.equal(heard.scene.world.rebooted, 0x01234567);
    t.match(heard.scene.registryd.value(web, 'LastTimerRun'), { type: 'QWORD' });
    t.equal(heard.scene.console.match(/web.* failed for good/g)?.length, 1, 'one line for one fact');
    t.match(heard.scene.console, /the critical service web has failed for good: the machine reboots at once/);
    const deaf = failing(true);
    t.ok(deaf.took > heard.took + 400_000_000n && deaf.took < 5_000_000_000n, `${heard.took} ${deaf.took}`);
  },
);
