import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bootSettled, cannotRun, launch, project, temporaryDirectory } from '../support/machine.ts';
import { until } from '../support/wait.ts';
import { list } from './sandbox/sandbox.ts';

const programs = join(project, '.cache/demo-root');
const found = [join(programs, 'usr/sbin/nginx'), '/usr/sbin/nginx'].some((path) => existsSync(path));
const skip = cannotRun || (found ? false : 'the programs of the demo are missing (npm run setup)');

function layers(t: Parameters<typeof temporaryDirectory>[0]): readonly string[] {
  const layer = temporaryDirectory(t);
  execFileSync(join(project, 'bin/demo-layer'), [layer]);
  return [programs, layer];
}

const words = ['--registry', join(project, 'examples/site/site.yaml')];

t.test(
  'PRIN-011 the site serves under users of its own, redis comes back after SIGKILL, nginx reloads, and everything stops in order',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { authority: true, layers: layers(t), words });
    const curl = async (path: string): Promise<string> => (await machine.run('curl', '-s', `http://127.0.0.1${path}`)).stdout;
    t.match(await curl('/'), /It works/);
    t.equal(await curl('/visits'), 'visit 1 to /visits\n');
    const client = await machine.client();
    const userOf = async (service: string): Promise<string> => {
      const { current_job: job } = await client.status({ service });
      return (await machine.run('stat', '-c', '%U', `/proc/${job?.pid}`)).stdout.trim();
    };
    t.strictSame(await Promise.all(['nginx', 'redis', 'site-app'].map(userOf)), ['ls-nginx', 'site-data', 'ls-site-app']);
    const before = await client.status({ service: 'redis' });
    t.match(before, { state: 'active', status_text: 'Ready to accept connections', current_job: { pid: Number } });
    await machine.run('kill', '-9', String(before.current_job?.pid));
    const down = await machine.reaches('redis', ({ state }) => state === 'backoff');
    const up = await machine.reaches('redis', ({ state }) => state === 'active');
    t.ok(Date.parse(up.current_job?.started_at ?? '') - Date.parse(down.since ?? '') >= 990, 'after RestartDelay');
    t.equal(await curl('/visits'), 'visit 2 to /visits\n', 'it kept what it had');
    const workers = async (): Promise<string> =>
      (await machine.run('pgrep', '-P', String((await client.status({ service: 'nginx' })).current_job?.pid))).stdout;
    const old = await workers();
    t.match(old, /^\d+\n$/);
    t.match(await client.reload({ service: 'nginx', wait: true }), { state: 'active' });
    for (let turn = 0; (await workers()).includes(old) && turn < 100; turn++);
    t.match(await workers(), /^\d+\n$/, 'the same main process');
    t.not(await workers(), old, 'a new worker');
    t.match(await curl('/'), /It works/);
    const { status } = await machine.powerOff();
    t.equal(status, 0);
    t.match(machine.console(), /site-app: stopped[\s\S]*redis: stopped[\s\S]*authd: stopped[\s\S]*registryd: stopped/);
  },
);

t.test('the first service of the site runs within 0.3 seconds', { skip }, async (t) => {
  const machine = await launch(t, { authority: true, layers: layers(t), words });
  await machine.shows(/redis: active/);
  const seconds = Number(/\[ *([\d.]+)\] redis: starting/.exec(machine.console())?.[1]);
  t.ok(seconds < 0.3 * 5, `${seconds} s after the first line of process 1, five times the target at most`);
});

t.test('bin/demo runs a command in the demo, from any directory', { skip }, async (t) => {
  const words = ['--name', `demo-${process.pid}`, '--', 'curl', '-s', 'http://127.0.0.1/visits'];
  const { status, stdout, stderr } = spawnSync(join(project, 'bin/demo'), words, { cwd: '/', encoding: 'utf8', timeout: 60_000 });
  t.strictSame({ status, stdout }, { status: 0, stdout: 'visit 1 to /visits\n' }, stderr);
});

t.test('bin/demo shows how to look at it, and Ctrl-C stops it in order', { skip }, async (t) => {
  const name = `demo-${process.pid}`;
  const demo = spawn(join(project, 'bin/demo'), ['--name', name], { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => demo.kill('SIGTERM'));
  let shown = '';
  for (const stream of [demo.stdout, demo.stderr])
    stream.on('data', (bytes) => {
      shown += bytes;
    });
  await until('the machine has settled', () => /settled: 6 services, none failed/.test(shown), { more: () => shown });
  t.match(
    shown,
    new RegExp(`machine named ${name} boots[\\s\\S]*second terminal:[\\s\\S]*exec ${name} -- peiosctl list[\\s\\S]*Ctrl-C here`),
  );
  t.notMatch(shown, / exec demo /);
  demo.kill('SIGINT');
  t.equal(await new Promise((resolve) => demo.once('exit', resolve)), 0);
  t.match(shown, /site-app: stopped[\s\S]*redis: stopped[\s\S]*registryd: stopped[\s\S]*reboot/);
  t.notOk(
    list().some((machine) => machine.name === name),
    'nothing is left of it',
  );
});

t.test('what the README shows of the demo in pictures is what comes of it, but for times and ids', { skip }, (t) => {
  const words = ['--check', join(project, 'README.md')];
  const { status, stdout, stderr } = spawnSync(join(project, 'bin/capture-docs'), words, { cwd: '/', encoding: 'utf8', timeout: 120_000 });
  t.strictSame({ status, stdout }, { status: 0, stdout: '' }, stderr);
  t.end();
});
