/** Timers of a real machine: its clock, its registry, its registryd. What a clock that is set does is in test/vm. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, shell, temporaryDirectory, withServices } from '../../support/machine.ts';
import { timerDescriptors } from '../../support/timer-descriptors.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;
t.setTimeout(300_000);

const everySecond = '*-*-* *:*:*';
const fifth = '*:*:0/5';
const key = (service: string): string => `Machine\\System\\Services\\${service}`;

/** A Oneshot that leaves a line for each of its runs. */
const noting = (name: string, ...schedules: readonly string[]) => ({
  Type: 'Oneshot',
  ...shell(`echo run >> /var/lib/${name}`),
  Triggers: schedules.map((schedule) => `timer:${schedule}`),
});

function runs(machine: Machine, name: string): number {
  const file = machine.path(`/var/lib/${name}`);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}

/** Waits for that many runs more. */
async function moreRuns(machine: Machine, name: string, count: number): Promise<void> {
  const before = runs(machine, name);
  await until(`${count} more runs of ${name}`, () => runs(machine, name) >= before + count, { limitMs: 60_000, more: machine.console });
}

/** Nanoseconds that the registry holds; null: nothing. */
async function record(machine: Machine, path: string, name: string): Promise<bigint | null> {
  const { status, stdout } = await machine.run('peiosctl', 'registry', 'get', path, name);
  const [text] = /\d{10,}/.exec(stdout) ?? [];
  return status === 0 && text !== undefined ? BigInt(text) : null;
}

const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;

t.test(
  'TMR-018 TMR-023 TMR-026 TMR-031 TMR-032 TMR-038 timers run their services, and the registry holds when they fired',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: withServices({
        tick: { ...noting('tick', everySecond), TimerPersistent: 0 },
        kept: noting('kept', everySecond),
        several: noting('several', everySecond, fifth),
      }),
    });
    const began = nowNs();
    await moreRuns(machine, 'tick', 3);
    t.strictSame(
      timerDescriptors(machine.pid).map(({ clock, flags }) => `clock ${clock} flags ${flags}`),
      ['clock 0 flags 03', 'clock 1 flags 01'],
    );
    await moreRuns(machine, 'several', 1);
    const single = await until('a record of kept', () => record(machine, key('kept'), 'LastTimerRun'));
    const several = await until('one of several', () => record(machine, `${key('several')}\\TimerState`, '%2A-%2A-%2A%20%2A%3A%2A%3A%2A'));
    const other = await until('the other one', () => record(machine, `${key('several')}\\TimerState`, '%2A%3A%2A%3A0%2F5'));
    for (const at of [single, several, other]) t.ok(at > began - 10_000_000_000n && at <= nowNs(), `${at}`);
    t.equal(await record(machine, key('tick'), 'LastTimerRun'), null, 'TMR-030: one that is not persistent leaves none');
    t.equal(await record(machine, key('several'), 'LastTimerRun'), null);
    const set = await machine.run('peiosctl', 'registry', 'set', key('kept'), 'Arguments', '--', '-c', 'echo run >> /var/lib/other');
    t.equal(set.status, 0, set.stderr);
    await until('what others write beside it counts', () => runs(machine, 'other') > 0, { more: machine.console });
  },
);

t.test(
  'TMR-023 TMR-048 timers go on while registryd stands still, and the newest record is written when it goes on',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: withServices({ kept: noting('kept', everySecond), tick: noting('tick', everySecond) }),
    });
    await moreRuns(machine, 'kept', 2);
    const registryd = machine.processes('registryd', 'main').map(String);
    const stop = await machine.run('kill', '-STOP', ...registryd);
    t.equal(stop.status, 0, stop.stderr);
    const stopped = nowNs();
    await moreRuns(machine, 'kept', 4);
    await moreRuns(machine, 'tick', 1);
    t.match(await (await machine.client()).status({ service: 'kept' }), { service: 'kept' }, 'clients are answered');
    const went = await machine.run('kill', '-CONT', ...registryd);
    t.equal(went.status, 0, went.stderr);
    await until('a newer record', async () => ((await record(machine, key('kept'), 'LastTimerRun')) ?? 0n) > stopped, { limitMs: 60_000 });
    t.notMatch(machine.console(), /error: internal|a handler failed/);
  },
);

