/** Commands on several services at once. */
import type { Test } from 'tap';
import t from 'tap';
import { only } from '../support/lists.ts';
import type { Machine, Registry } from '../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../support/machine.ts';
import { until } from '../support/wait.ts';
import { enter } from './sandbox/sandbox.ts';

const skip = cannotRun;
const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive' };
const slow = (seconds: number) => ({ ...sleeper, ExecStartPre: [`/bin/sleep ${seconds}`] });

async function booted(t: Test, services: Parameters<typeof withServices>[0]) {
  const machine = await bootSettled(t, { registry: withServices(services) as Registry });
  return { machine, run: (...words: readonly string[]) => machine.run('peiosctl', ...words) };
}

const states = async (machine: Machine): Promise<readonly string[]> =>
  (await (await machine.client()).list()).services.map(({ service, state }) => `${service} ${state}`);

t.test('each of several services is told of as it ends, then all in one line', { skip }, async (t) => {
  const { run } = await booted(t, {
    late: slow(0.8),
    early: sleeper,
    bad: { ...shell('echo no such thing >&2; exit 3'), ExecStartPre: ['/bin/sleep 0.4'], Type: 'Oneshot', RestartPolicy: 'Never' },
  });
  t.strictSame(only(await run('start', 'late', 'early', 'LATE'), 'status', 'stdout'), {
    status: 0,
    stdout: 'early: active, because it was asked to start\nlate: active, because it was asked to start\nstarted: all 2\n',
  });
  const started = await run('start', 'bad', 'early', 'nope');
  t.match(started, {
    status: 1,
    stdout: new RegExp(
      '^early: active, because it was asked to start \\(nothing to do\\)\n' +
        'bad: failed, because its main process ended unexpectedly\n {2}detail .*exited with code 3[\\s\\S]*\n' +
        ' {2}output +main process:\n +[0-9:]{8} {2}no such thing\n' +
        'started: 1 of 3, not nope, bad\n$',
    ),
    stderr: /^peiosctl: nope: UNKNOWN_SERVICE: no service "nope" is defined\..*\n$/,
  });
  t.match(await run('reset', 'bad', 'early'), {
    status: 1,
    stdout: /^bad: inactive.*\nreset: 1 of 2, not early\n$/,
    stderr: /early: INVALID/,
  });
  t.strictSame(only(await run('restart', 'early', 'late', '--no-wait'), 'status'), { status: 0 });
});

t.test('a cut start of one among several is no success', { skip }, async (t) => {
  const { machine, run } = await booted(t, { never: { ImagePath: '/bin/sleep', Arguments: ['1000'] }, other: sleeper });
  const starting = run('start', 'other', 'never');
  await machine.reaches('never', ({ state }) => state === 'starting');
  t.match(await run('stop', 'never'), { status: 0 });
  t.match(await starting, { status: 1, stdout: /started: 1 of 2, not never\n$/ });
});

const stubborn = { ...shell("trap '' TERM; echo up; while :; do sleep 0.1; done"), Readiness: 'Alive', StopTimeout: 1 };

t.test('with --strict one among several that had to be killed is no success, and only that one', { skip }, async (t) => {
  const boot = { Triggers: ['boot'] };
  const { run } = await booted(t, { easy: { ...sleeper, ...boot }, hard: { ...stubborn, ...boot } });
  t.match(await run('stop', 'easy', 'hard', '--strict'), {
    status: 1,
    stdout: /^easy: inactive.*\nhard: inactive[\s\S]*\nstopped: 1 of 2, not hard\n$/,
    stderr: '',
  });
  t.match(await run('start', 'easy', 'hard'), { status: 0 });
  t.match(await run('stop', 'easy', 'hard'), { status: 0, stdout: /\nstopped: all 2\n$/ });
  t.match(await run('stop', 'easy', 'hard', '--strict'), { status: 0, stdout: /\nstopped: all 2\n$/ });
});

t.test('O-52 more commands that wait than there are places for all succeed, and say once that they had to wait', { skip }, async (t) => {
  const count = 60;
  const names = Array.from({ length: count }, (_, at) => `slow-${at}`);
  // Longer than a command that does not wait tries.
  const { machine } = await booted(t, Object.fromEntries(names.map((name) => [name, slow(6)])));
  const starts = `for name in ${names.join(' ')}; do peiosctl start $name & all="$all $!"; done`;
  const script = `${starts}; for pid in $all; do wait $pid; echo $?; done`;
  const { stdout, stderr } = await enter(t, machine.name, ['bash', '-c', script]);
  const lines = stdout.trim().split('\n');
  t.equal(lines.filter((line) => line === '0').length, count);
  t.equal(lines.filter((line) => /^slow-\d+: active, because it was asked to start$/.test(line)).length, count);
  const said = 'peiosctl: peinit has no place for one more connection at the moment; trying again for 60 s';
  const told = stderr.trim().split('\n');
  t.strictSame([...new Set(told)], [said]);
  t.ok(told.length >= count - 32 && told.length < count, `${told.length} were turned away`);
});

