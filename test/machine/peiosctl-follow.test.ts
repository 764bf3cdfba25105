/** --follow: the log of services while they start, restart and reload; and what is told of a start that failed. */
import t from 'tap';
import { goOn } from '../support/going-on.ts';
import { matchEach } from '../support/lists.ts';
import { bootSettled, cannotRun, shell, withServices } from '../support/machine.ts';
import { enter } from './sandbox/sandbox.ts';

const skip = cannotRun;
const untimed = (text: string): string => text.replaceAll(/^\d\d:\d\d:\d\d\.\d{3} {2}/gm, '');

t.test('O-116 what a service and its hooks say is shown as it comes, then the outcome', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      web: {
        ...shell('echo listening; exec sleep 1000'),
        Readiness: 'Alive',
        ExecStartPre: ['/bin/sh -c "echo preparing; while ! test -e /tmp/go; do sleep 0.02; done; echo prepared >&2"'],
        ReadinessCheck: '/bin/sh -c "test -e /tmp/ready"',
        ExecReload: '/bin/sh -c "echo read again"',
      },
      other: { ...shell('while :; do echo noise; sleep 0.02; done'), Readiness: 'Alive', Triggers: ['boot'] },
    }),
  });
  const starting = goOn(t, machine, ['start', 'WEB', '--follow']);
  await starting.prints('the first line of the hook', (lines) => lines.length === 1);
  await enter(t, machine.name, ['touch', '/tmp/go']);
  await starting.prints('what the service says', (lines) => lines.length === 3);
  t.equal(starting.process.exitCode, null, 'it is not ready yet');
  await enter(t, machine.name, ['touch', '/tmp/ready']);
  t.equal(await starting.ended, 0);
  t.strictSame(starting.lines(), [
    'web/ExecStartPre[0]  | preparing',
    'web/ExecStartPre[0]  ! prepared',
    'web                  | listening',
    'web: active, because it was asked to start',
  ]);
  const { stdout, status } = await machine.run('peiosctl', 'reload', 'web', '-f');
  t.strictSame(
    [untimed(stdout), status],
    ['web/ExecReload  | read again\nweb: active, because it was asked to reload (reload advisory)\n', 0],
  );
});

t.test('O-116 with --json lines come as they are told, before the answer', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ bad: { ...shell('echo one; echo two; exit 3'), RestartPolicy: 'Never' } }),
  });
  const { stdout, status } = await machine.run('peiosctl', 'start', 'bad', '--follow', '--json');
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.equal(status, 1);
  t.strictSame(
    lines
      .slice(0, -1)
      .flatMap(({ kind, origin, lines: told }) => [kind, origin, ...(told as string[])])
      .filter((text) => text !== 'output' && text !== 'bad'),
    ['one', 'two'],
  );
  t.match(lines.at(-1), { status: 'ok', state: 'failed', detail: /exited with code 3/ });
  matchEach(t, lines.at(-1)?.['output'], [{ text: 'one' }, { text: 'two' }]);
});

t.test('of several services the lines stand side by side, and each outcome where it comes about', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      good: { ...shell('echo fine; exec sleep 1000'), Readiness: 'Alive', ReadinessCheck: '/bin/true' },
      bad: { ...shell('echo no such thing >&2; exit 3'), RestartPolicy: 'Never' },
    }),
  });
  const { stdout, status } = await machine.run('peiosctl', 'restart', 'good', 'bad', '-f');
  t.equal(status, 1);
  t.match(untimed(stdout), /^good {2}\| fine$/m);
  t.match(untimed(stdout), /^bad {3}! no such thing\n(good.*\n)*bad: failed, because its main process ended unexpectedly\n {2}detail /m);
  t.notMatch(stdout, /^ {2}output/m, 'what was shown is not told twice');
  t.match(stdout, /restarted: 1 of 2, not bad\n$/);
});

t.test('a failed start tells the last lines of the process that failed, whose they are and when', { skip }, async (t) => {
  const check = '/bin/sh -c "echo not listening; exit 1"';
  const machine = await bootSettled(t, {
    registry: withServices({
      main: { ...shell('for n in $(seq 20); do echo "line $n"; done; exit 3'), RestartPolicy: 'Never' },
      hook: {
        ...shell('exit 0'),
        ExecStartPre: ['/bin/sh -c "echo fine"', '/bin/sh -c "echo no database; exit 4"'],
        RestartPolicy: 'Never',
      },
      check: { ...shell('exec sleep 1000'), Readiness: 'Alive', ReadinessCheck: check, StartTimeout: 1, RestartPolicy: 'Never' },
      deaf: {
        ...shell('while :; do echo noise; sleep 0.02; done'),
        Readiness: 'Alive',
        ExecReload: '/bin/sh -c "echo line 7 is wrong; exit 1"',
      },
    }),
  });
  const output = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { stdout, status } = await machine.run('peiosctl', ...words);
    t.equal(status, 1);
    const lines = stdout
      .replaceAll(/\d\d:\d\d:\d\d/g, 'TIME')
      .split('\n')
      .slice(0, -1);
    return lines.slice(lines.findIndex((line) => line.startsWith('  output'))).map((line) => line.slice('  output     '.length));
  };
  const last = Array.from({ length: 10 }, (_, at) => `TIME  line ${at + 11}`);
  t.strictSame(await output('start', 'main'), ['main process:', ...last]);
  t.strictSame(await output('restart', 'hook'), ['ExecStartPre[1]:', 'TIME  no database']);
  t.strictSame((await output('start', 'check')).slice(-2), ['ReadinessCheck:', 'TIME  not listening']);
  t.match(await machine.run('peiosctl', 'start', 'deaf'), { status: 0 });
  t.strictSame(await output('reload', 'deaf'), ['ExecReload:', 'TIME  line 7 is wrong']);
  const { stdout } = await machine.run('peiosctl', 'start', 'hook', '--json');
  const answer = JSON.parse(stdout) as Record<string, unknown>;
  t.match(answer, { state: 'failed', detail: /ExecStartPre\[1\] exited with code 4/ });
  matchEach(t, answer['output'], [{ text: 'no database', process: 'ExecStartPre[1]', at: String }]);
});

t.test('wrong calls', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({}) });
  t.match(await machine.run('peiosctl', 'start', 'nope', '-f'), { status: 1, stderr: /UNKNOWN_SERVICE/ });
  t.match(await machine.run('peiosctl', 'start', 'nope', '-f', '--no-wait'), { status: 2, stderr: /--follow and --no-wait contradict/ });
});
