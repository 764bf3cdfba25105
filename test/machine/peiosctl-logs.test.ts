/** Output and events of a real machine, as people ask for them. */
import type { Test } from 'tap';
import t from 'tap';
import type { Machine } from '../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../support/machine.ts';
import { until } from '../support/wait.ts';
import type { Running } from './sandbox/sandbox.ts';
import { start as startSandboxed } from './sandbox/sandbox.ts';

const skip = cannotRun;
const ctl = (machine: Machine, ...words: readonly string[]) => machine.run('peiosctl', ...words);
const limitMs = 100_000;

/** One that goes on by itself; its lines so far. */
function following(t: Test, machine: Machine, ...words: readonly string[]): Running & { lines(): readonly string[] } {
  const running = startSandboxed(t, ['exec', machine.name, '--', 'peiosctl', ...words], { limitMs });
  running.ended.catch(() => undefined);
  return { ...running, lines: () => running.stdout().split('\n').slice(0, -1) };
}

/** Without times, and with what is padded cut short. */
const bare = (text: string): readonly string[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} {2}/, '').replace(/ +(?=[|!])/, ' '));

const chatty = { Readiness: 'Alive', Triggers: ['boot'] };

t.test(
  'LOG-002 LOG-003 LOG-004 LOG-014 what services have written, also before eventd was there, is read with logs',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      eventd: true,
      limitMs,
      registry: withServices({
        web: { ...chatty, ...shell('echo listening; echo no disk >&2; exec sleep 1000'), ExecStartPre: ['/bin/echo made /run/web'] },
        db: { ...chatty, ...shell("printf '\\033[32mready\\033[0m\\r\\n\\033]0;title\\007\\n'; exec sleep 1000") },
        mute: { ...chatty, ...shell('exec sleep 1000') },
        bad: { ...shell('echo no config >&2; exit 3'), RestartPolicy: 'Never' },
      }),
    });
    await until('all of it is stored', async () => (await ctl(machine, 'logs', 'web', 'db', '--json')).stdout.split('\n').length === 6);
    const web = ['web/ExecStartPre[0] | made /run/web', 'web | listening', 'web ! no disk'];
    t.strictSame(bare((await ctl(machine, 'logs', 'web')).stdout).toSorted(), web.toSorted());
    t.strictSame(bare((await ctl(machine, 'logs', 'db')).stdout), ['db | ready', 'db | \ufffd]0;title\ufffd']);
    t.match(await ctl(machine, 'logs', 'mute', 'db'), { status: 0, stderr: 'peiosctl: mute: nothing that it has written is stored\n' });
    t.match(await ctl(machine, 'logs', 'webb'), {
      status: 1,
      stdout: '',
      stderr: /^peiosctl: webb: UNKNOWN_SERVICE: .* Is web meant\?\n$/,
    });
    const failed = JSON.parse((await ctl(machine, 'start', 'bad', '--json')).stdout);
    await until('its line is stored', async () => (await ctl(machine, 'logs', 'bad', '--json')).stdout !== '');
    const [line] = (await ctl(machine, 'logs', '--operation', failed.operation_id, '--json')).stdout.split('\n');
    t.match(JSON.parse(line!), { kind: 'line', service: 'bad', origin: 'bad', is_error: true, text: 'no config' });
    const { job_id: job, boot_id: bootId } = JSON.parse(line!);
    t.strictSame(bare((await ctl(machine, 'logs', '--job', job)).stdout), ['bad ! no config']);
    t.strictSame(bare((await ctl(machine, 'logs', '--grep', '^no (disk|config)$', '-n', '1')).stdout), ['bad ! no config']);
    t.strictSame(bare((await ctl(machine, 'logs', '--stream', 'stderr', '--since', '10m', 'w*')).stdout), ['web ! no disk']);
    t.match(await ctl(machine, 'logs', '--list-boots'), { status: 0, stdout: new RegExp(`^BOOT {2}ID .*\\n +0 {2}${bootId} {2}.*\\n$`) });
    t.match(await ctl(machine, 'logs', '-b', '-1'), { status: 1, stderr: /nothing is kept of a boot -1/ });
    t.match(
      await machine.run('sh', '-c', 'peiosctl logs -n all | head -n1'),
      { status: 0, stderr: '' },
      'a reader that leaves is no failure',
    );

    const shown = await ctl(machine, 'events', 'service.*', '--service', 'bad', '-n', 'all');
    t.match(shown, { status: 0, stderr: '' });
    t.strictSame(
      bare(shown.stdout).map((each) => each.replace(/:.*/, '')),
      ['bad | inactive -> starting (explicit_start)', 'bad ! starting -> failed (process_crash)'],
    );
    t.match(await ctl(machine, 'events', '--cause', 'process_crash', '--severity', 'error', '-n', '1', '--json'), {
      stdout: /^\{"kind":"event","boot_id":.*"severity":"error","payload":\{"service":"bad".*\}\}\n$/,
    });
    t.match(await ctl(machine, 'events', '-n', '1', '--service', 'bda'), { status: 1, stderr: /UNKNOWN_SERVICE: .* Is bad meant\?/ });
  },
);

