import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import type { Test } from 'tap';
import t from 'tap';
import { connectRegistry } from '../../../clients/typescript/registry.ts';

/** A registryd that says what the test says. */
async function silentRegistry(t: Test) {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-registry-client-'));
  const path = join(directory, 'registry.sock');
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    accepted.resolve(socket);
  });
  await new Promise<void>((done) => void server.listen(path, done));
  const told: string[] = [];
  mock.timers.enable({ apis: ['setTimeout'] });
  const registry = await connectRegistry(path, { onSilent: (message) => void told.push(message) });
  const daemon = await accepted.promise;
  t.teardown(() => {
    mock.timers.reset();
    registry.disconnect();
    server.close();
    if (existsSync(directory)) rmSync(directory, { recursive: true });
  });
  return { registry, daemon, told };
}

const silence =
  'registryd has not answered for 3 s, and is waited for up to 30 s: a transaction of somebody else holds the store, or it or its disk ' +
  'stands still; `peiosctl status registryd` tells more, `peiosctl restart registryd` starts it anew';

t.test('a registryd that does not answer is told after 3 s, once, and waited for until its deadline', async (t) => {
  const { registry, told } = await silentRegistry(t);
  const answers = Promise.allSettled([registry.enum({ path: 'Machine' }), registry.enum({ path: 'Users' })]);
  mock.timers.tick(2999);
  t.strictSame(told, []);
  mock.timers.tick(1);
  t.strictSame(told, [silence]);
  mock.timers.tick(27_000);
  for (const answer of await answers)
    t.match(answer, { status: 'rejected', reason: { error: 'ETIMEDOUT', message: /enum within 30 s: it or its disk/ } });
  t.equal(told.length, 1);
});

t.test('nothing is told of one that answers, nor while nothing is asked', async (t) => {
  const { registry, daemon, told } = await silentRegistry(t);
  const answer = registry.enum({ path: 'Machine' });
  mock.timers.tick(2999);
  daemon.write('{"id":1,"status":"ok","names":["System"]}\n');
  t.strictSame((await answer).names, ['System']);
  mock.timers.tick(100_000);
  t.strictSame(told, []);
});

t.test('an end before the answer says to ask again', async (t) => {
  const { registry, daemon } = await silentRegistry(t);
  const answer = registry.enum({ path: 'Machine' });
  daemon.destroy();
  await t.rejects(answer, { name: 'ConnectionError', message: /^registryd closed .* before it answered; .*: ask again$/ });
});
