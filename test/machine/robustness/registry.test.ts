/** registryd dies, stands still or is stopped under a running machine. */

import { readdirSync, writeFileSync } from 'node:fs';
import t from 'tap';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;
const registry = withServices({ app: { ...shell('exec sleep 1000'), Readiness: 'Alive' } });
const appKey = 'Machine\\System\\Services\\app';

async function registrydPid(machine: Machine): Promise<number> {
  const { current_job: job } = await machine.reaches('registryd', ({ current_job: job }) => job !== null && job.pid !== null);
  return job?.pid ?? 0;
}

/** Whether a change by somebody else reaches peinit by its watches. */
async function changesAreNoticed(machine: Machine, name: string): Promise<boolean> {
  await machine.run('peiosctl', 'registry', 'set', appKey, 'DisplayName', name);
  return (await machine.reaches('app', ({ display_name: shown }) => shown === name)).display_name === name;
}

t.test(
  'GEN-014 CTL-014 RST-002 a killed registryd comes back by its policy, its watches stand again, and services never notice',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { registry });
    const client = await machine.client();
    await client.start({ service: 'app' });
    const appPid = (await client.status({ service: 'app' })).current_job?.pid;
    t.ok(await changesAreNoticed(machine, 'before'));
    const pid = await registrydPid(machine);
    const reload = (await machine.client()).reloadConfig().then(
      () => 'ok',
      (error) => error.code,
    );
    await machine.run('kill', '-9', String(pid));
    t.match(await reload, /^(ok|INTERNAL_ERROR)$/, 'a request under way is answered');
    t.match(await client.restart({ service: 'app' }), { state: 'active' }, 'the copy in memory is enough');
    const back = await machine.reaches('registryd', ({ state, current_job: job }) => state === 'active' && job?.pid !== pid);
    t.equal(back.cause, 'restart_policy');
    t.ok(await changesAreNoticed(machine, 'after'));
    t.not((await client.status({ service: 'app' })).current_job?.pid, appPid, 'the restart was real');
    t.notMatch(machine.console(), /error:/);
  },
);

t.test('GEN-014 keys that are deleted and made anew are watched anew', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry });
  const client = await machine.client();
  const ask = (...words: readonly string[]) => machine.run('peiosctl', 'registry', ...words);
  for (const [round, key] of [
    ['first', 'Machine\\System\\Services'],
    ['second', 'Machine\\System\\Services'],
    ['third', 'Machine\\System'],
  ] as const) {
    t.match(await ask('delete', key, '--recursive', '--force'), { status: 1, stderr: /deleted, but: .*SchemaVersion is missing/ });
    if (round !== 'third')
      await until('the services are gone', async () => !(await client.list()).services.some(({ service }) => service === 'app'));
    writeFileSync(machine.path('/run/again.yaml'), JSON.stringify({ ...registry, 'Machine\\System\\Services': { SchemaVersion: 1 } }));
    t.match(await ask('import', '/run/again.yaml'), { status: 0 }, round);
    await until('they are back', async () => (await client.list()).services.some(({ service }) => service === 'app'));
    t.ok(await changesAreNoticed(machine, `${round} time`));
  }
});

t.test('GEN-014 changes made while registryd is away are noticed when it is back', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry });
  const client = await machine.client();
  t.match(await client.stop({ service: 'registryd' }), { state: 'inactive' });
  t.match(await client.reloadConfig().catch((error) => error), { code: 'INTERNAL_ERROR', message: /registryd/ });
  writeFileSync(machine.path('/run/changed.yaml'), `${appKey}:\n  DisplayName: changed meanwhile\n`);
  const imported = await machine.run('registryd', '--store', '/var/lib/registryd', '--import', '/run/changed.yaml');
  t.equal(imported.status, 0, imported.stderr);
  t.match(await client.start({ service: 'registryd' }), { state: 'active' });
  await machine.reaches('app', ({ display_name: name }) => name === 'changed meanwhile');
  t.ok(await changesAreNoticed(machine, 'later'));
});

t.test('CTL-014 with registryd standing still everything else goes on, and its changes are not lost', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry });
  const client = await machine.client();
  const pid = await registrydPid(machine);
  await machine.run('kill', '-STOP', String(pid));
  const reloads = Promise.all(
    Array.from({ length: 10 }, async () =>
      (await machine.client()).reloadConfig().then(
        () => 'ok',
        (error) => error.code,
      ),
    ),
  );
  const slowest: number[] = [];
  for (let count = 0; count < 20; count++) {
    const before = performance.now();
    await client.restart({ service: 'app' });
    slowest.push(performance.now() - before);
  }
  t.ok(Math.max(...slowest) < 2000);
  await machine.run('kill', '-CONT', String(pid));
  t.strictSame([...new Set(await reloads)], ['ok']);
  t.ok(await changesAreNoticed(machine, 'after all'));
});

t.test('WD-001 a registryd that stands still is told to who asks it, killed by its watchdog, and back', { skip }, async (t) => {
  const registryd = { 'Machine\\System\\Services\\registryd': { Identity: 'SYSTEM', RestartDelay: 0, WatchdogTimeout: 5 } };
  const machine = await bootSettled(t, { registry: { ...registry, ...registryd } });
  const client = await machine.client();
  // The one of the boot has asked for a watchdog of its own.
  await client.restart({ service: 'registryd' });
  t.notMatch(machine.console(), /the registry is lost/, 'who restarts it knows');
  const pid = await registrydPid(machine);
  await machine.run('kill', '-STOP', String(pid));
  t.match(await machine.run('peiosctl', 'registry', 'get', appKey, 'Identity'), {
    status: 3,
    stdout: '',
    stderr: /^peiosctl: registryd has not answered for 3 s.*`peiosctl restart registryd`.*\npeiosctl: registryd closed .*ask again\n$/,
  });
  await machine.shows(/registryd: backoff: no WATCHDOG=1 came for 5 s/);
  await machine.reaches('registryd', ({ state, current_job: job }) => state === 'active' && job?.pid !== pid);
  t.ok(await changesAreNoticed(machine, 'after the watchdog'));
});

t.test('GEN-014 CTL-014 a registryd that is killed again and again leaves no connection and no descriptor behind', { skip }, async (t) => {
  const registryd = { 'Machine\\System\\Services\\registryd': { Identity: 'SYSTEM', RestartDelay: 0, RestartMaxRetries: 1000 } };
  const machine = await bootSettled(t, { registry: { ...registry, ...registryd } });
  const descriptors = (): number => readdirSync(`/proc/${machine.pid}/fd`).length;
  t.ok(await changesAreNoticed(machine, 'first'));
  const before = descriptors();
  for (let round = 0; round < 10; round++) {
    const pid = await registrydPid(machine);
    await machine.run('kill', '-9', String(pid));
    await machine.reaches('registryd', ({ state, current_job: job }) => state === 'active' && job?.pid !== pid);
  }
  t.ok(await changesAreNoticed(machine, 'last'));
  const client = await machine.client();
  await client.status({ service: 'app' });
  t.ok(descriptors() <= before + 30, `${before} descriptors at first, ${descriptors()} now`);
  t.notMatch(machine.console(), /error:/);
});
