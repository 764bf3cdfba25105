/** Settings of the registry, each followed through the whole of PID 1 to what it is for. PSD-007 14.1. */
import t from 'tap';
import { FakeEventd } from '../../support/fake-eventd.ts';
import type { Values } from '../../support/fake-registryd.ts';
import type { Scene, SceneClient } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, programs, service, withServices } from '../../support/simulated-peinit.ts';

const boot = { Triggers: ['boot'] };
const initKey = 'Machine\\System\\Init';
const bootKey = 'Machine\\System\\Boot';

/** A settled machine with these values of Init. */
function settled(init: Values, services: Readonly<Record<string, Values>> = {}): Scene {
  const scene = createScene({ recorded: true, tree: { ...withServices(services), [initKey]: init } });
  scene.program('/bin/idle', programs.idle);
  scene.boot();
  return scene;
}

const ask = { command: 'machine-status' };

/** Clients that are served, until one is not; that one is the last. */
function untilRefused(scene: Scene, most: number): SceneClient[] {
  const clients: SceneClient[] = [];
  while (clients.length <= most) {
    const one = scene.client();
    clients.push(one);
    one.send(ask);
    let answered = false;
    scene.until('an answer or an end', () => {
      answered ||= one.stream.takeLines().length > 0;
      return answered || one.stream.ended;
    });
    if (!answered) return clients;
  }
  return clients;
}

t.test('LOG-008 MaxLogLineLength of the registry cuts lines, for programs that are started after a change', async (t) => {
  const scene = settled({ MaxLogLineLength: 100 }, { loud: service('/bin/loud') });
  scene.program('/bin/loud', (process) => process.write(1, `${'x'.repeat(300)}\nnext\n`));
  const lines = (): string[] => (scene.ask({ command: 'status', service: 'loud' })['output'] as { text: string }[]).map(({ text }) => text);
  const written = (): string[] => {
    const before = lines().length;
    scene.ask({ command: 'restart', service: 'loud' });
    scene.run(100);
    return lines().slice(before);
  };
  t.strictSame(written(), [`${'x'.repeat(89)}[truncated]`, 'next']);
  scene.registryd.set(initKey, { MaxLogLineLength: 200 });
  t.match(scene.ask({ command: 'reload-config' }), { status: 'ok' });
  t.strictSame(written(), [`${'x'.repeat(189)}[truncated]`, 'next']);
  expectSound(t, scene);
});

t.test('LOG-001 MaxLogBufferPerService of the registry is the capacity of both output pipes of every process', async (t) => {
  const hooked = service('/bin/idle', { ExecStartPre: ['/bin/hook'] });
  const scene = settled({ MaxLogBufferPerService: 8192 }, { web: hooked });
  scene.program('/bin/hook', programs.exits(0));
  const pipes = (): string[] => {
    const from = scene.calls.length;
    t.match(scene.ask({ command: 'restart', service: 'web' }), { state: 'active' });
    return scene.calls.slice(from).filter((call) => call.startsWith('pipe'));
  };
  t.strictSame(
    pipes(),
    Array.from({ length: 4 }, () => 'pipe capacity 8192'),
    'hook and main process, two each',
  );
  scene.registryd.set(initKey, { MaxLogBufferPerService: 4096 });
  t.match(scene.ask({ command: 'reload-config' }), { status: 'ok' });
  t.strictSame(
    pipes(),
    Array.from({ length: 4 }, () => 'pipe capacity 4096'),
  );
  expectSound(t, scene);
});

t.test(
  'LOG-014 LOG-020 O-125 KEY-019 LogSocketPath is where eventd gets everything; a change counts by itself, with the next connection',
  async (t) => {
    const key = 'Machine\\System\\eventd';
    const usual = '/run/eventd/log.sock';
    const scene = settled({}, { eventd: service('/bin/idle'), loud: service('/bin/loud') });
    scene.program('/bin/loud', (process) => process.write(1, 'hello\n'));
    const [one, other] = [usual, '/run/other.sock'].map((path) => new FakeEventd(scene.streams, path));
    if (one === undefined || other === undefined) throw new Error('no daemons');
    one.start();
    other.start();
    scene.ask({ command: 'start', service: 'loud' });
    scene.run(100);
    t.equal(one.connections, 0, 'nobody is asked while the service is down');
    scene.ask({ command: 'start', service: 'eventd' });
    scene.until('the line is stored', () => one.store.lines.length === 1);
    t.match(one.store.lines[0], { origin: 'loud', text: 'hello', is_error: false });
    t.strictSame(
      one.store.events.slice(0, 3).map(({ id }) => id),
      [1, 2, 3],
      'events of the boot are there as well',
    );
    scene.registryd.set(key, { LogSocketPath: '/run/other.sock' });
    scene.run(100);
    t.equal(other.connections, 0);
    scene.ask({ command: 'restart', service: 'eventd' });
    scene.until('it is asked there', () => other.connections === 1);
    // A daemon that is told of it moves by itself.
    scene.registryd.set(key, { LogSocketPath: usual });
    other.kill();
    scene.until('it is asked at the first place again', () => one.connections === 2);
    expectSound(t, scene);
  },
);