t.test('TMR-028 TMR-030 TMR-031 TMR-033 a missed run is caught up once, by what the registry kept over the reboot', { skip }, async (t) => {
  const keep = join(temporaryDirectory(t), 'state');
  const registry = withServices({
    yearly: noting('yearly', 'yearly UTC'),
    forgetful: { ...noting('forgetful', 'yearly UTC'), TimerPersistent: 0 },
    ends: { ...noting('ends', 'yearly UTC'), ...shell('echo run >> /var/lib/ends; exec sleep 1000'), StartTimeout: 1000 },
  });
  const first = await bootSettled(t, { registry, keep });
  await until('it was never run, so it is', () => runs(first, 'yearly') === 1 && runs(first, 'ends') === 1);
  const at = await until('a record', () => record(first, key('yearly'), 'LastTimerRun'));
  await until('one of a run that goes on', () => record(first, key('ends'), 'LastTimerRun'));
  await first.powerOff();

  const second = await bootSettled(t, { keep });
  t.equal(await record(second, key('yearly'), 'LastTimerRun'), at);
  t.strictSame([runs(second, 'yearly'), runs(second, 'ends'), runs(second, 'forgetful')], [1, 1, 0], 'nothing was missed');
  const missed = await second.run('peiosctl', 'registry', 'set', key('yearly'), 'LastTimerRun', '1000000000000000000', '--type', 'QWORD');
  t.equal(missed.status, 0, missed.stderr);
  await second.powerOff();

  const third = await bootSettled(t, { keep });
  await until('many were missed', () => runs(third, 'yearly') === 2);
  await until('it is known again', async () => ((await record(third, key('yearly'), 'LastTimerRun')) ?? 0n) > at);
  t.strictSame([runs(third, 'ends'), runs(third, 'forgetful')], [1, 0]);
});

t.test('TMR-008 timers go by the zone of /etc/localtime, and one that is not known is told', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ daily: { ...noting('daily', 'daily'), TimerPersistent: 0 } }) });
  const client = await machine.client();
  /** Minutes of UTC at which it fires next. */
  const nextMinutes = async (): Promise<number> => {
    const [timer] = (await client.status({ service: 'daily' })).timers;
    return new Date(timer?.next ?? Number.NaN).getUTCMinutes();
  };
  const localtime = machine.path('/etc/localtime');
  const become = async (target: string): Promise<void> => {
    rmSync(localtime, { force: true });
    symlinkSync(target, localtime);
    await client.reloadConfig({});
  };
  await become('/usr/share/zoneinfo/Asia/Kolkata');
  t.equal(await nextMinutes(), 30, 'midnight in India is at half past');
  await become('/usr/share/zoneinfo/Mars/Base');
  t.equal(await nextMinutes(), 0);
  await machine.shows(/warning: the time zone of the machine is not known: \/etc\/localtime points to \S+Mars\/Base/);
  const told = (await client.machineStatus({})).warnings.filter((text) => text.includes('time zone of the machine is not known'));
  t.equal(told.length, 1);
});

t.test('O-179 process 1 does not wait for a pipe in the place of /etc/localtime', { skip }, async (t) => {
  const layer = temporaryDirectory(t);
  mkdirSync(join(layer, 'etc'));
  execFileSync('mkfifo', [join(layer, 'etc', 'localtime')]);
  // It settles, which needs process 1 to have gone on.
  const machine = await bootSettled(t, { registry: withServices({ job: noting('job', everySecond) }), layers: [layer] });
  await moreRuns(machine, 'job', 2);
  t.match((await machine.run('stat', '-c', '%F', '/etc/localtime')).stdout, /^fifo$/m, 'the pipe is there');
});
