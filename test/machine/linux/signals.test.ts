import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import t from 'tap';
import { until } from '../../support/wait.ts';
import { helperPath, shimPath } from './support.ts';

interface Report {
  readonly counts: Record<string, number>;
  readonly totals: Record<string, number>;
  readonly senders: Record<string, [number, number]>;
  readonly reaped: number;
  readonly twice: number;
  readonly contained: string[];
  readonly uncaught: string[];
}

interface SignalChild {
  readonly child: ChildProcess;
  readonly pid: number;
  ask(command: string): Promise<unknown>;
  report(): Promise<Report>;
  errors(): string;
}

/** A Node process that catches signals like PID 1, started as the daemon is. */
async function startChild(t: Test): Promise<SignalChild> {
  const child = spawn(process.execPath, ['--disable-sigusr1', join(import.meta.dirname, 'signal-child.ts'), shimPath, helperPath], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (data) => {
    errors += data;
  });
  const waiting: ((line: string) => void)[] = [];
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const next = waiting.shift();
    if (next === undefined) lines.push(line);
    else next(line);
  });
  const nextLine = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const line = lines.shift();
      if (line !== undefined) return resolve(line);
      waiting.push(resolve);
      child.once('exit', (code, signal) => reject(new Error(`the child ended: ${code} ${signal} ${errors}`)));
    });
  const ready = await nextLine();
  const ask = async (command: string): Promise<unknown> => {
    child.stdin.write(`${command}\n`);
    return JSON.parse(await nextLine());
  };
  return { child, pid: Number(ready.split(' ')[1]), ask, report: () => ask('report') as Promise<Report>, errors: () => errors };
}

const running = (pid: number): boolean => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

const zombiesOf = (pid: number): number =>
  readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const [, state, parent] =
        readFileSync(`/proc/${name}/stat`, 'utf8')
          .split(') ')[1]
          ?.match(/^(\S) (\d+)/) ?? [];
      return state === 'Z' && Number(parent) === pid;
    } catch {
      return false;
    }
  }).length;

t.test(
  'SIG-001 SIG-002 5 000 children and three SIGINTs while the loop stands still: exact counts, each child reaped once, no zombie',
  async (t) => {
    const child = await startChild(t);
    const count = 5000;
    t.same(await child.ask(`burst ${count}`), { started: count, distinct: count });
    let report = await child.report();
    const limit = Date.now() + 20_000;
    while (report.reaped < count && Date.now() < limit) report = await child.report();
    t.equal(report.reaped, count);
    t.equal(report.twice, 0);
    t.equal(report.counts['2'], 3);
    t.equal(report.counts['17'], report.totals['17'], 'a record for every run of the handler, though the pipe was full');
    t.comment(`${report.counts['17']} SIGCHLD; the pipe holds 4096`);
    t.equal(zombiesOf(child.pid), 0);
  },
);

t.test('SIG-005 signals that are not caught have no effect', async (t) => {
  const child = await startChild(t);
  const names = [
    'SIGHUP',
    'SIGUSR1',
    'SIGUSR2',
    'SIGQUIT',
    'SIGALRM',
    'SIGPIPE',
    'SIGTSTP',
    'SIGTTIN',
    'SIGWINCH',
    'SIGXCPU',
    'SIGIO',
  ] as const;
  for (const name of names) process.kill(child.pid, name);
  for (const realtime of [34, 50, 64]) process.kill(child.pid, realtime);
  process.kill(child.pid, 'SIGTERM');
  let report = await child.report();
  const limit = Date.now() + 10_000;
  while (report.counts['15'] === undefined && Date.now() < limit) report = await child.report();
  t.same(report.counts, { 15: 1 });
  t.equal(running(child.pid), true);
  t.notMatch(child.errors(), /[Dd]ebugger/, 'SIGUSR1 opens no inspector');
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  t.match(status, /^SigBlk:\t0000000000000000$/m, 'nothing is blocked');
  t.match(status, /^SigPnd:\t0000000000000000$/m);
  t.match(status, /^ShdPnd:\t0000000000000000$/m);
});

t.test('SIG-001 SIGTERM, SIGINT and SIGPWR come with their sender', async (t) => {
  const child = await startChild(t);
  for (const signal of [15, 2, 30]) process.kill(child.pid, signal);
  let report = await child.report();
  const limit = Date.now() + 10_000;
  while (Object.keys(report.counts).length < 3 && Date.now() < limit) report = await child.report();
  t.same(report.counts, { 2: 1, 15: 1, 30: 1 });
  for (const signal of ['2', '15', '30']) t.same(report.senders[signal], [process.pid, process.getuid?.()]);
});

t.test('a throw that nothing contains becomes uncaughtException, and the loop goes on', async (t) => {
  const child = await startChild(t);
  await child.ask('throw inside');
  let report = await child.report();
  while (report.contained.length < 1) report = await child.report();
  t.same([report.contained, report.uncaught], [['deferred: thrown inside'], []]);
  await child.ask('throw through');
  while (report.uncaught.length < 1) report = await child.report();
  t.same(report.uncaught, ['thrown through']);
  process.kill(child.pid, 'SIGTERM');
  while (report.counts['15'] === undefined) report = await child.report();
  t.equal(report.counts['15'], 1);
});

t.test('an idle loop takes no time at all, also after a timer has fired', async (t) => {
  const child = await startChild(t);
  await child.ask('throw inside');
  await child.report();
  // Nanoseconds on a processor.
  const used = (): string => readFileSync(`/proc/${child.pid}/task/${child.pid}/schedstat`, 'utf8').split(' ')[0] ?? '';
  let before = used();
  let quietSince = Date.now();
  await until('a window of 400 ms without running', () => {
    const now = used();
    if (now !== before) quietSince = Date.now();
    before = now;
    return Date.now() - quietSince > 400;
  });
  t.ok(Date.now() - quietSince > 400);
});