t.test('CTL-010 MaxControlConnections of the registry bounds the connections, at 32 where it says nothing', async (t) => {
  for (const [values, limit] of [
    [{ MaxControlConnections: 5 }, 5],
    [{ MaxControlConnections: 40 }, 40],
    [{}, 32],
  ] as const) {
    const scene = settled(values);
    const clients = untilRefused(scene, limit);
    t.equal(clients.length - 1, limit);
    t.equal(clients.at(-1)?.stream.ended, true, 'the one beyond reads end of file');
    clients[0]?.close();
    scene.run(100);
    t.match(scene.ask(ask), { status: 'ok' }, 'one that leaves makes room');
    expectSound(t, scene);
  }
});

t.test('CTL-012 ConnectionTimeout of the registry ends a silent connection, then and no later; who waits stays', async (t) => {
  for (const [values, seconds] of [
    [{ ConnectionTimeout: 7 }, 7],
    [{}, 30],
  ] as const) {
    const scene = settled(values, { slow: service('/bin/slow', { Type: 1, StartTimeout: 600 }) });
    scene.program('/bin/slow', programs.exits(0, 100_000));
    const waiting = scene.client();
    waiting.send({ command: 'start', service: 'slow' });
    const [silent, halfLine] = [scene.client(), scene.client()];
    t.match(silent.ask(ask), { status: 'ok' });
    const from = scene.nowMs;
    halfLine.stream.send('{"command":');
    scene.until('both ends', () => silent.stream.ended && halfLine.stream.ended);
    const took = (scene.nowMs - from) / 1000;
    t.ok(took > seconds - 0.01 && took < seconds + 0.1, `${took} s of ${seconds}`);
    t.strictSame(silent.stream.takeLines(), [], 'without a response');
    t.match(waiting.answer(), { state: 'inactive' });
    expectSound(t, scene);
  }
});

/** Key, name, just below, just above. */
const outOfBounds = [
  [initKey, 'MaxControlConnections', 0, 4097],
  [initKey, 'MaxRequestSize', 1023, 16_777_217],
  [initKey, 'ConnectionTimeout', 0, 86_401],
  [initKey, 'MaxLogLineLength', 63, 1_048_577],
  [initKey, 'MaxLogBufferPerService', 4095, 1_048_577],
  [bootKey, 'ShutdownTimeout', 0, 86_401],
  [bootKey, 'BootSuccessGrace', null, 86_401],
] as const;

t.test('KEY-020 a setting out of bounds or of another type is a warning at boot that names it, and its default holds', async (t) => {
  for (const [key, name, below, above] of outOfBounds) {
    for (const value of [...(below === null ? [] : [below]), above, 'seven']) {
      const scene = createScene({
        recorded: true,
        tree: { ...withServices({ web: service('/bin/idle', boot) }), [key]: { [name]: value } },
      });
      scene.program('/bin/idle', programs.idle);
      scene.boot();
      const warnings = scene.console.match(/warning: .*/g) ?? [];
      t.equal(warnings.length, 1, `${name} ${value}`);
      const said = typeof value === 'number' ? `${value}, but` : 'of type SZ, but';
      const [warning = ''] = warnings;
      t.ok(warning.startsWith(`warning: ${key}\\${name} is ${said}`), warning);
      t.match(scene.ask({ command: 'reload-config' }), { status: 'error', message: new RegExp(name) });
      if (name === 'MaxControlConnections') t.equal(untilRefused(scene, 40).length - 1, 32);
      if (name === 'MaxLogBufferPerService') t.ok(scene.calls.includes('pipe capacity 65536'));
      expectSound(t, scene);
    }
  }
});

t.test('LOG-005 256 KB of events are kept, the latest of them', async (t) => {
  const scene = settled({}, { web: service('/bin/idle') });
  const client = scene.client();
  for (let count = 0; count < 300; count++) client.ask({ command: 'restart', service: 'web' });
  const reader = scene.client();
  reader.send({ command: 'subscribe', since: 0 });
  const lines: string[] = [];
  const take = (): number => lines.push(...reader.stream.takeLines());
  scene.until('the events', () => take() > 100);
  scene.run(1000);
  take();
  const events = lines.filter((each) => each.startsWith('{"kind":"event"'));
  const ids = events.map((each) => (JSON.parse(each) as { readonly id: number }).id);
  t.equal(lines[1], '{"kind":"lagged"}', 'older ones are gone');
  t.strictSame(
    ids,
    ids.map((_id, at) => (ids[0] ?? 0) + at),
    'without a gap',
  );
  const bytes = events.reduce((sum, each) => sum + each.length, 0);
  t.ok(bytes <= 262_144 && bytes > 200_000, `${bytes} bytes`);
  expectSound(t, scene);
});

