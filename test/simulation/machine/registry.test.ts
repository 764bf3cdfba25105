import t from 'tap';
import { servicesKey } from '../../support/fake-registryd.ts';
import type { Scene } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, programs, registrydProgram, service, withServices } from '../../support/simulated-peinit.ts';

const boot = { Triggers: ['boot'] };
const web = `${servicesKey}\\web`;

function settled(services: Parameters<typeof withServices>[0] = { web: service('/bin/idle', boot) }): Scene {
  const scene = createScene({ tree: withServices(services) });
  scene.program('/bin/idle', programs.idle);
  scene.program('/bin/stubborn', programs.stubborn);
  scene.boot();
  // The watches stand.
  scene.until('the watches', () => scene.registryd.calls.filter((call) => call === 'watch').length === 4);
  scene.run(100);
  return scene;
}

const reads = ({ registryd }: Scene): number => registryd.calls.filter((call) => call === 'read-tree').length;

t.test('GEN-006 GEN-014 a service that is written is there without a command, and so are changed values and settings', async (t) => {
  const scene = settled();
  scene.registryd.set(`${servicesKey}\\new`, service('/bin/idle', { StopTimeout: 3 }));
  scene.run(100);
  t.match(scene.ask({ command: 'start', service: 'new' }), { status: 'ok', state: 'active' });
  scene.registryd.set(`${servicesKey}\\new`, { StopTimeout: 4 });
  scene.registryd.set('Machine\\System\\Init', { MaxRequestSize: 1024 });
  scene.run(100);
  t.equal(scene.view('new').definition?.stopTimeout, 4);
  t.match(scene.ask({ command: 'status', service: 'x'.repeat(1100) }), { code: 'REQUEST_TOO_LARGE' });
  expectSound(t, scene);
});

t.test('PRIN-002 what is written to the registry or done to cgroups starts, stops and changes no service', async (t) => {
  const scene = settled({
    web: service('/bin/idle', boot),
    gone: service('/bin/idle', boot),
    down: service('/bin/idle'),
    failed: service('/bin/missing', { RestartPolicy: 0 }),
  });
  scene.ask({ command: 'start', service: 'failed' });
  const names = ['web', 'gone', 'down', 'failed'];
  const seen = () => names.map((name) => [name, scene.state(name), scene.view(name).job?.pid]);
  const before = seen();
  t.strictSame(
    before.map(([, state]) => state),
    ['active', 'active', 'inactive', 'failed'],
  );
  const events = scene.client();
  events.ask({ command: 'subscribe', events: ['service.state'] });
  scene.registryd.set(web, {
    Disabled: 1,
    ImagePath: '/bin/other',
    Identity: 'LocalService',
    Requires: ['down'],
    Type: 1,
    State: 'failed',
  });
  scene.registryd.deleteKey(`${servicesKey}\\gone`);
  scene.registryd.set(`${servicesKey}\\down`, { Triggers: ['boot'] });
  scene.registryd.set(`${servicesKey}\\failed`, { ImagePath: '/bin/idle' });
  scene.registryd.set(`${servicesKey}\\new`, service('/bin/idle', boot));
  const [one, other] = scene.running('/bin/idle');
  scene.kernel.mkdir('/sys/fs/cgroup/own', 0o755);
  scene.kernel.writeFile('/sys/fs/cgroup/own/cgroup.procs', String(one?.pid), { create: false });
  scene.kernel.writeFile('/sys/fs/cgroup/peinit/web/main/cgroup.procs', String(other?.pid), { create: false });
  scene.run(5000);
  t.strictSame(seen(), before);
  t.strictSame([scene.state('new'), events.stream.takeLines()], ['inactive', []]);
  t.equal(scene.view('web').definition?.disabled, true, 'it was read');
  expectSound(t, scene);
});

t.test(
  'GEN-012 GEN-013 with a registryd that is silent everything else goes on by the model, ' +
    'and reload-config ends after 30 s naming registryd',
  async (t) => {
    const scene = settled();
    scene.registryd.switches.mute.add('read-tree');
    const reload = scene.client();
    reload.send({ command: 'reload-config' });
    scene.run(1000);
    const client = scene.client();
    for (const command of ['status', 'stop', 'start', 'restart'])
      t.match(client.ask({ command, service: 'web' }, 1000), { status: 'ok' }, command);
    t.strictSame(reload.stream.takeLines(), []);
    const before = scene.nowMs;
    t.match(reload.answer(40_000), { status: 'error', code: 'INTERNAL_ERROR', message: /registryd/ });
    t.ok(scene.nowMs - before > 28_000);
    scene.registryd.switches.mute.clear();
    t.match(reload.ask({ command: 'reload-config' }), { status: 'ok' });
    expectSound(t, scene);
  },
);

