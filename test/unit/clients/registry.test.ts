/** The registry client, with a registryd that the test plays. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { connectRegistry } from '../../../clients/typescript/registry.ts';

type Asked = { readonly id: number; readonly path: string };

/** Answers each line with what `answer` says, null: not at all. */
async function playRegistryd(t: Test, welcome: (count: number, socket: Socket) => boolean, answer: (asked: Asked) => object | null) {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-registry-'));
  const path = join(directory, 'registry.sock');
  const asked: string[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (!welcome(++connections, socket)) return;
    socket.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').slice(0, -1)) {
        const request = JSON.parse(line) as Asked;
        asked.push(request.path);
        const answered = answer(request);
        if (answered !== null) socket.write(`${JSON.stringify({ id: request.id, ...answered })}\n`);
      }
    });
  });
  await new Promise<void>((done) => void server.listen(path, done));
  const registry = await connectRegistry(path);
  t.teardown(() => {
    registry.disconnect();
    server.close();
    rmSync(directory, { recursive: true });
  });
  return { registry, asked, connections: () => connections };
}

const busy = { error: 'EBUSY', message: 'a transaction has held the store' };
const done = { status: 'ok' };
const all = (): boolean => true;

t.test('a registryd without a place for one more connection is asked again on another one', async (t) => {
  const full = (count: number, socket: Socket): boolean => {
    if (count > 3) return true;
    socket.end(`${JSON.stringify({ id: 0, ...busy, message: 'there are 64 connections already' })}\n`);
    return false;
  };
  const { registry, asked, connections } = await playRegistryd(t, full, () => done);
  await Promise.all([registry.deleteKey({ path: 'a' }), registry.deleteKey({ path: 'b' })]);
  t.strictSame([asked, connections()], [['a', 'b'], 4], 'each is asked once');
});

t.test('a call that is refused with EBUSY is made again, and what was asked later stays behind it', async (t) => {
  let refused = 0;
  const { registry, asked } = await playRegistryd(t, all, ({ path }) => (path === 'a' && refused++ < 1 ? busy : done));
  const first = registry.deleteKey({ path: 'a' });
  // The refusal is read in the round after it was written, and the pause is longer than a few.
  while (refused === 0) await new Promise(setImmediate);
  for (let round = 0; round < 3; round++) await new Promise(setImmediate);
  await Promise.all([first, registry.deleteKey({ path: 'b' })]);
  t.strictSame(asked, ['a', 'a', 'b']);
});

t.test('a call with others on their way behind it is not made again: it would come after them', async (t) => {
  const { registry, asked } = await playRegistryd(t, all, ({ path }) => (path === 'a' ? busy : done));
  const [first, second] = await Promise.allSettled([registry.deleteKey({ path: 'a' }), registry.deleteKey({ path: 'b' })]);
  t.match(first, { status: 'rejected', reason: { name: 'RegistryCallError', error: 'EBUSY' } });
  t.match(second, { status: 'fulfilled' });
  t.strictSame(asked, ['a', 'b']);
});

t.test('after some seconds EBUSY is the answer', async (t) => {
  const { registry, asked } = await playRegistryd(t, all, () => busy);
  const begun = performance.now();
  await t.rejects(registry.deleteKey({ path: 'a' }), { name: 'RegistryCallError', error: 'EBUSY', message: busy.message });
  t.ok(performance.now() - begun > 4_900);
  t.ok(asked.length < 40, `${asked.length} times`);
});
