import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bootSettled, cannotRun, project } from '../support/machine.ts';
import { until } from '../support/wait.ts';
import { start } from './sandbox/sandbox.ts';

const skip = cannotRun;
const states: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'bad-day.yaml': { database: 'active', web: 'active', api: 'inactive', stuck: 'inactive' },
  'hello.yaml': { hello: 'active' },
  'oneshot.yaml': { prepare: 'completed', worker: 'active' },
  'mounts.yaml': { 'mount:/data': 'completed', 'mount:/srv/public': 'completed', writer: 'active' },
  'conditions.yaml': { optional: 'skipped', main: 'active' },
  'timer.yaml': { report: 'inactive' },
};

t.test('every example is tested', async (t) => {
  t.strictSame(
    readdirSync(join(project, 'examples'))
      .filter((name) => name.endsWith('.yaml'))
      .sort(),
    Object.keys(states).sort(),
  );
});

t.test('every known program of the examples is run by a test', async (t) => {
  const judges = join(import.meta.dirname, 'judges');
  const tests = readdirSync(judges)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(judges, name), 'utf8'))
    .join('');
  for (const name of readdirSync(join(project, 'examples/programs')).filter((name) => name.endsWith('.yaml')))
    t.ok(tests.includes(`'${name}'`), name);
});

for (const [file, expected] of Object.entries(states))
  t.test(`${file} comes up as its comments say`, { skip }, async (t) => {
    const machine = await bootSettled(t, { authority: true, words: ['--registry', join(project, 'examples', file)] });
    const { services } = await (await machine.client()).list();
    for (const [service, state] of Object.entries(expected))
      t.equal(services.find((entry) => entry.service === service)?.state, state, service);
  });

t.test('TMR-001 TMR-028 timer.yaml runs at once what was missed, and waits for its next times', { skip }, async (t) => {
  const machine = await bootSettled(t, { authority: true, words: ['--registry', join(project, 'examples/timer.yaml')] });
  const client = await machine.client();
  await until(
    'tidy has run',
    async () => (await client.timers({})).timers.some(({ service, last }) => service === 'tidy' && last?.result != null),
    { limitMs: 120_000 },
  );
  const { timers } = await client.timers({});
  t.strictSame(
    timers.map(({ service, schedule, next }) => [service, schedule, next !== null]),
    [
      ['report', 'Mon..Fri 09..16:00/15 Europe/Berlin', true],
      ['report', '*-*~01 18:00', true],
      ['tidy', '*-*-* 03:00:00', true],
    ],
  );
  const last = timers.find(({ service }) => service === 'tidy')?.last;
  t.strictSame([last?.outcome, last?.scheduled, last?.result?.operation], ['started', null, 'completed']);
  const shown = await machine.run('peiosctl', 'timers', 'tidy');
  t.match(shown, { status: 0, stdout: /^SERVICE .*\ntidy .* ago +completed +\*-\*-\* 03:00:00\n/ });
  t.match(await machine.run('peiosctl', 'list', 'tidy'), {
    status: 0,
    stdout: /NEXT RUN\ntidy +inactive +clean_exit +- +in \d+ (?:h|min|s)\n/,
  });
  t.match(await machine.run('peiosctl', 'status', 'tidy'), {
    status: 4,
    stdout: /\n {2}timer +\*-\*-\* 03:00:00: next .*, last .* ago: completed\n/,
  });
});

const noPython = ['/usr/bin/python3', '/usr/local/bin/python3'].some((path) => existsSync(path))
  ? false
  : 'there is no python3 on this host';

t.test('control.py restarts, watches, and tells refusals', { skip: cannotRun || noPython }, async (t) => {
  const machine = await bootSettled(t, { authority: true, words: ['--registry', join(project, 'examples/hello.yaml')] });
  const program = join(project, 'examples/control.py');
  t.match(await machine.run(program, 'restart', 'hello'), { status: 0, stdout: 'hello is active\n' });
  t.match(await machine.run(program, 'restart', 'nope'), { status: 1, stderr: /^UNKNOWN_SERVICE: no service "nope" is defined/ });
  t.match(await machine.run(program), { status: 2, stdout: /control\.py restart SERVICE/ });
  const watch = start(t, ['exec', machine.name, '--', program, 'watch', 'service.*']);
  // The first steps may come before the stream stands.
  for (let turn = 0; watch.stdout() === '' && turn < 50; turn++) await machine.run(program, 'restart', 'hello');
  t.match(watch.stdout(), /^service\.state \{"service": "hello", "from": /);
  watch.process.kill('SIGTERM');
});
