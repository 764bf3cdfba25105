/** Stops of programs as people write them: wrappers that pass no signal on, paused ones, those that want another signal. */
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { bootSettled, cannotRun, said, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;
const long = { Readiness: 'Alive', StopTimeout: 30 };
/** A quarter of StopTimeout. */
const soonMs = 7500;

const wrappers = {
  // A shell that waits for what it runs, as in npm and in recipes of make.
  shell: shell('sleep 1000; true'),
  recipe: shell('/bin/sh -c "sleep 999 && true"; /bin/sh -c "sleep 998"; true'),
  pipeline: shell('sleep 1000 | cat; true'),
  crowd: shell('i=0; while [ $i -lt 400 ]; do sleep 1000 & i=$((i + 1)); done; wait; true'),
  paused: shell('trap "echo woken > /run/woken; exit 0" TERM; echo $$ > /run/paused; while :; do sleep 0.05; done'),
  // It gets the signal together with its shell, not after it.
  all: { ...shell('sleep 1000; true'), StopMode: 'All' },
};

t.test('O-20 wrappers of all kinds end with what they left, without SIGKILL and long before StopTimeout', { skip }, async (t) => {
  const services = Object.fromEntries(Object.entries(wrappers).map(([name, fields]) => [name, { ...fields, ...long }]));
  const machine = await bootSettled(t, { registry: withServices(services) });
  const client = await machine.client();
  for (const service of Object.keys(wrappers)) {
    await client.start({ service });
    if (service === 'paused') {
      await until('the trap is set', () => existsSync(machine.path('/run/paused')));
      await machine.run('sh', '-c', 'kill -STOP $(cat /run/paused)');
    }
    const before = Date.now();
    t.match(await client.stop({ service }), { state: 'inactive', cause: 'explicit_stop' }, service);
    t.ok(Date.now() - before < soonMs, `${service}: ${Date.now() - before} ms`);
  }
  t.equal(readFileSync(machine.path('/run/woken'), 'utf8'), 'woken\n');
});

t.test('O-20 a service that has itself restarted, and waits for that, is restarted', { skip }, async (t) => {
  const again = shell('[ -e /run/once ] || { touch /run/once; peiosctl restart again; }; touch /run/twice; exec sleep 1000');
  const machine = await bootSettled(t, { registry: withServices({ again: { ...again, ...long } }) });
  const client = await machine.client();
  const before = Date.now();
  await client.start({ service: 'again' });
  await until('it runs again', async () => {
    const { state } = await client.status({ service: 'again' });
    return state === 'active' && existsSync(machine.path('/run/twice'));
  });
  t.ok(Date.now() - before < soonMs, `${Date.now() - before} ms`);
});

t.test('O-21 StopSignal is what a service gets', { skip }, async (t) => {
  const quits = shell('trap "echo quit > /run/said; exit 0" QUIT; trap "" TERM; touch /run/up; while :; do sleep 0.05; done');
  const machine = await bootSettled(t, { registry: withServices({ web: { ...quits, ...long, StopSignal: 'SIGQUIT' } }) });
  const client = await machine.client();
  await client.start({ service: 'web' });
  await until('the trap is set', () => existsSync(machine.path('/run/up')));
  t.match(await client.stop({ service: 'web' }), { state: 'inactive' });
  t.equal(readFileSync(machine.path('/run/said'), 'utf8'), 'quit\n');
});

t.test('O-25 a stop that had to kill says so, and exits with 1 where that is asked', { skip }, async (t) => {
  const deaf = shell('trap "" TERM; touch /run/up; while :; do sleep 0.05; done');
  const stubborn = '(trap "" TERM; exec sleep 1000)';
  const left = shell(`(trap "" TERM; touch /run/left; while :; do sleep 0.05; done) & ${stubborn} & exec sleep 1000`);
  const services = { deaf: { ...deaf, Readiness: 'Alive', StopTimeout: 1 }, left: { ...left, Readiness: 'Alive', StopTimeout: 1 } };
  const machine = await bootSettled(t, { registry: withServices(services) });
  const client = await machine.client();
  await client.start({ service: 'deaf' });
  await until('the trap is set', () => existsSync(machine.path('/run/up')));
  const text = 'deaf did not end within 1 second after SIGTERM (StopTimeout) and was killed';
  const stopped = await client.stop({ service: 'deaf' });
  t.match(stopped, { state: 'inactive', forced: true });
  t.ok('operation_id' in stopped && stopped.warnings.length === 1 && stopped.warnings[0]?.startsWith(text), JSON.stringify(stopped));
  t.match((await client.status({ service: 'deaf' })).forced, /was killed/);
  await machine.shows(/deaf did not end within 1 second after SIGTERM \(StopTimeout\) and was killed/);
  await client.start({ service: 'left' });
  await until('the trap is set', () => existsSync(machine.path('/run/left')));
  t.match(await machine.run('peiosctl', 'stop', 'left', '--strict'), {
    status: 1,
    stdout: /warning: left did not end within .*: its main process had ended, [23] others had not/,
  });
  await client.start({ service: 'deaf' });
  t.equal((await client.status({ service: 'deaf' })).forced, null);
});

t.test('O-39 a start that somebody stops, and one that waits in backoff, exit with 1', { skip }, async (t) => {
  const never = { ...shell('exec sleep 1000'), Readiness: 'Notify' };
  const crash = { ...shell('exit 3'), RestartPolicy: 'OnFailure', RestartDelay: 50, RestartMaxRetries: 9 };
  const services = { a: never, c: { ...shell('exec sleep 1000'), Readiness: 'Alive', Requires: ['a'] }, crash };
  const machine = await bootSettled(t, { registry: withServices(services) });
  const client = await machine.client();
  const stopped = async (service: string, command: string, isReady: () => Promise<boolean>): Promise<void> => {
    const running = machine.run('peiosctl', command, service);
    await until(`${command} of ${service} is under way`, isReady);
    await client.stop({ service });
    t.match(await running, { status: 1, stdout: /its operation was (cancelled|aborted)/ }, `${command} ${service}`);
  };
  const asked = (service: string) => async () => (await client.status({ service })).current_operation?.source === 'admin';
  await stopped('c', 'start', asked('c'));
  // It was started for c.
  await client.stop({ service: 'a' });
  await stopped('a', 'start', asked('a'));
  await stopped('a', 'restart', asked('a'));
  t.match(await machine.run('peiosctl', 'start', 'crash'), { status: 1 });
  await stopped('crash', 'start', asked('crash'));
});

t.test('O-22 what is starting is asked to end by StartTimeout and by the shutdown, and what it needs waits', { skip }, async (t) => {
  const rollback = (name: string) => shell(`trap "echo rolled back; exit 0" TERM; touch /run/${name}; while :; do sleep 0.05; done`);
  const toConsole = shell('trap "echo it rolled back > /proc/1/fd/1; exit 0" TERM; touch /run/up; while :; do sleep 0.05; done');
  const starting = { Type: 'Oneshot', AbortMode: 'Stop', RestartPolicy: 'Never', StopTimeout: 15 };
  const services = {
    late: { ...rollback('late'), ...starting, StartTimeout: 1 },
    killed: { ...rollback('killed'), ...starting, AbortMode: 'Kill', StartTimeout: 1 },
    db: { ...shell('exec sleep 1000'), Readiness: 'Alive' },
    migration: { ...toConsole, ...starting, StartTimeout: 600, Requires: ['db'] },
  };
  const machine = await bootSettled(t, { registry: withServices(services) });
  const client = await machine.client();
  const before = Date.now();
  t.match(await client.start({ service: 'late' }), { state: 'failed', cause: 'readiness_timeout' });
  t.ok(Date.now() - before < soonMs, `${Date.now() - before} ms`);
  await machine.shows(/late: its process had not ended 1 second after the start .* It is asked to end and has 15 seconds \(StopTimeout\)/);
  const status = await client.status({ service: 'late' });
  t.strictSame(said(status), ['rolled back']);
  t.match(status.detail, /It was asked to end by SIGTERM and did\.$/);
  t.match(await client.start({ service: 'killed' }), { state: 'failed', cause: 'readiness_timeout' });
  t.strictSame(said(await client.status({ service: 'killed' })), []);
  await client.start({ service: 'migration', wait: false });
  await until('the trap is set', () => existsSync(machine.path('/run/up')));
  t.equal((await machine.powerOff()).status, 0);
  t.match(machine.console(), /it rolled back[\s\S]*migration: failed[\s\S]*db: stopped/);
});
