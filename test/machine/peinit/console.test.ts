/** What the console says, and what services write where that was asked for. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { isConsoleLine } from '../../../gen/output/check.ts';
import type { ConsoleLine } from '../../../gen/output/types.ts';
import { unwrapped } from '../../support/console-text.ts';
import { container } from '../../support/in-container.ts';
import type { Registry } from '../../support/machine.ts';
import { bootSettled, cannotRun, launch, project, shell, temporaryDirectory, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';
import { onTerminal } from '../sandbox/on-terminal.ts';
import { freshName, launcher, listed } from '../sandbox/sandbox.ts';

const skip = cannotRun;

const talker = (script: string) => ({ ...shell(script), Triggers: ['boot'], Readiness: 'Alive' });
const once = (script: string) => ({ ...shell(script), Triggers: ['boot'], Type: 'Oneshot' });
/** Ignores SIGTERM. */
const stubborn = (seconds: number) => ({ ...talker('trap "" TERM; while :; do sleep 1000; done'), StopTimeout: seconds });

/** peinit's own lines without their times. */
const own = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => {
    const found = /^\[ *\d+\.\d{3}\] (.*)$/.exec(line);
    return found === null ? [] : [found[1] ?? ''];
  });

/** Lines of services. */
const shown = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !/^(?:\[ *\d|peinit-sandbox: )/.test(line));

t.test('LOG-019 what services write is not on the console unless asked for', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: talker('echo secret; echo secret >&2; exec sleep 1000') }) });
  await machine.reaches('web', ({ output }) => output.length === 2);
  const { stdout } = await machine.powerOff();
  t.match(stdout, /web: active[\s\S]*power off/);
  t.notMatch(stdout, /secret/);
});

t.test('LOG-003 with peinit.console=relay it is, each line with its service or hook before it', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    cmdline: 'peinit.console=relay',
    registry: withServices({
      web: { ...talker('echo out; echo err >&2; printf partial; exec sleep 1000'), ExecStartPre: ['/bin/echo prepared'] },
    }),
  });
  await machine.reaches('web', ({ output }) => output.length >= 3);
  const { stdout, status } = await machine.powerOff();
  t.equal(status, 0);
  t.strictSame([...shown(stdout)].filter((line) => line.startsWith('web')).sort(), [
    'web/ExecStartPre[0]: prepared',
    'web: err',
    'web: out',
    'web: partial',
  ]);
  t.match(own(stdout).at(-1), 'power off');
});

t.test('LOG-002 with peinit.console=json all of it is JSON of the schema', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    cmdline: 'peinit.console=json',
    registry: withServices({ web: talker('echo out; echo err >&2; exec sleep 1000'), bad: { ...once('exit 3'), RestartPolicy: 'Never' } }),
  });
  const { current_job } = await machine.reaches('web', ({ output }) => output.length === 2);
  const { stdout } = await machine.powerOff();
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line): ConsoleLine => {
      const value: unknown = JSON.parse(line);
      if (!isConsoleLine(value)) throw new Error(line);
      return value;
    });
  t.strictSame(
    lines
      .filter(({ kind, service }) => kind === 'output' && service === 'web')
      .map(({ timestamp: _timestamp, ...rest }) => rest)
      .sort((a, b) => Number(a.is_error) - Number(b.is_error)),
    [
      { kind: 'output', service: 'web', origin: 'web', job_id: current_job?.id, is_error: false, text: 'out' },
      { kind: 'output', service: 'web', origin: 'web', job_id: current_job?.id, is_error: true, text: 'err' },
    ],
  );
  const failure = lines.find(({ level, service }) => level === 'error' && service === 'bad');
  t.match(failure?.text, /^bad: failed: .* exited with code 3/);
  t.match(lines.at(-1), { kind: 'message', level: 'info', text: 'power off' });
});

t.test('LOG-012 LOG-016 a reader that stands still pauses no service and no command, and is told what it lost', { skip }, async (t) => {
  const count = 200_000;
  const machine = await bootSettled(t, {
    cmdline: 'peinit.console=relay',
    registry: withServices({ flood: { ...shell(`seq -f "line %.0f of a flood that nobody reads" ${count}`), Type: 'Oneshot' } }),
  });
  machine.running.process.stdout?.pause();
  const client = await machine.client();
  const { state } = await client.start({ service: 'flood', wait: true });
  t.equal(state, 'inactive');
  await client.status({ service: 'flood' });
  machine.running.process.stdout?.resume();
  const sum = (): number => {
    const text = machine.running.stdout();
    const lost = own(text).map((line) => Number(/^(\d+) lines? lost: /.exec(line)?.[1] ?? 0));
    return lost.reduce((sum, lines) => sum + lines, 0);
  };
  const { stdout } = await machine.powerOff();
  const kept = shown(stdout);
  t.ok(sum() > 0, 'something was lost');
  t.equal(kept.length + sum(), count);
  t.strictSame(
    kept,
    [...kept].sort((a, b) => Number(a.split(' ')[2]) - Number(b.split(' ')[2])),
  );
});

