import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bootSettled, cannotRun, project, said, withServices } from '../../support/machine.ts';

const headers = join(project, '.cache/headers/usr/include');
const skip =
  cannotRun || (existsSync(join(headers, 'systemd/sd-daemon.h')) ? false : 'the headers of libsystemd are missing (npm run setup)');
const program = join(project, 'build/test-sd-service');

if (skip === false)
  execFileSync('gcc', [
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-D_GNU_SOURCE',
    `-I${headers}`,
    join(import.meta.dirname, 'sd-service.c'),
    '-o',
    program,
    '-l:libsystemd.so.0',
  ]);

const service = { ImagePath: program, Triggers: ['boot'], FdStoreMax: 2, RestartDelay: 0 };

t.test(
  'NTF-008 NTF-011 NTF-017 NTF-026 EXEC-025 FDS-003 FDS-009 FDS-014 a program that uses libsystemd is ready, says so, ' +
    'and finds its descriptors again after a crash',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { registry: withServices({ app: service }) });
    const client = await machine.client();
    const first = await client.status({ service: 'app' });
    t.match(first, { state: 'active', status_text: `ready as ${first.current_job?.pid}` });
    t.strictSame(first.stored_descriptors, ['first', 'second']);
    const up = await machine.reaches('app', (status) => said(status).some((line) => line.startsWith('barrier')));
    t.strictSame(said(up), ['descriptors 0', 'watchdog 0 0', 'barrier 1']);
    await machine.run('kill', '-9', String(first.current_job?.pid));
    const again = await machine.reaches('app', ({ state, current_job: job }) => state === 'active' && job?.pid !== first.current_job?.pid);
    t.equal(again.status_text, `ready as ${again.current_job?.pid}`);
    t.ok((await machine.reaches('app', (status) => said(status).includes('descriptors 2 first=one second=two'))).output.length > 3);
  },
);

t.test(
  'FDS-011 O-23 a program that stores its descriptors once has them at each of five restarts with FdStoreKeep',
  { skip },
  async (t) => {
    const once = { ...service, FdStoreMax: 4, Arguments: ['once'] };
    const again = { ...once, Arguments: ['again'], FdStoreKeep: 1 };
    const machine = await bootSettled(t, { registry: withServices({ kept: { ...once, FdStoreKeep: 1 }, taken: once, again }) });
    const client = await machine.client();
    const counts = async (name: string): Promise<readonly string[]> => {
      for (let restart = 0; restart < 5; restart++) t.match(await client.restart({ service: name }), { state: 'active' });
      // Pipes are read after what the notify socket brings.
      await machine.reaches(name, (status) => said(status).at(-1) === 'barrier 1');
      const { output } = await client.status({ service: name, lines: 100 });
      return output.flatMap(({ text }) => (text.startsWith('descriptors') ? text.split(' ').slice(1, 2) : []));
    };
    t.strictSame(await counts('kept'), ['0', '2', '2', '2', '2', '2']);
    t.strictSame(await counts('taken'), ['0', '2', '0', '2', '0', '2']);
    t.strictSame(await counts('again'), ['0', '2', '2', '2', '2', '2'], 'what is stored already adds nothing');
    t.strictSame((await client.status({ service: 'again' })).stored_descriptors, ['first', 'second']);
  },
);

t.test('FDS-012 RLD-003 RLD-004 RLD-010 NTF-009 a reload is confirmed, and a stop clears the kept descriptors', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ app: service }) });
  const client = await machine.client();
  t.match(await client.reload({ service: 'app', wait: true }), { state: 'active', mode: 'confirmed' });
  t.equal((await client.status({ service: 'app' })).status_text, 'reloaded');
  t.match(await client.stop({ service: 'app' }), { state: 'inactive' });
  await client.start({ service: 'app' });
  const status = await machine.reaches('app', (now) => said(now).filter((line) => line.startsWith('barrier')).length === 2);
  t.strictSame(
    said(status).filter((line) => line.startsWith('descriptors')),
    ['descriptors 0', 'descriptors 0'],
  );
});

t.test(
  'WD-001 DEF-023 EXEC-038 NTF-014 the watchdog is told to the program, kept quiet by it, and fails it when it falls silent',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { registry: withServices({ app: { ...service, WatchdogTimeout: 1, RestartPolicy: 'Never' } }) });
    const status = await machine.reaches('app', (now) => said(now).includes('watchdog 1 1000000'));
    await machine.reaches('app', ({ uptime_seconds: up }) => Number(up) >= 2);
    await machine.run('kill', '-USR1', String(status.current_job?.pid));
    t.match(await machine.reaches('app', ({ state }) => state === 'failed'), { cause: 'watchdog_timeout' });
  },
);

t.test('DEF-034 FDS-002 what exceeds FdStoreMax is refused and told, what is kept already stays', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ app: { ...service, FdStoreMax: 1 } }) });
  const client = await machine.client();
  t.strictSame((await client.status({ service: 'app' })).stored_descriptors, ['first']);
  for await (const line of client.subscribe({ events: ['fd_store.rejected'], since: 0 })) {
    t.match(line, { event: 'fd_store.rejected', payload: { service: 'app', outcome: 'full', name: 'second' } });
    break;
  }
});