t.test('GEN-013 commands during a read share one further read', async (t) => {
  const scene = settled();
  scene.registryd.switches.answerMs = 500;
  const before = reads(scene);
  const clients = Array.from({ length: 5 }, () => scene.client());
  clients[0]?.send({ command: 'reload-config' });
  scene.run(100);
  for (const client of clients.slice(1)) client.send({ command: 'reload-config' });
  scene.registryd.set(web, { StopTimeout: 7 });
  for (const client of clients) t.match(client.answer(), { status: 'ok' });
  t.equal(reads(scene) - before, 2);
  t.equal(scene.view('web').definition?.stopTimeout, 7);
  expectSound(t, scene);
});

t.test('GEN-015 an overflow of events is answered with a complete read', async (t) => {
  const scene = settled();
  // Written while nobody is told.
  const { connections } = scene.registryd;
  t.equal(connections, 1);
  const before = reads(scene);
  scene.registryd.silently(() => scene.registryd.set(`${servicesKey}\\unseen`, service('/bin/idle')));
  scene.run(100);
  t.match(scene.ask({ command: 'status', service: 'unseen' }), { code: 'UNKNOWN_SERVICE' });
  scene.registryd.overflow();
  scene.run(100);
  t.match(scene.ask({ command: 'status', service: 'unseen' }), { status: 'ok', state: 'inactive' });
  t.ok(reads(scene) > before);
  expectSound(t, scene);
});

t.test('a burst of changes becomes few reads, not one for each', async (t) => {
  const scene = settled();
  const before = reads(scene);
  scene.registryd.switches.answerMs = 50;
  for (let at = 0; at < 200; at++) scene.registryd.set(`${servicesKey}\\burst-${at}`, service('/bin/idle'));
  scene.run(2000);
  t.match(scene.ask({ command: 'status', service: 'burst-199' }), { status: 'ok' });
  t.ok(reads(scene) - before <= 3, `${reads(scene) - before} reads`);
  expectSound(t, scene);
});

t.test('a new finding refuses the change, is told, and is tried again with the next event; one in force does not', async (t) => {
  const scene = settled({ web: service('/bin/idle', boot), broken: service('/bin/idle', { StartTimeout: 'soon' }) });
  t.equal(scene.state('broken'), 'failed');
  scene.registryd.set(web, { StopTimeout: 21 });
  scene.run(100);
  t.equal(scene.view('web').definition?.stopTimeout, 21, 'the finding of the boot refuses nothing');
  scene.registryd.set(web, { StopTimeout: 22, RestartPolicy: 99 });
  scene.run(100);
  t.equal(scene.view('web').definition?.stopTimeout, 21);
  t.match(scene.console, /changes of the registry are not taken over: .*RestartPolicy/);
  t.match(scene.ask({ command: 'reload-config' }), { status: 'error', message: /RestartPolicy/ });
  scene.registryd.set(web, { RestartPolicy: 1 });
  scene.run(100);
  t.equal(scene.view('web').definition?.stopTimeout, 22);
  t.equal(scene.state('web'), 'active');
  expectSound(t, scene);
});

t.test('GEN-001 GEN-017 a change during the boot is taken over when the machine has settled', async (t) => {
  const scene = createScene({
    tree: withServices({
      slow: service('/bin/slow', { ...boot, Readiness: 0 }),
      web: service('/bin/idle', { ...boot, Requires: ['slow'] }),
    }),
  });
  scene.program('/bin/slow', programs.notifies(5000));
  scene.program('/bin/idle', programs.idle);
  scene.start();
  scene.until('its start', () => scene.started.includes('/bin/slow'));
  scene.run(1000);
  scene.registryd.set(`${servicesKey}\\late`, service('/bin/idle', boot));
  scene.registryd.set(web, { StopTimeout: 33 });
  scene.run(1000);
  t.match(scene.ask({ command: 'status', service: 'late' }), { code: 'UNKNOWN_SERVICE' });
  t.equal(scene.view('web').definition?.stopTimeout, 10);
  scene.until('the machine settles', () => scene.composed.policy.machine().settledAt !== null);
  scene.run(100);
  t.equal(scene.view('web').definition?.stopTimeout, 33);
  t.equal(scene.state('late'), 'inactive', 'it is known, and not started by this boot');
  expectSound(t, scene);
});

