/** The client of the authority against one that does what it likes. */
import type { Test } from 'tap';
import t from 'tap';
import { errno } from '../../../src/kernel/errno.ts';
import { sealedFile } from '../../../src/linux/simulated/sealed.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import type { SimulatedClient } from '../../../src/linux/simulated/stream-sockets.ts';
import { openFile } from '../../../src/linux/simulated/world.ts';
import type { AuthorityOutcome } from '../../../src/platform/hosted/authority-client.ts';
import { createAuthorityClient } from '../../../src/platform/hosted/authority-client.ts';
import { acceptToken } from '../../../src/platform/hosted/identity/acceptance.ts';
import { encodeTokenSpec } from '../../../src/security/token-spec.ts';
import { serviceToken } from '../../support/tokens.ts';

const path = '/run/authd/authd.sock';
const answer = '{"status":"ok","name":"web"}\n';
const refusal = '{"status":"error","code":"IDENTITY_NOT_FOUND","message":"nobody is called that"}\n';

/** An authority that the test plays; `replies` is what it does with each request, the last one for all further ones. */
function createScene(...replies: readonly ((client: SimulatedClient, service: string) => void)[]) {
  const machine = createSimulatedKernel({ seed: 3, faults: [], disturbance: calm });
  const { kernel, streams, world } = machine;
  const errors: unknown[] = [];
  const loop = createSimulatedLoop(world, (error) => errors.push(error));
  const connections: SimulatedClient[] = [];
  const requests: string[] = [];
  const serve = (): (() => void) =>
    streams.serve(path, (client) => {
      connections.push(client);
      client.onChange = () => {
        for (const line of client.takeLines()) {
          const reply = replies[Math.min(requests.length, replies.length - 1)];
          requests.push(line);
          reply?.(client, (JSON.parse(line) as { service: string }).service);
        }
      };
    });
  const stop = serve();
  const before = world.openDescriptors();
  const authority = createAuthorityClient({ kernel, loop, path });
  const outcomes = new Map<string, AuthorityOutcome[]>();
  const ask = (service: string): (() => void) => {
    const own: AuthorityOutcome[] = [];
    outcomes.set(service, own);
    const asked = { identity: 'LocalService', service };
    return authority.request(
      asked,
      (spec) => acceptToken(spec, asked, { refuses: () => null }),
      (outcome) => void own.push(outcome),
    );
  };
  /** What became of each, in words. */
  const ends = (): readonly string[][] => Array.from(outcomes.values(), (list) => list.map((each) => (each.ok ? 'token' : each.message)));
  /** Nothing is open any more but one connection, if there is one. */
  const leaked = (): number => world.openDescriptors().length - before.length;
  return { authority, ask, ends, leaked, outcomes, requests, connections, loop, errors, stop, serve, world, kernel };
}

const handle = (service: string) => sealedFile(encodeTokenSpec(serviceToken(service)));
const grant = (client: SimulatedClient, service: string): void => client.send(answer, [handle(service)]);

t.test('ID-004 O-30 requests go out as they come and are answered in order, each with a token of its own', async (t) => {
  const { ask, outcomes, requests, connections, loop, leaked } = createScene(grant);
  for (const service of ['a', 'b', 'c']) ask(service);
  loop.runFor(100);
  t.strictSame(
    requests,
    ['a', 'b', 'c'].map((service) => `{"identity":"LocalService","service":"${service}"}`),
  );
  t.equal(connections.length, 1);
  for (const [service, [outcome]] of outcomes) t.match(outcome, { ok: true, spec: serviceToken(service), account: { name: 'web' } });
  t.strictSame(
    Array.from(outcomes.values(), (list) => list.length),
    [1, 1, 1],
  );
  t.equal(leaked(), 1, 'the connection, and no descriptor');
});

t.test('an authority that is not there, or goes, fails those that asked; the next one is asked again', async (t) => {
  const scene = createScene((client) => client.close(), grant);
  scene.stop();
  scene.ask('early');
  scene.loop.runFor(100);
  t.match(
    scene.ends()[0]?.[0],
    /^the authority \(authd\) is not available, connecting to \/run\/authd\/authd.sock: ECONNREFUSED; .*status authd/,
  );
  scene.serve();
  scene.ask('crashed');
  scene.loop.runFor(100);
  t.match(scene.ends()[1]?.[0], /^the authority \(authd\) was lost before it answered: authd closed the connection; .*status authd/);
  scene.ask('next');
  scene.loop.runFor(100);
  t.strictSame(scene.ends()[2], ['token']);
  t.equal(scene.leaked(), 1);
});

