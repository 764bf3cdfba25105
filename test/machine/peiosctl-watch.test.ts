/** peiosctl watch: each step as it happens, whatever becomes of the reader and of its connection. */
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { doorOf, goOn } from '../support/going-on.ts';
import { matchEach } from '../support/lists.ts';
import { bootSettled, cannotRun, shell, withServices } from '../support/machine.ts';
import { until } from '../support/wait.ts';

const skip = cannotRun;
const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive' };

t.test('each step is a line, of the services that are named, also of those to come and of those that go', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ web: sleeper, db: sleeper, bad: { ...shell('exit 3'), RestartPolicy: 'Never' } }),
  });
  const watching = goOn(t, machine, ['watch', '--initial', 'WEB', 'bad', 'new*']);
  await watching.prints('where they are', (lines) => lines.length === 2);
  t.match(await machine.run('peiosctl', 'start', 'web', 'db', 'bad'), { status: 1 });
  writeFileSync(
    machine.path('/tmp/new.json'),
    JSON.stringify(withServices({ 'new-one': { ...shell('exit 0'), Type: 'Oneshot', Readiness: 'Alive' } })),
  );
  t.match(await machine.run('peiosctl', 'registry', 'import', '/tmp/new.json'), { status: 0 });
  t.match(await machine.run('peiosctl', 'start', 'new-one'), { status: 0 });
  t.match(await machine.run('peiosctl', 'registry', 'delete', 'Machine/System/Services/new-one'), { status: 0 });
  const lines = await watching.prints(
    'the end of the new one',
    (all) => all.at(-1)?.includes('new-one') === true && /not def/.test(all.join()),
  );
  const of = (name: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length).trim());
  t.strictSame(of('web'), ['inactive', 'inactive  -> starting   it was asked to start', 'starting  -> active     it was asked to start']);
  matchEach(t, of('bad'), [
    'inactive',
    'inactive  -> starting   it was asked to start',
    /^starting {2}-> failed {5}its main process ended unexpectedly: its main process \(pid \d+\) exited with code 3 /,
  ]);
  t.strictSame(of('new-one'), [
    'inactive  -> starting   it was asked to start',
    'starting  -> completed  it was asked to start',
    'completed -> inactive   its process ended well',
    'is not defined any more',
  ]);
  t.equal(lines.length, 3 + 3 + 4, 'and nothing of others');
  t.equal(watching.complaints(), '', 'nobody looks on');
});

t.test('with --json steps are events as they came, and what was read says so', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: sleeper }) });
  const watching = goOn(t, machine, ['watch', 'web', '--initial', '--json']);
  await watching.prints('where it is', (lines) => lines.length === 1);
  await machine.run('peiosctl', 'start', 'web');
  const lines = await watching.prints('two steps', (all) => all.length === 3);
  matchEach(
    t,
    lines.map((line) => JSON.parse(line)),
    [
      { kind: 'present', service: 'web', state: 'inactive', cause: null },
      { kind: 'event', id: Number, event: 'service.state', payload: { service: 'web', from: 'inactive', to: 'starting' } },
      { kind: 'event', id: Number, event: 'service.state', payload: { service: 'web', from: 'starting', to: 'active' } },
    ],
  );
});

t.test('a name that nobody has is refused', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: sleeper }) });
  t.match(await machine.run('peiosctl', 'watch', 'wbe'), {
    status: 1,
    stdout: '',
    stderr: 'peiosctl: UNKNOWN_SERVICE: no service matches wbe. Look at the names in list. Is web meant?\n',
  });
});

t.test('O-115 a reader that stood still goes on, and is told of what became another state meanwhile', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ web: sleeper, db: sleeper, lonely: { ...sleeper, Requires: ['ghost'] } }),
  });
  const watching = goOn(t, machine, ['watch', 'web', 'db', 'lonely', '--initial']);
  await watching.prints('where they are', (lines) => lines.length === 3);
  const client = await machine.client();
  /** More steps than peinit holds, for a reader or at all. */
  async function flood(): Promise<void> {
    for (let rounds = 0; rounds < 25; rounds++) {
      const steps = Array.from({ length: 50 }, () => [
        client.start({ service: 'lonely', wait: false }),
        client.reset({ service: 'lonely' }),
      ]);
      await Promise.all(steps.flat());
    }
  }
  watching.process.kill('SIGSTOP');
  await flood();
  await client.start({ service: 'web' });
  await flood();
  watching.process.kill('SIGCONT');
  await watching.prints('what became of web', (lines) =>
    lines.includes('web     inactive  -> active     it was asked to start; steps in between were missed'),
  );
  t.equal(watching.complaints(), 'peiosctl: steps were missed: this reader was too slow; states are read anew\n');
  await client.start({ service: 'db' });
  const lines = await watching.prints('the start of another one', (all) => all.some((line) => /^db .*-> active/.test(line)));
  t.strictSame(
    lines.filter((line) => line.startsWith('db')),
    ['db      inactive', 'db      inactive  -> starting   it was asked to start', 'db      starting  -> active     it was asked to start'],
  );
});

t.test('O-115 what happened while the connection was gone is told when it is back', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: sleeper }) });
  const door = await doorOf(t, machine);
  const watching = goOn(t, machine, ['watch', 'web', '--initial'], door.path);
  await watching.prints('where it is', (lines) => lines.length === 1);
  await machine.run('peiosctl', 'start', 'web');
  await watching.prints('its start', (lines) => lines.length === 3);
  await door.close();
  await machine.run('peiosctl', 'stop', 'web');
  await until('it says so', () => watching.complaints() !== '');
  await door.listen();
  const lines = await watching.prints('the stop', (all) => all.length === 5);
  t.strictSame(lines.slice(3), ['web  active    -> stopping   it was asked to stop', 'web  stopping  -> inactive   it was asked to stop']);
  t.equal(watching.complaints(), 'peiosctl: peinit is gone from its socket; looking for it for 60 s\n');
});

t.test('a service that flaps is told step by step, none left out and none twice', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      flap: { ...shell('exit 1'), Readiness: 'Alive', RestartDelay: 0, RestartMaxRetries: 20, RestartWindow: 1000 },
    }),
  });
  const watching = goOn(t, machine, ['watch', 'flap', '--json', '--initial']);
  await watching.prints('where it is', (lines) => lines.length === 1);
  await machine.run('peiosctl', 'start', 'flap');
  const lines = await watching.prints('its end', (all) => /"to":"failed"/.test(all.at(-1) ?? ''));
  const steps = lines.slice(1).map((line) => (JSON.parse(line) as { payload: { from: string; to: string } }).payload);
  t.equal(steps.filter(({ to }) => to === 'backoff').length, 20);
  t.strictSame(
    steps.slice(1).map(({ from }) => from),
    steps.slice(0, -1).map(({ to }) => to),
    'each begins where the one before it ended',
  );
});
