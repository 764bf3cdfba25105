/** The end of a machine in the middle of something else. */

import { existsSync } from 'node:fs';
import t from 'tap';
import { LineClient } from '../../support/line-client.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;
const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive', Triggers: ['boot'] };
const deaf = {
  ...shell('trap "" TERM INT; touch /run/deaf; while :; do sleep 1; done'),
  Readiness: 'Alive',
  Triggers: ['boot'],
  StopTimeout: 600,
};
const gated = { ...shell('sleep 1000'), Type: 'Oneshot', StartTimeout: 600 };
/** Its shell has set the trap: until then a signal ends it. */
const isDeaf = (machine: Machine): Promise<void> => until('the trap is set', () => existsSync(machine.path('/run/deaf')));
const open = (machine: Machine): Promise<LineClient> => LineClient.open(machine.path('/run/peinit/control.sock'));

t.test('SIG-003 one SIGINT is a request that a deaf service may hold up, three force the end', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ deaf }) });
  await isDeaf(machine);
  process.kill(machine.pid, 'SIGINT');
  await machine.reaches('deaf', ({ state }) => state === 'stopping');
  process.kill(machine.pid, 'SIGINT');
  // Signals come before requests: the answer to one shows that the second is done with.
  await machine.reaches('deaf', ({ state }) => state === 'stopping');
  t.equal(machine.running.process.exitCode, null, 'two are too few');
  process.kill(machine.pid, 'SIGINT');
  t.equal((await machine.running.ended).status, 0);
  t.match(machine.console(), /three SIGINT within 5 seconds/);
});

t.test('SHUT-012 ShutdownTimeout bounds the end, whatever the services want', { skip }, async (t) => {
  const registry = { ...withServices({ deaf, sleeper }), 'Machine\\System\\Boot': { ShutdownTimeout: 1 } };
  const machine = await bootSettled(t, { registry });
  await isDeaf(machine);
  const before = Date.now();
  t.equal((await machine.powerOff()).status, 0);
  t.ok(Date.now() - before >= 950);
  t.ok(Date.now() - before < 9000);
});

t.test(
  'CTL-016 CMD-001 SHUT-006 everybody who waits is answered when the machine goes down, and a subscriber reads to the end',
  { skip },
  async (t) => {
    const names = Array.from({ length: 12 }, (_, index) => `gated-${index}`);
    const machine = await bootSettled(t, { registry: withServices(Object.fromEntries(names.map((name) => [name, gated]))) });
    const subscriber = await open(machine);
    subscriber.send({ command: 'subscribe', events: ['service.state'] });
    const waiting = await Promise.all(
      names.map(async (service) => {
        const client = await open(machine);
        client.send({ command: 'start', service }, { command: 'status', service }, { command: 'start', service });
        return client;
      }),
    );
    const last = await open(machine);
    for (const service of names) while ((await last.ask({ command: 'status', service })).state !== 'starting');
    t.match(await last.ask({ command: 'shutdown', type: 'halt' }), { status: 'ok' });
    for (const client of waiting) {
      t.match(await client.answer(), { status: 'ok', state: 'failed', cause: 'shutdown_wave' });
      t.match(await client.answer(), { status: 'ok', state: 'failed' });
      t.match(await client.answer(), { code: 'INVALID_STATE', message: /shuts down/ });
      t.equal(await client.end(), '');
    }
    t.match(await subscriber.end(), /"service":"registryd","from":"stopping","to":"inactive"/);
    t.equal((await machine.running.ended).status, 0);
  },
);

t.test('SHUT-012 crash loops, a suspended registryd and clients that never read hold up no end', { skip }, async (t) => {
  const crash = {
    ...shell('exit 1'),
    Readiness: 'Alive',
    RestartDelay: 0,
    RestartMaxRetries: 100_000,
    RestartWindow: 1,
    Triggers: ['boot'],
  };
  const crashing = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`crash-${index}`, crash]));
  const registryd = { Identity: 'SYSTEM', StopTimeout: 1 };
  const machine = await bootSettled(t, {
    registry: { ...withServices({ ...crashing, sleeper }), 'Machine\\System\\Services\\registryd': registryd },
  });
  const pid = (await (await machine.client()).status({ service: 'registryd' })).current_job?.pid;
  await machine.run('kill', '-STOP', String(pid));
  const reloading = await open(machine);
  reloading.send({ command: 'reload-config' });
  for (let count = 0; count < 10; count++) {
    const flood = await open(machine);
    flood.pause();
    flood.raw('{"command":"list"}\n'.repeat(5000));
  }
  process.kill(machine.pid, 'SIGTERM');
  t.equal((await machine.running.ended).status, 0);
  t.notMatch(machine.console(), /error:/);
});