t.test('one that hangs fails each start after 5 s, and what comes late is thrown away', async (t) => {
  let late: (() => void) | undefined;
  const scene = createScene(
    (client, service) => {
      late = () => grant(client, service);
    },
    () => undefined,
    grant,
  );
  scene.ask('hangs');
  scene.loop.runFor(3000);
  scene.ask('behind it');
  scene.loop.runFor(1900);
  t.strictSame(scene.ends(), [[], []]);
  scene.loop.runFor(200);
  t.match(scene.ends()[0]?.[0], /did not answer within 5 s; .*restart authd/);
  late?.();
  scene.loop.runFor(100);
  t.strictSame(scene.ends()[1], [], 'the late answer is not for the next one');
  t.equal(scene.leaked(), 1, 'its descriptor is closed');
  scene.loop.runFor(3000);
  t.match(scene.ends()[1]?.[0], /did not answer within 5 s/);
  t.equal(scene.leaked(), 0, 'nobody waits on the connection any more');
  scene.ask('next');
  scene.loop.runFor(100);
  t.strictSame(scene.ends()[2], ['token']);
});

t.test('a request that was taken back keeps its place, and its token is closed', async (t) => {
  const scene = createScene(grant);
  const takeBack = scene.ask('gone');
  scene.ask('stays');
  takeBack();
  scene.loop.runFor(6000);
  t.strictSame(scene.ends(), [[], ['token']]);
  t.equal(scene.leaked(), 1);
});

t.test('a refusal is told with its code and its remedy', async (t) => {
  const scene = createScene((client) => client.send(refusal), grant);
  scene.ask('a');
  scene.ask('b');
  scene.loop.runFor(100);
  t.match(scene.ends()[0]?.[0], /refuses: nobody is called that \(IDENTITY_NOT_FOUND\)\. Correct the name/);
  t.strictSame(scene.ends()[1], ['token']);
});

/** What fails the request whose turn it is; the one behind it is served. */
const lies: readonly (readonly [string, (client: SimulatedClient, service: string) => void, RegExp])[] = [
  ['no JSON', (client) => client.send('hello\n'), /sent what is no answer \(it begins with "hello"\)/],
  ['no line of the schema', (client) => client.send('{"status":"maybe"}\n'), /sent what is no answer/],
  ['a wrong type', (client) => client.send('{"status":"ok","name":7}\n', [handle('a')]), /sent what is no answer/],
  ['an unknown code', (client) => client.send('{"status":"error","code":"X","message":""}\n'), /sent what is no answer/],
  ['no descriptor', (client) => client.send(answer), /answered without the descriptor of a token/],
  ['two descriptors', (client, service) => client.send(answer, [handle(service), handle(service), handle(service)]), /more descriptors/],
  ['no file in memory', (client) => client.send(answer, [openFile('null', {})]), /it is no file in memory that can be sealed/],
  [
    'garbage',
    (client) => client.send(answer, [sealedFile(new Uint8Array(300))]),
    /sent a token that is malformed: the token has version 0/,
  ],
  ['too much', (client) => client.send(answer, [sealedFile(new Uint8Array(65537))]), /it has more than 65536 bytes/],
  ['the token of another service', (client) => client.send(answer, [handle('other')]), /sent a token with the SID of another service/],
];

for (const [name, lie, message] of lies)
  t.test(`PRIN-004 ${name} fails the start whose turn it is, and no other`, async (t) => {
    const scene = createScene(lie, grant);
    scene.ask('a');
    scene.loop.runFor(1);
    scene.ask('b');
    scene.loop.runFor(100);
    t.match(scene.ends()[0]?.[0], message);
    t.strictSame(scene.ends()[1], ['token']);
    t.strictSame([scene.leaked(), scene.errors], [1, []]);
  });