t.test('the last lines of the service that a container ends with are not lost to whoever reads', { skip }, async (t) => {
  const count = 5_000;
  const machine = await launch(t, {
    cmdline: 'peinit.console=relay peinit.main=app peinit.end-with-main=1',
    registry: withServices({ app: { ...talker(`seq ${count}; exit 7`), RestartPolicy: 'Never' } }),
  });
  const { stdout, status } = await machine.running.ended;
  t.equal(status, 7);
  t.strictSame(
    shown(stdout).filter((line) => line.startsWith('app: ')),
    Array.from({ length: count }, (_, index) => `app: ${index + 1}`),
  );
  t.equal(own(stdout).at(-1), 'power off');
});

t.test('LOG-018 a shutdown tells every five seconds whom it waits for, also where it is to be quiet', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    cmdline: 'peinit.quiet=1',
    registry: withServices({
      good: talker('exec sleep 1000'),
      bad: { ...once('exit 3'), RestartPolicy: 'Never' },
      stubborn: stubborn(6),
    }),
  });
  await machine.shows(/settled/);
  const { stdout } = await machine.powerOff();
  const lines = own(stdout).map((line) => line.replaceAll(/pid \d+/g, 'pid N'));
  t.match(lines[0], /^bad: failed: its process \(pid N\) exited with code 3/);
  t.strictSame(lines.slice(1), [
    'settled: 4 services, 1 failed: bad',
    'waiting for stubborn to stop: 5 s of at most 6 s',
    'warning: stubborn did not end within 6 seconds after SIGTERM (StopTimeout) and was killed, with 1 other',
  ]);
});

/** Boots on a terminal until the console shows the pattern, has it end, and gives what was on it. */
async function onScreen(t: Test, registry: Registry, cmdline: string, until_: RegExp): Promise<string> {
  const seed = join(temporaryDirectory(t), 'seed.json');
  writeFileSync(seed, JSON.stringify(registry));
  const name = freshName();
  const words = ['--runtime', join(project, 'build/runtime'), '--name', name, '--registry', seed, '--cmdline', cmdline];
  const terminal = onTerminal(t, [launcher, ...words.map((word) => `'${word}'`)].join(' '));
  await until(`the console shows ${until_}`, () => until_.test(unwrapped(terminal.output())), { more: terminal.output });
  const { pid } = await listed(name);
  if (pid !== null) process.kill(pid, 'SIGTERM');
  await terminal.ended;
  return terminal.output();
}

const ordinary = withServices({
  'web-frontend': { ...talker('exec sleep 1000'), Requires: ['database'] },
  database: stubborn(6),
  'mail-relay': { ...talker('exit 3'), RestartPolicy: 'Never' },
  'report-worker': { ...talker('sleep 0.1; exit 9'), RestartDelay: 30 },
  'backup-agent': { ...talker('exec sleep 1000'), Identity: 'backup' },
  'metrics-exporter': { ...talker('exec sleep 1000'), ImagePath: '/usr/local/bin/metrics-exporter' },
  'session-cache': { ...talker('exec sleep 1000'), Readiness: 'Notify', StartTimeout: 2, RestartDelay: 30 },
  'build-runner': { ...talker('exec sleep 1000'), Requires: ['artifact-store'] },
  'image-indexer': { ...talker('exec sleep 1000'), Requires: ['thumbnailer'] },
  thumbnailer: { ...talker('exec sleep 1000'), Requires: ['image-indexer'] },
  'log-shipper': { ...talker('exec sleep 1000'), Conditions: ['file:/etc/log-shipper.conf'] },
  sshd: { ...talker('exec sleep 1000'), SafeMode: 1 },
});

const screens: readonly { name: string; cmdline: string; shows: RegExp; of: readonly RegExp[] }[] = [
  {
    name: 'a boot with failures and its shutdown',
    cmdline: 'peinit.quiet=0',
    shows: /settled: .*session-cache/,
    of: [/mail-relay: failed/, /dependency cycle/, /log-shipper: skipped/, /waiting for database to stop/, /power off/],
  },
  { name: 'Safe mode', cmdline: 'peios.safemode=1', shows: /settled: /, of: [/Safe mode: .*left out of the boot/, /power off/] },
  { name: 'Recovery', cmdline: 'peios.recovery=1', shows: /to leave: .*boot again/, of: [/reason: demanded by peios.recovery=1/] },
];

for (const { name, cmdline, shows, of } of screens)
  t.test(
    `no line on a terminal is wider than 80 columns: ${name}`,
    { skip: skip || (container && 'a container has no terminal here') },
    async (t) => {
      const screen = await onScreen(t, ordinary, cmdline, shows);
      for (const pattern of of) t.match(unwrapped(screen), pattern);
      t.strictSame(
        screen.split(/\r?\n/).filter((line) => line.length > 80 && !line.startsWith('/') && !line.startsWith('peinit-sandbox: ')),
        [],
      );
    },
  );
