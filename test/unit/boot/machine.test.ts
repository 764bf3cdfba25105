import t from 'tap';
import { systemPeer } from '../../../src/linux/simulated/stream-sockets.ts';
import { servicesKey } from '../../support/fake-registryd.ts';
import { createScene, registrydProgram, service, withServices } from '../../support/simulated-peinit.ts';

const boot = { Triggers: ['boot'] };

t.test(
  'BOOT-006 BOOT-020 BOOT-024 BOOT-078 the eight steps come in order, and registryd of Phase 1 stays the service it was',
  async (t) => {
    const scene = createScene({ tree: withServices({ app: service('/bin/app', boot) }) });
    let listening = false;
    scene.program('/bin/app', () => {
      listening = scene.record.loopback && scene.streams.connect('/run/peinit/control.sock', systemPeer) !== null;
    });
    scene.boot();
    // What the program does comes after its birth.
    scene.run(100);
    const order = [
      'root is writable',
      'virtual filesystems',
      'clock',
      'registryd: starting',
      'registryd is ready',
      'app: starting',
      'settled',
    ];
    const at = order.map((text) => scene.console.indexOf(text));
    t.ok(
      at.every((each) => each >= 0),
      scene.console,
    );
    t.strictSame(
      [...at].sort((a, b) => a - b),
      at,
    );
    t.equal(listening, true, 'lo is up and the control socket there before the first service');
    const list = scene.ask({ command: 'list' }) as { services: { service: string }[] };
    t.strictSame(
      list.services.map(({ service }) => service),
      ['app', 'registryd'],
    );
    t.equal(scene.running(registrydProgram).length, 1);
    t.notMatch(scene.console, /error:|warning:/);
    t.strictSame(scene.world.violations, []);
  },
);

t.test('BOOT-025 an interface lo that does not come up is a warning, and the boot goes on', async (t) => {
  const scene = createScene();
  scene.faults.add({ call: 'loopbackUp', errno: 1 });
  scene.boot();
  t.match(scene.console, /warning: the interface lo is not up: EPERM/);
});

t.test('BOOT-036 GRAPH-002 a cycle is reported before the first service of Phase 2 is started', async (t) => {
  const scene = createScene({
    tree: withServices({
      a: service('/bin/app', { ...boot, Requires: ['b'] }),
      b: service('/bin/app', { Requires: ['a'] }),
      c: service('/bin/app', boot),
    }),
  });
  scene.program('/bin/app', () => undefined);
  scene.boot();
  const text = scene.console;
  t.match(text, /dependency cycle: a -> b -> a/i);
  t.ok(text.search(/dependency cycle/i) < text.indexOf('c: starting'), text);
});

t.test('SHUT-024 SHUT-025 at the end the seed is saved, and a reboot(2) that returns is tried again once a second', async (t) => {
  const scene = createScene();
  scene.boot();
  scene.faults.add({ call: 'reboot', errno: 1, times: 3 });
  const asked = scene.world.now;
  scene.signals.raise(15, 0, 0);
  scene.until('reboot(2)', () => scene.over, 60_000);
  t.equal(scene.world.rebooted, 0x4321fedc);
  t.equal(scene.console.match(/reboot\(2\) returned EPERM/g)?.length, 3);
  t.ok(scene.world.now - asked >= 3_000_000_000n);
  t.equal((scene.kernel.readFile('/var/lib/peinit/random-seed', 1024) as Uint8Array).length, 512);
});

t.test('CTL-014 GEN-014 the registry may be lost: services go on, it comes back by its policy, and changes count again', async (t) => {
  const scene = createScene({ tree: withServices({ app: service('/bin/app', boot) }) });
  scene.program('/bin/app', () => undefined);
  scene.boot();
  const [first] = scene.running(registrydProgram);
  scene.registryd.process?.die(9);
  scene.shows(/the registry is lost/);
  t.match(scene.ask({ command: 'restart', service: 'app' }), { status: 'ok', state: 'active' });
  scene.until('another registryd', () => scene.running(registrydProgram).some((process) => process !== first), 60_000);
  scene.run(2000);
  t.match(scene.ask({ command: 'reload-config' }), { status: 'ok' });
  t.notMatch(scene.console, /error:/);
});

t.test('GEN-001 GEN-002 GEN-017 what is written during the boot counts once the machine has settled, in one reload', async (t) => {
  const scene = createScene({
    tree: withServices({
      slow: service('/bin/slow', { ...boot, Type: 1 }),
      last: service('/bin/last', { ...boot, Requires: ['slow'] }),
    }),
  });
  scene.program('/bin/slow', (process) => process.after(500, () => process.exit(0)));
  scene.program('/bin/last', () => undefined);
  scene.program('/bin/other', () => undefined);
  scene.start();
  scene.shows(/slow: starting/);
  scene.registryd.set(`${servicesKey}\\last`, { ImagePath: '/bin/other' });
  scene.registryd.set(`${servicesKey}\\fresh`, service('/bin/other', boot));
  scene.run(100);
  t.match(scene.ask({ command: 'status', service: 'fresh' }), { code: 'UNKNOWN_SERVICE' }, 'not yet');
  scene.shows(/settled/);
  scene.run(100);
  t.equal(scene.running('/bin/last').length, 1, 'the boot ran from its snapshot');
  t.match(scene.ask({ command: 'status', service: 'fresh' }), { state: 'inactive' });
  t.match(scene.ask({ command: 'restart', service: 'last' }), { state: 'active' });
  t.equal(scene.running('/bin/other').length, 1, 'the edit counts at the next start');
});

t.test('GEN-015 an overflow of the notifications is answered with a complete read', async (t) => {
  const scene = createScene();
  scene.boot();
  scene.registryd.silently(() => scene.registryd.set(`${servicesKey}\\fresh`, service('/bin/other')));
  scene.registryd.overflow();
  scene.run(100);
  t.match(scene.ask({ command: 'status', service: 'fresh' }), { state: 'inactive' });
});

t.test('GEN-013 reload-config waits for the registry while others are served, and ends in INTERNAL_ERROR naming registryd', async (t) => {
  const scene = createScene();
  scene.boot();
  scene.registryd.switches.mute.add('read-tree');
  const client = scene.client();
  client.send({ command: 'reload-config' });
  scene.run(1000);
  t.match(scene.ask({ command: 'status', service: 'registryd' }), { state: 'active' });
  t.strictSame(client.stream.takeLines(), []);
  scene.run(35_000);
  t.match(client.answer(), { status: 'error', code: 'INTERNAL_ERROR', message: /registryd/ });
});

t.test('KEY-020 reload-config takes new settings over, and refuses one that is out of bounds by name', async (t) => {
  const scene = createScene();
  scene.boot();
  const silently = (size: number): void =>
    scene.registryd.silently(() => scene.registryd.set('Machine\\System\\Init', { MaxRequestSize: size }));
  silently(1024);
  t.match(scene.ask({ command: 'reload-config' }), { status: 'ok' });
  t.match(scene.ask({ command: 'list', pad: 'x'.repeat(2000) }), { code: 'REQUEST_TOO_LARGE' });
  silently(7);
  t.match(scene.ask({ command: 'reload-config' }), { code: 'INVALID_STATE', message: /MaxRequestSize/ });
  t.match(scene.ask({ command: 'list', pad: 'x'.repeat(2000) }), { code: 'REQUEST_TOO_LARGE' }, 'the old one stays');
});
