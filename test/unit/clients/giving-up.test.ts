/** Calls and streams of the registry, the event daemon and jobs that are given up, late or wrong. */
import t from 'tap';
import { openEventd, openRegistry, submit } from '../../../clients/typescript/index.ts';
import { serve } from '../../support/scripted-server.ts';
import { until } from '../../support/wait.ts';

const gap = (id: unknown, more: boolean) => ({
  id,
  status: 'ok',
  entries: [{ kind: 'gap', boot_id: 'b', from: 1, to: 2, count: 2 }],
  cursor: null,
  caught_up: false,
  more,
});

t.test('a call to the registry that is late or given up leaves the others their answers, which may overtake each other', async (t) => {
  const held: unknown[] = [];
  const { path } = await serve(t, ({ id }, socket) => {
    held.push(id);
    if (held.length < 3) return null;
    for (const each of held.toReversed()) socket.write(`${JSON.stringify({ id: each, status: 'ok', names: [`k${each}`] })}\n`);
    return null;
  });
  const registry = await openRegistry({ path });
  t.teardown(() => registry.disconnect());
  const giveUp = new AbortController();
  const late = registry.enum({ path: 'a' }, { timeoutMs: 1 });
  const left = registry.enum({ path: 'b' }, { signal: giveUp.signal });
  await t.rejects(late, { name: 'TimeoutError' });
  giveUp.abort();
  await t.rejects(left, { name: 'CancelledError' });
  t.strictSame(await registry.enum({ path: 'c' }), { names: ['k3'] });
});

t.test('an answer of the registry that is none rejects its call, and an event that is none ends the connection', async (t) => {
  const { path } = await serve(t, ({ id, op }) => {
    if (op === 'watch') return `${JSON.stringify({ id, status: 'ok', watch: 1 })}\n${JSON.stringify({ watch: 1, type: 'value_set' })}\n`;
    return { id, status: 'ok', names: op === 'enum' ? 'all' : [] };
  });
  const registry = await openRegistry({ path });
  await t.rejects(registry.enum({ path: 'a' }), { name: 'ProtocolError', member: 'names', received: '"all"' });
  await t.rejects(registry.watchKey({ path: 'a' }), { name: 'ProtocolError', member: 'path' });
  await t.rejects(registry.enum({ path: 'a' }), { name: 'ProtocolError', member: 'path' });
});

t.test('a stream of the event daemon that is left does not hold the connection up, one that is not read does', async (t) => {
  const { path, asked } = await serve(t, ({ id, op }, socket) => {
    if (op === 'boots') return { id, status: 'ok', boots: [] };
    for (let part = 0; part < 8; part++) socket.write(`${JSON.stringify(gap(id, true))}\n`);
    return null;
  });
  const eventd = await openEventd({ path });
  t.teardown(() => eventd.disconnect());
  for await (const { entries } of eventd.logs({ follow: true })) {
    t.equal(entries.length, 1);
    break;
  }
  t.strictSame(await eventd.boots(), { boots: [] });
  const unread = eventd.logs({ follow: true });
  await unread.opened;
  let isAnswered = false;
  const behind = eventd.boots().finally(() => {
    isAnswered = true;
  });
  await until('it was asked', () => asked.length === 4);
  // What is answered later on another connection comes before.
  const other = await openEventd({ path });
  await other.boots();
  other.disconnect();
  t.notOk(isAnswered);
  unread.leave();
  t.strictSame(await behind, { boots: [] });
});

t.test('a job that is not made in time, or is given up, is left; a line that is none ends its lines', async (t) => {
  const silent = await serve(t, () => null);
  const request = { image_path: '/bin/true' };
  await t.rejects(submit(request, { path: silent.path, timeoutMs: 1 }), { name: 'TimeoutError' });
  const enough = new AbortController();
  const waiting = submit(request, { path: silent.path, signal: enough.signal });
  await until('it has asked', () => silent.asked.length > 0);
  enough.abort();
  await t.rejects(waiting, { name: 'CancelledError' });
  await until('nothing stays behind', () => silent.connections.every(({ destroyed }) => destroyed));
  const answers = ['{"status":"ok","job_id":"7"}\n{"kind":"started","pid":"one"}\n', '{"status":"ok","job_id":"8"}\n'];
  const { path } = await serve(t, () => answers.shift() ?? null);
  const wrong = await submit(request, { path });
  await t.rejects(wrong[Symbol.asyncIterator]().next(), { name: 'ProtocolError', member: 'pid', received: '"one"' });
  const giveUp = new AbortController();
  const job = await submit(request, { path, signal: giveUp.signal });
  const ended = (async () => {
    for await (const _ of job) t.fail('there are no lines');
  })();
  giveUp.abort();
  await ended;
  t.equal(job.id, '8');
});