t.test('LOG-017 WIRE-041 logs -f misses and doubles nothing while eventd is killed', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    eventd: true,
    limitMs,
    registry: withServices({
      counter: { ...chatty, ...shell('n=0; while :; do n=$((n+1)); echo $n; sleep 0.005; done') },
    }),
  });
  const follower = following(t, machine, 'logs', '-f', '-n', 'all', 'counter', '--json');
  const numbers = (): readonly number[] => follower.lines().map((line) => Number(JSON.parse(line).text));
  await until('the first lines', () => follower.lines().length > 20);
  for (let round = 0; round < 3; round++) {
    const before = follower.lines().length;
    await machine.run('pkill', '-KILL', '-f', 'eventd.mjs');
    await until('it goes on', () => follower.lines().length > before + 100, { limitMs: 60_000, more: follower.stderr });
  }
  const seen = numbers();
  t.strictSame(
    seen,
    Array.from(seen, (_, at) => at + 1),
  );
  t.match(
    follower.stderr(),
    /eventd closed the connection to .*; waiting until it is back, and nothing will be missing\n[\s\S]*eventd is back/,
  );
  follower.process.kill('SIGINT');
  t.match(await follower.ended, { stdout: /./ }, 'Ctrl-C ends it');
});

t.test('without eventd logs shows what peinit holds and says why, and -f goes on with eventd once it is there', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    eventd: true,
    limitMs,
    registry: {
      ...withServices({ counter: { ...chatty, ...shell('n=0; while :; do n=$((n+1)); echo $n; sleep 0.01; done') } }),
      'Machine\\System\\Services\\eventd': { Triggers: [] },
    },
  });
  await machine.reaches('counter', ({ output }) => output.length > 3);
  const held = await ctl(machine, 'logs', '-n', '2');
  t.match(held, {
    status: 0,
    stderr: /^peiosctl: eventd is inactive, so here is only what peinit holds .*; peiosctl start eventd starts it\n$/,
  });
  t.match(held.stdout, /^\d\d:\d\d:\d\d\.\d{3} {2}counter {2}\| \d+\n.* {2}counter {2}\| \d+\n$/);
  t.match(await ctl(machine, 'logs', 'conter'), { status: 1, stderr: /UNKNOWN_SERVICE: .* Is counter meant\?/ });
  t.match(await ctl(machine, 'logs', '-b', '-1'), { status: 3, stderr: /eventd is inactive, and only eventd has earlier boots/ });
  t.match(await ctl(machine, 'events', '-n', '3'), { status: 0, stderr: /so here are only the latest events/, stdout: /^(?:.*\n){3}$/ });

  const follower = following(t, machine, 'logs', '-f', 'counter', '-n', '1');
  const numbers = (): readonly number[] => follower.lines().map((line) => Number(/\| (\d+)$/.exec(line)?.[1]));
  await until('what peinit comes to hold', () => follower.lines().length > 100, { more: follower.stderr });
  await ctl(machine, 'start', 'eventd');
  await until('eventd goes on', () => follower.stderr().includes('eventd is up now and goes on'));
  const before = follower.lines().length;
  await until('what eventd tells', () => follower.lines().length > before + 100);
  const seen = numbers();
  t.strictSame(
    seen,
    Array.from(seen, (_, at) => seen[0]! + at),
  );
});