t.test('O-44 reload-config during the boot counts for what is not launched yet, and not for what is', async (t) => {
  const scene = createScene({
    tree: withServices({
      slow: service('/bin/slow', { ...boot, Readiness: 0, Arguments: ['old'] }),
      web: service('/bin/idle', { ...boot, Requires: ['slow'], Arguments: ['old'] }),
    }),
  });
  scene.program('/bin/slow', programs.notifies(5000));
  scene.program('/bin/idle', programs.idle);
  scene.start();
  scene.until('its start', () => scene.started.includes('/bin/slow'));
  scene.run(1000);
  for (const name of ['slow', 'web']) scene.registryd.set(`${servicesKey}\\${name}`, { Arguments: ['new'] });
  t.match(scene.ask({ command: 'reload-config' }), { status: 'ok' });
  scene.until('the machine settles', () => scene.composed.policy.machine().settledAt !== null);
  t.strictSame(
    ['/bin/slow', '/bin/idle'].map((path) => scene.running(path).map(({ argv }) => argv[1])),
    [['old'], ['new']],
  );
  expectSound(t, scene);
});

t.test('GEN-018 GEN-019 GEN-020 GEN-022 a deleted definition: gone at once without a process, else supervised to its end', async (t) => {
  const scene = settled({
    web: service('/bin/idle', boot),
    idle: service('/bin/idle'),
    retrying: service('/bin/missing', { ...boot, RestartDelay: 30 }),
    back: service('/bin/idle', boot),
  });
  const pid = scene.view('web').job?.pid;
  for (const name of ['web', 'idle', 'retrying', 'back']) scene.registryd.deleteKey(`${servicesKey}\\${name}`);
  scene.run(100);
  const client = scene.client();
  for (const name of ['idle', 'retrying']) t.match(client.ask({ command: 'status', service: name }), { code: 'UNKNOWN_SERVICE' }, name);
  t.match(client.ask({ command: 'status', service: 'web' }), { state: 'active', definition_removed: true, current_job: { pid } });
  for (const command of ['start', 'restart', 'reload'])
    t.match(client.ask({ command, service: 'web' }), { code: 'UNKNOWN_SERVICE' }, command);
  scene.registryd.set(`${servicesKey}\\back`, service('/bin/idle', boot));
  scene.run(100);
  t.match(client.ask({ command: 'status', service: 'back' }), { state: 'active', definition_removed: false });
  t.match(client.ask({ command: 'stop', service: 'web' }), { status: 'ok' });
  t.match(client.ask({ command: 'status', service: 'web' }), { code: 'UNKNOWN_SERVICE' });
  scene.run(60_000);
  t.equal(scene.running('/bin/idle').length, 1);
  t.strictSame(scene.kernel.readDirectory('/sys/fs/cgroup/peinit/web'), -2, 'its cgroups are gone');
  expectSound(t, scene);
});

t.test('GEN-014 CTL-014 registryd may die: services and commands go on, and after its restart changes count again', async (t) => {
  const scene = settled();
  const pid = scene.view('web').job?.pid;
  scene.registryd.process?.die(9);
  scene.shows(/the registry is lost/);
  scene.registryd.set(web, { StopTimeout: 44 });
  t.match(scene.ask({ command: 'restart', service: 'web' }), { status: 'ok', state: 'active' });
  t.not(scene.view('web').job?.pid, pid);
  t.match(scene.ask({ command: 'reload-config' }), { code: 'INTERNAL_ERROR', message: /registryd/ });
  scene.until('the connection', () => scene.registryd.connections === 1);
  scene.run(1000);
  t.equal(scene.view('web').definition?.stopTimeout, 44, 'what was written meanwhile is taken over');
  scene.registryd.set(web, { StopTimeout: 45 });
  scene.run(100);
  t.equal(scene.view('web').definition?.stopTimeout, 45);
  expectSound(t, scene);
});

