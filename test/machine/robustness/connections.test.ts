/** Clients that behave badly: too many, too slow, gone too early, or all of them at once. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Test } from 'tap';
import t from 'tap';
import { LineClient } from '../../support/line-client.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';

const skip = cannotRun;
const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive' };
/** Ready only when the file is there. */
const gated = { ...shell('while ! test -e /run/go; do sleep 0.02; done'), Type: 'Oneshot' };
const init = (values: Readonly<Record<string, unknown>>) => ({ 'Machine\\System\\Init': values });

async function open(t: Test, machine: Machine): Promise<LineClient> {
  const client = await LineClient.open(machine.path('/run/peinit/control.sock'));
  t.teardown(() => client.close());
  return client;
}

const status = { command: 'status', service: 'app' };

t.test('CTL-010 the connection beyond the limit reads end of file, and one that leaves makes room', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: { ...withServices({ app: sleeper }), ...init({ MaxControlConnections: 32 }) } });
  const clients: LineClient[] = [];
  // The helper's own connection counts until its end is noticed: fill up until one is refused.
  for (;;) {
    const client = await open(t, machine);
    client.send(status);
    const answer = await client.answer().catch(() => null);
    if (answer === null) {
      t.equal(await client.end(), '', 'closed without a byte');
      break;
    }
    clients.push(client);
    if (clients.length > 32) return t.fail('more than 32 connections are served');
  }
  t.ok(clients.length >= 31, 'no fewer than the limit');
  for (let refused = 0; refused < 100; refused++) t.equal(await (await open(t, machine)).end(), '');
  clients.pop()?.close();
  for (;;) {
    const late = await open(t, machine);
    late.send(status);
    if ((await late.answer().catch(() => null)) !== null) break;
  }
  t.equal((await (clients[0] as LineClient).ask(status)).status, 'ok', 'the others are still served');
});

t.test('CTL-012 a silent connection ends after ConnectionTimeout, also with half a line; one that waits does not', { skip }, async (t) => {
  const registry = { ...withServices({ app: sleeper, gated }), ...init({ ConnectionTimeout: 1 }) };
  const machine = await bootSettled(t, { registry });
  const waiting = await open(t, machine);
  waiting.send({ command: 'start', service: 'gated' });
  const silent = await open(t, machine);
  const halfLine = await open(t, machine);
  const dripping = await open(t, machine);
  const before = Date.now();
  halfLine.raw('{"command":');
  const drip = setInterval(() => dripping.raw(' '), 100);
  t.teardown(() => clearInterval(drip));
  t.equal(await silent.end(), '');
  t.equal(await halfLine.end(), '');
  t.equal(await dripping.end(), '', 'a line that never ends keeps no connection');
  clearInterval(drip);
  t.ok(Date.now() - before >= 900, 'not before the timeout');
  t.notOk(waiting.ended, 'who waits for an operation stays');
  await machine.run('touch', '/run/go');
  t.equal((await waiting.answer()).state, 'inactive');
});

t.test('CTL-016 CTL-018 requests behind a wait see the state after it, and a client that leaves cancels nothing', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ app: sleeper, gated }) });
  const other = await open(t, machine);
  const client = await open(t, machine);
  client.send(
    { command: 'start', service: 'gated' },
    { command: 'status', service: 'gated' },
    { command: 'start', service: 'app' },
    status,
  );
  client.halfClose();
  while ((await other.ask({ command: 'status', service: 'gated' })).state !== 'starting') await pause(5);
  t.notOk(client.hasLine);
  t.equal((await other.ask(status)).state, 'inactive', 'what comes behind the wait has not begun');
  await machine.run('touch', '/run/go');
  t.equal((await client.answer()).state, 'inactive');
  t.equal((await client.answer()).state, 'inactive');
  t.equal((await client.answer()).state, 'active');
  t.equal((await client.answer()).state, 'active');
  t.equal(await client.end(), '', 'an ended input is answered to its end');

  await machine.run('rm', '/run/go');
  const leaving = await open(t, machine);
  leaving.send({ command: 'start', service: 'gated' }, { command: 'stop', service: 'app' });
  while ((await other.ask({ command: 'status', service: 'gated' })).state !== 'starting') await pause(5);
  leaving.close();
  await machine.run('touch', '/run/go');
  await machine.reaches('app', ({ state }) => state === 'inactive');
  await machine.reaches('gated', ({ state }) => state === 'inactive');
});

t.test('SIG-006 clients that write and never read hold up nobody, and are gone when they leave', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ app: sleeper }) });
  const good = await open(t, machine);
  const line = Buffer.from(`${JSON.stringify(status)}\n`.repeat(500));
  const floods: LineClient[] = [];
  for (let count = 0; count < 20; count++) {
    const client = await open(t, machine);
    client.pause();
    floods.push(client);
    for (let writes = 0; writes < 20; writes++) client.raw(line);
  }
  const slowest: number[] = [];
  for (let count = 0; count < 50; count++) {
    const before = performance.now();
    t.equal((await good.ask(status)).status, 'ok');
    slowest.push(performance.now() - before);
  }
  t.ok(Math.max(...slowest) < 1000, `answered meanwhile, at worst after ${Math.max(...slowest).toFixed(0)} ms`);
  for (const flood of floods.slice(0, 10)) flood.close();
  for (const flood of floods.slice(10)) flood.resume();
  for (const flood of floods.slice(10)) {
    for (let count = 0; count < 10_000; count++)
      if ((await flood.answer()).status !== 'ok') t.fail('a flooded request was not answered well');
    flood.halfClose();
    t.equal(await flood.end(), '');
  }
  t.match(await good.ask({ command: 'start', service: 'app' }), { state: 'active' });
  t.notMatch(machine.console(), /error:/);
});

t.test('CTL-016 CMD-001 storms of start, stop and restart from many clients are each answered once and in order', { skip }, async (t) => {
  const names = ['a', 'b', 'c'];
  const machine = await bootSettled(t, { registry: withServices(Object.fromEntries(names.map((name) => [name, sleeper]))) });
  const commands = ['start', 'stop', 'restart', 'status', 'start', 'restart', 'stop', 'reset'];
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      const client = await open(t, machine);
      const sent = Array.from({ length: 30 }, () => ({
        command: commands[random(commands.length)] as string,
        service: names[random(names.length)] as string,
        wait: random(3) > 0,
      }));
      client.send(...sent);
      for (const request of sent) {
        const answer = await client.answer(60_000);
        const fits = answer.status === 'ok' ? answer.service === request.service : answer.code === 'INVALID_STATE';
        if (!fits) t.fail(`${JSON.stringify(request)} got ${JSON.stringify(answer)}`);
      }
      client.halfClose();
      t.equal(await client.end(), '', 'nothing is answered twice');
    }),
  );
  const client = await open(t, machine);
  for (const service of names) {
    await client.ask({ command: 'stop', service });
    t.match(await client.ask({ command: 'status', service }), { state: 'inactive', current_job: null, current_operation: null });
    t.strictSame(machine.processes(service), []);
  }
  t.notMatch(machine.console(), /error:/);
});