t.test('patterns name the services that they match, and one that matches nothing does nothing', { skip }, async (t) => {
  const { machine, run } = await booted(t, { 'web-1': sleeper, 'web-2': sleeper, webby: sleeper, db: sleeper });
  t.match(await run('start', 'db', 'nothing-*'), {
    status: 1,
    stdout: '',
    stderr: 'peiosctl: UNKNOWN_SERVICE: no service matches nothing-*. Look at the names in list; nothing was done.\n',
  });
  t.match(await run('start', 'db', 'nothing-*', '--json'), { stdout: /^\{"status":"error","code":"UNKNOWN_SERVICE".*\n$/ });
  t.match(await run('start', 'WEB-*'), { status: 0, stdout: /started: all 2\n$/ });
  t.match(await run('start', 'd?'), { status: 0, stdout: 'db: active, because it was asked to start\n' });
  t.strictSame(await states(machine), ['db active', 'registryd active', 'web-1 active', 'web-2 active', 'webby inactive']);
  t.match(await run('stop', 'web-[12]', 'web-*'), { status: 0, stdout: /stopped: all 2\n$/ });
  t.match(await run('start', 'weby'), { status: 1, stderr: /no service "weby" is defined\..* Is webby meant\?\n$/ });
});

t.test('status of several shows each and how many are up', { skip }, async (t) => {
  const { run } = await booted(t, { 'web-1': { ...sleeper, Triggers: ['boot'] }, 'web-2': sleeper });
  t.match(await run('status', 'web-*'), {
    status: 4,
    stdout: /^web-1\n {2}state +active[\s\S]*\n\nweb-2\n {2}state +inactive[\s\S]*\n\nup: 1 of 2, web-2 is inactive\n$/,
  });
  t.match(await run('status', 'web-1', 'registryd'), { status: 0, stdout: /\nup: all 2\n$/ });
  t.match(await run('status', 'web-1', 'nope'), { status: 1, stdout: /\nup: 1 of 2, 1 unknown\n$/, stderr: /nope: UNKNOWN_SERVICE/ });
  const lines = (await run('status', 'web-2', 'web-1', '--json')).stdout.trim().split('\n');
  t.strictSame(
    lines.map((line) => only(JSON.parse(line), 'service', 'state')),
    [
      { service: 'web-2', state: 'inactive' },
      { service: 'web-1', state: 'active' },
    ],
  );
});

t.test('with --json each is one object on a line, a refusal too, and nothing else', { skip }, async (t) => {
  const { run } = await booted(t, { late: slow(0.3), early: sleeper });
  const { status, stdout } = await run('start', 'late', 'early', 'nope', '--json');
  t.equal(status, 1);
  t.strictSame(
    stdout.split('\n').map((line) => (line === '' ? null : only(JSON.parse(line), 'status', 'service', 'state', 'cause', 'code'))),
    [
      { status: 'error', service: 'nope', code: 'UNKNOWN_SERVICE' },
      { status: 'ok', service: 'early', state: 'active', cause: 'explicit_start' },
      { status: 'ok', service: 'late', state: 'active', cause: 'explicit_start' },
      null,
    ],
  );
});

t.test('a service that restarts several and itself among them has them all restarted', { skip }, async (t) => {
  const again = 'test -e /run/once || { : >/run/once; peiosctl restart self first second; }; exec sleep 1000';
  const { machine } = await booted(t, {
    first: { ...sleeper, Triggers: ['boot'] },
    second: { ...sleeper, Triggers: ['boot'] },
    self: { ...shell(again), Readiness: 'Alive' },
  });
  const client = await machine.client();
  const pids = async () => Promise.all(['first', 'second'].map(async (service) => (await client.status({ service })).current_job?.pid));
  const before = await pids();
  await client.start({ service: 'self' });
  const restarted = async (): Promise<boolean> => {
    const now = await pids();
    return now.every((pid, at) => pid != null && pid !== before[at]);
  };
  await until('both are new', restarted);
  const { state } = await machine.reaches('self', ({ state }) => state === 'active');
  t.equal(state, 'active');
});

t.test('Ctrl-C ends the waiting and tells what is still under way', { skip }, async (t) => {
  const { machine } = await booted(t, { early: sleeper, never: { ImagePath: '/bin/sleep', Arguments: ['1000'] } });
  const script =
    'peiosctl start early never & while ! peiosctl status early >/dev/null; do :; done; sleep 0.2; kill -INT $!; wait $!; echo $?';
  const { stdout, stderr } = await enter(t, machine.name, ['bash', '-mc', script]);
  t.match(stdout, /^early: active, because it was asked to start\n(?:.*\n)*130\n$/);
  t.match(stderr, /peiosctl: still under way: never; peiosctl status NAME tells how far\n/);
  t.match(await states(machine), /never starting/);
});