t.test('a handle that could still be changed is refused', async (t) => {
  const scene = createScene(grant);
  const { kernel } = scene;
  const authority = createAuthorityClient({ kernel: { ...kernel, readSealed: () => -errno.EPERM }, loop: scene.loop, path });
  const outcomes: AuthorityOutcome[] = [];
  authority.request(
    { identity: 'LocalService', service: 'x' },
    (spec) => spec,
    (outcome) => void outcomes.push(outcome),
  );
  scene.loop.runFor(100);
  t.match(outcomes[0], { ok: false, message: /is no token: it is not sealed, so it could still be changed/ });
  t.equal(outcomes.length, 1);
});

t.test("PRIN-004 a token that comes with a refusal is nobody's, and not kept for who asks next", async (t) => {
  const scene = createScene((client) => client.send(refusal, [handle('b')]), grant);
  scene.ask('a');
  scene.loop.runFor(100);
  t.match(scene.ends()[0]?.[0], /IDENTITY_NOT_FOUND/);
  t.equal(scene.leaked(), 0, 'the connection is given up');
  scene.ask('b');
  scene.loop.runFor(100);
  t.strictSame([scene.ends()[1], scene.connections.length], [['token'], 2]);
});

t.test('PRIN-004 answers that come twice or in another order give nobody the token of another', async (t) => {
  const twice = createScene((client, service) => {
    grant(client, service);
    grant(client, service);
  }, grant);
  twice.ask('a');
  twice.loop.runFor(100);
  t.strictSame(twice.ends(), [['token']]);
  t.equal(twice.leaked(), 0, 'the connection is given up');
  twice.ask('b');
  twice.loop.runFor(100);
  t.strictSame(twice.ends()[1], ['token']);

  const held: (() => void)[] = [];
  const swapped = createScene((client, service) => {
    held.unshift(() => grant(client, service));
    if (held.length === 3) for (const each of held.splice(0)) each();
  });
  for (const service of ['a', 'b', 'c']) swapped.ask(service);
  swapped.loop.runFor(20_000);
  for (const [service, [outcome]] of swapped.outcomes) if (outcome?.ok) t.match(outcome.spec, serviceToken(service));
  t.ok(
    swapped.ends().every((list) => list.length === 1),
    'each is answered once',
  );
  t.equal(swapped.leaked(), 0);
});

/** Two answers with something done to the byte at that place. */
function tampered(t: Test, what: string, damage: (bytes: Uint8Array, at: number) => readonly [Uint8Array, close: boolean]): void {
  const whole = new TextEncoder().encode(answer);
  for (let at = 0; at < whole.length; at++) {
    const [bytes, close] = damage(Uint8Array.from(whole), at);
    const scene = createScene((client, service) => {
      client.send(bytes, [handle(service)]);
      if (close) client.close();
    }, grant);
    scene.ask('a');
    scene.loop.runFor(1);
    scene.ask('b');
    scene.loop.runFor(12_000);
    scene.ask('c');
    scene.loop.runFor(100);
    const [first, second, third] = scene.ends();
    t.ok(first?.length === 1 && second?.length === 1, `${what} at byte ${at}: each is answered once`);
    t.strictSame([third, scene.leaked(), scene.errors], [['token'], 1, []], `${what} at byte ${at}: the next one is served, nothing leaks`);
  }
}

t.test('nonsense at any byte fails those starts only', async (t) => {
  tampered(t, 'another byte', (bytes, at) => [bytes.with(at, 0xff), false]);
  tampered(t, 'a line that ends early', (bytes, at) => [bytes.with(at, 10), false]);
  tampered(t, 'a connection that ends', (bytes, at) => [bytes.slice(0, at), true]);
  tampered(t, 'a byte too many', (bytes, at) => [Uint8Array.from([...bytes.slice(0, at), 0x7b, ...bytes.slice(at)]), false]);
});

t.test('a line without end, and a flood of requests, are bounded', async (t) => {
  const scene = createScene((client) => client.send('x'.repeat(5000)), grant);
  scene.ask('a');
  scene.loop.runFor(100);
  t.match(scene.ends()[0]?.[0], /authd sent a line of more than 4096 bytes/);
  const flood = createScene(() => undefined);
  for (let count = 0; count <= 1024; count++) flood.ask(`s${count}`);
  flood.loop.runFor(100);
  t.strictSame(
    flood.ends().filter((list) => list.length > 0),
    [['the authority (authd) has left 1024 requests unanswered; `peiosctl restart authd` starts it anew']],
  );
});