t.test(
  'GEN-014 CTL-014 a connection that is lost while registryd lives is made anew, however often that fails, ' +
    'and without a wake-up once it stands',
  async (t) => {
    const scene = settled();
    scene.registryd.hangUp();
    scene.faults.add({ call: 'connectStream', errno: 11, times: 2 });
    scene.faults.add({ call: 'socketError', errno: 111, times: 2 });
    scene.registryd.set(web, { StopTimeout: 55 });
    scene.until('the new value', () => scene.view('web').definition?.stopTimeout === 55, 30_000);
    scene.run(1000);
    t.equal(scene.started.filter((path) => path === registrydProgram).length, 1, 'registryd itself is left alone');
    // Records of operations and restart windows run out.
    scene.run(200_000);
    const { turns } = scene.loop;
    scene.run(600_000);
    t.equal(scene.loop.turns, turns, 'idle again');
    expectSound(t, scene);
  },
);

t.test('GEN-014 several losses do not make several watches', async (t) => {
  const scene = settled();
  for (let count = 0; count < 5; count++) {
    if (count % 2 === 0) scene.registryd.hangUp();
    else scene.registryd.process?.die(9);
    scene.run(10_000);
    t.equal(scene.registryd.connections, 1);
    t.equal(scene.registryd.watches, 3, 'of the keys that there are');
  }
  expectSound(t, scene);
});

t.test('a registryd that does not read holds nobody up', async (t) => {
  const scene = settled();
  scene.registryd.switches.mute.add('read-tree');
  scene.registryd.stopReading();
  for (let at = 0; at < 50; at++) {
    const client = scene.client();
    client.send({ command: 'reload-config' });
    t.match(scene.ask({ command: 'status', service: 'web' }, 100), { state: 'active' });
    client.close();
  }
  expectSound(t, scene);
});

t.test('registry changes during a shutdown are not taken over and disturb nothing', async (t) => {
  const scene = settled({ web: service('/bin/stubborn', { ...boot, StopTimeout: 5 }) });
  scene.signals.raise(15, 0, 0);
  scene.run(100);
  scene.registryd.set(`${servicesKey}\\new`, service('/bin/idle', boot));
  scene.registryd.deleteKey(web);
  scene.run(500);
  t.match(scene.view('web'), { state: 'stopping', definitionRemoved: false });
  scene.until('the end', () => scene.over, 20_000);
  t.equal(scene.composed.policy.service('new'), null);
  t.notOk(scene.started.includes('/bin/idle'));
  expectSound(t, scene);
});

t.test('GRAPH-007 what the boot has warned of is not warned of again by the first change', async (t) => {
  const scene = settled({ web: service('/bin/idle', { ...boot, Requires: ['db'] }), db: service('/bin/idle', {}) });
  scene.registryd.set(`${servicesKey}\\new`, service('/bin/idle', { Requires: ['web'] }));
  scene.run(100);
  t.equal(scene.view('new').state, 'inactive', 'it was taken over');
  t.notMatch(scene.console, /warning: .*db/);
  t.match(scene.console, /warning: .*web.*Readiness/, 'a new one is told');
  expectSound(t, scene);
});

t.test('GEN-014 a registryd that takes connections and drops them is tried less and less often', async (t) => {
  const scene = settled();
  scene.registryd.switches.mute.add('watch');
  for (let count = 0; count < 1200; count++) {
    if (scene.registryd.connections > 0) scene.registryd.hangUp();
    scene.run(100);
  }
  const lost = scene.console.match(/the registry is lost/g)?.length ?? 0;
  t.ok(lost >= 5 && lost <= 12, `${lost} times in two minutes`);
  scene.registryd.switches.mute.clear();
  scene.run(60_000);
  scene.registryd.set(`${servicesKey}\\new`, service('/bin/idle'));
  scene.run(100);
  t.match(scene.ask({ command: 'status', service: 'new' }), { status: 'ok' });
  expectSound(t, scene);
});

t.test('WIRE-016 a service that is not taken over because another one is broken is told with that', async (t) => {
  const scene = settled();
  scene.registryd.set(`${servicesKey}\\broken`, service('/bin/idle', { Requires: 'web' }));
  scene.registryd.set(`${servicesKey}\\new`, service('/bin/idle'));
  scene.run(100);
  const answer = scene.ask({ command: 'start', service: 'new' });
  t.match(answer, {
    code: 'UNKNOWN_SERVICE',
    message: /"new" is defined \(what stands in the registry now is not in force: .*broken: Requires is of type SZ/,
  });
  t.match(answer.message, /Write a list of texts, also for a single one/);
  scene.registryd.set(`${servicesKey}\\broken`, { Requires: ['web'] });
  scene.run(100);
  t.match(scene.ask({ command: 'start', service: 'new' }), { state: 'active' });
  t.notMatch(scene.ask({ command: 'start', service: 'none' }).message, /in force/);
  expectSound(t, scene);
});
