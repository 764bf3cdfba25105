import t from 'tap';
import { until } from '../../support/wait.ts';
import { bootExample, timedStop, without } from './programs.ts';

const skip = without('/usr/bin/gunicorn', '/usr/bin/curl');
t.setTimeout(120_000);

t.test('a prefork server replaces a worker, reloads them all, and answers what it is at before it stops', { skip }, async (t) => {
  const machine = await bootExample(t, { file: 'gunicorn.yaml', files: 'python' });
  const curl = async (path = '/'): Promise<string> => (await machine.run('curl', '-s', `http://127.0.0.1:8000${path}`)).stdout;
  const up = await machine.reaches('gunicorn', ({ state }) => state === 'active');
  t.match(up, { status_text: 'Gunicorn arbiter booted' });
  const workers = async (): Promise<readonly string[]> =>
    (await machine.run('pgrep', '-P', String(up.current_job?.pid))).stdout.split('\n').filter((pid) => pid !== '');
  /** Two, and others than those. */
  const fresh = (old: readonly string[]): Promise<void> =>
    until('there are two new workers', async () => {
      const now = await workers();
      return now.length === 2 && now.every((pid) => !old.includes(pid));
    });
  await fresh([]);
  const client = await machine.client();
  const [killed = '', kept = ''] = await workers();
  await machine.run('kill', '-9', killed);
  await until('the worker is replaced', async () => {
    const now = await workers();
    return now.length === 2 && now.includes(kept) && !now.includes(killed);
  });
  t.match(await client.status({ service: 'gunicorn' }), { state: 'active', restart: null, current_job: { pid: up.current_job?.pid } });
  const before = await workers();
  t.match(await client.reload({ service: 'gunicorn', wait: true }), { state: 'active' });
  await fresh(before);
  t.match(await curl(), /^worker \d+\n$/);
  await machine.run('rm', '/run/gunicorn/asked');
  const slow = curl('/?ms=1500');
  await until('a worker is at it', async () => (await machine.run('test', '-e', '/run/gunicorn/asked')).status === 0);
  t.ok((await timedStop(machine, 'gunicorn')) < 30 / 4, 'before a quarter of its StopTimeout');
  t.match(await slow, /^worker \d+\n$/);
  t.notMatch(machine.console(), /SIGKILL/);
});
