import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bootSettled, cannotRun, launch, project, temporaryDirectory } from '../support/machine.ts';

const programs = join(project, '.cache/demo-root');
const skip = cannotRun || (existsSync(join(programs, 'usr/sbin/nginx')) ? false : 'the programs of the demo are missing (npm run setup)');

function layers(t: Parameters<typeof temporaryDirectory>[0]): readonly string[] {
  const layer = temporaryDirectory(t);
  mkdirSync(join(layer, 'srv'));
  symlinkSync(join(project, 'examples/site'), join(layer, 'srv/site'));
  return [programs, layer];
}

const words = ['--registry', join(project, 'examples/site/site.yaml')];

t.test('the site serves, redis comes back after SIGKILL, nginx reloads, and everything stops in order', { skip }, async (t) => {
  const machine = await bootSettled(t, { layers: layers(t), words });
  const curl = async (path: string): Promise<string> => (await machine.run('curl', '-s', `http://127.0.0.1${path}`)).stdout;
  t.match(await curl('/'), /It works/);
  t.equal(await curl('/visits'), 'visit 1 to /visits\n');
  const client = await machine.client();
  const before = await client.status({ service: 'redis' });
  t.match(before, { state: 'active', status_text: 'Ready to accept connections', current_job: { pid: Number } });
  await machine.run('kill', '-9', String(before.current_job?.pid));
  const down = await machine.reaches('redis', ({ state }) => state === 'backoff');
  const up = await machine.reaches('redis', ({ state }) => state === 'active');
  t.ok(Date.parse(up.current_job?.started_at ?? '') - Date.parse(down.since ?? '') >= 990, 'after RestartDelay');
  t.equal(await curl('/visits'), 'visit 2 to /visits\n', 'it kept what it had');
  t.match(await client.reload({ service: 'nginx', wait: true }), { state: 'active' });
  t.match(await curl('/'), /It works/);
  const { status } = await machine.powerOff();
  t.equal(status, 0);
  t.match(machine.console(), /site-app: stopped[\s\S]*redis: stopped[\s\S]*registryd: stopped/);
});

t.test('the first service of the site runs within 0.3 seconds', { skip }, async (t) => {
  const machine = await launch(t, { layers: layers(t), words });
  await machine.shows(/site-prepare: completed/);
  const seconds = Number(/\[ *([\d.]+)\] site-prepare: completed/.exec(machine.console())?.[1]);
  t.ok(seconds < 0.3 * 5, `${seconds} s after the first line of process 1, five times the target at most`);
});