t.test('CMD-023 a refused reload-config applies nothing: neither definitions nor settings nor variables', async (t) => {
  const variables = `${initKey}\\EnvVars`;
  const scene = createScene({
    recorded: true,
    tree: {
      ...withServices({ web: service('/bin/idle', { Description: 'old' }) }),
      [initKey]: { MaxControlConnections: 5, MaxLogBufferPerService: 8192 },
      [variables]: { WHICH: 'old' },
      [bootKey]: { ShutdownTimeout: 10 },
    },
  });
  scene.program('/bin/idle', programs.idle);
  scene.boot();
  scene.registryd.silently(() => {
    scene.registryd.set(initKey, { MaxControlConnections: 40, MaxLogBufferPerService: 4096 });
    scene.registryd.set(variables, { WHICH: 'new' });
    scene.registryd.set(bootKey, { ShutdownTimeout: 1000 });
    scene.registryd.set('Machine\\System\\Services\\web', { Description: 'new' });
    scene.registryd.set('Machine\\System\\Services\\broken', service('/bin/idle', { Type: 9 }));
  });
  for (const attempt of [1, 2])
    t.match(scene.ask({ command: 'reload-config' }), { code: 'INVALID_STATE', message: /service broken: Type is 9/ }, `attempt ${attempt}`);
  const from = scene.calls.length;
  t.match(scene.ask({ command: 'start', service: 'web' }), { state: 'active' });
  t.ok(scene.calls.slice(from).includes('pipe capacity 8192'), 'log buffer');
  t.equal(scene.running('/bin/idle')[0]?.environment.get('WHICH'), 'old', 'variables');
  t.equal(scene.view('web').definition?.description, 'old', 'definition');
  t.match(scene.ask({ command: 'status', service: 'broken' }), { code: 'UNKNOWN_SERVICE' });
  t.equal(untilRefused(scene, 40).length - 1, 5, 'connections');
  for (const each of scene.registryd.calls) t.not(each, 'set', 'nothing is written');
  scene.registryd.set('Machine\\System\\Services\\broken', { Type: 1 });
  scene.run(60_000);
  t.match(scene.ask({ command: 'reload-config' }), { status: 'ok' }, 'once it is repaired');
  t.equal(scene.view('web').definition?.description, 'new');
  t.match(scene.ask({ command: 'restart', service: 'web' }), { state: 'active' });
  t.equal(scene.running('/bin/idle')[0]?.environment.get('WHICH'), 'new');
  expectSound(t, scene);
});

t.test('GEN-024 a changed value of Boot counts with reload-config, and so do limits and variables of Init', async (t) => {
  const variables = `${initKey}\\EnvVars`;
  const scene = createScene({
    recorded: true,
    tree: {
      ...withServices({
        web: service('/bin/idle'),
        loud: service('/bin/loud'),
        stubborn: service('/bin/stubborn', { ...boot, StopTimeout: 600 }),
      }),
      [initKey]: { MaxRequestSize: 4096 },
      [variables]: { WHICH: 'old' },
      [bootKey]: { ShutdownTimeout: 600 },
    },
  });
  scene.program('/bin/idle', programs.idle);
  scene.program('/bin/stubborn', programs.stubborn);
  scene.program('/bin/loud', (process) => process.write(1, `${'x'.repeat(300)}\n`));
  scene.boot();
  scene.run(100);
  const reads = (): number => scene.registryd.calls.filter((call) => call === 'read-tree').length;
  const before = reads();
  scene.registryd.set(bootKey, { ShutdownTimeout: 5 });
  scene.run(5_000);
  t.equal(reads(), before, 'nobody watches Boot');
  scene.registryd.silently(() => {
    scene.registryd.set(initKey, {
      MaxRequestSize: 1024,
      MaxLogLineLength: 100,
      MaxLogBufferPerService: 4096,
    });
    scene.registryd.set(variables, { WHICH: 'new' });
  });
  t.match(scene.ask({ command: 'status', service: 'x'.repeat(1100) }), { code: 'UNKNOWN_SERVICE' });
  t.match(scene.ask({ command: 'reload-config' }), { status: 'ok' });
  t.match(scene.ask({ command: 'status', service: 'x'.repeat(1100) }), { code: 'REQUEST_TOO_LARGE' }, 'limits of the socket');
  const from = scene.calls.length;
  t.match(scene.ask({ command: 'start', service: 'web' }), { state: 'active' });
  t.ok(scene.calls.slice(from).includes('pipe capacity 4096'), 'size of pipes');
  t.equal(scene.running('/bin/idle')[0]?.environment.get('WHICH'), 'new', 'variables');
  scene.ask({ command: 'start', service: 'loud' });
  scene.run(100);
  const { output } = scene.ask({ command: 'status', service: 'loud' });
  t.strictSame(
    output.map(({ text }: { text: string }) => text),
    [`${'x'.repeat(89)}[truncated]`],
    'length of lines',
  );
  const began = scene.nowMs;
  scene.signals.raise(15, 0, 0);
  scene.until('the end', () => scene.over, 60_000);
  const seconds = (scene.nowMs - began) / 1000;
  t.ok(seconds >= 5 && seconds <= 11, `ShutdownTimeout: ${seconds} s`);
  expectSound(t, scene);
});
