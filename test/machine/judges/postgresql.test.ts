import t from 'tap';
import { said, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';
import { bootExample, privilegesOf, timedStop, without } from './programs.ts';

const programs = { '/usr/lib/postgresql/15/bin/postgres': '/usr/lib/postgresql/*/bin/postgres' };
const psql = '/usr/lib/postgresql/*/bin/psql';
const skip = without(...Object.values(programs), psql);
t.setTimeout(300_000);

/** A service of the account that has a job query the server, and ends as the job does. */
const asks = (query: string): Record<string, unknown> => ({
  ImagePath: '/bin/sh',
  Arguments: ['-c', `exec peiosctl run -- ${psql} -h /run/postgresql -At -c "${query}" postgres`],
  Type: 'Oneshot',
  RestartPolicy: 'Never',
  Identity: 'database',
});

t.test(
  'O-21 ID-002 JFS-004 PostgreSQL runs under an account of its own, with a client connected is stopped in order, and recovers nothing',
  { skip },
  async (t) => {
    const registry = withServices({
      counts: asks('CREATE TABLE kept (id int); INSERT INTO kept VALUES (42); SELECT current_user, count(*) FROM kept'),
      fails: asks('SELECT nothing FROM nowhere'),
      sleeps: asks('SELECT pg_sleep(1000)'),
      finds: asks('SELECT id FROM kept'),
    });
    const machine = await bootExample(t, { file: 'postgresql.yaml', versioned: programs }, { registry });
    const service = await machine.client();
    const up = await machine.reaches('postgresql', ({ state }) => state === 'active');
    const uid = (await machine.run('id', '-u', 'database')).stdout.trim();
    t.match(up, { uid: Number(uid) });
    t.ok(Number(uid) >= 40_000);
    const all = (await machine.run('pgrep', '-u', 'database')).stdout.trim().split('\n');
    t.ok(all.includes(String(up.current_job?.pid)) && all.length > 3, 'its processes are those of the account');
    for (const pid of all)
      t.strictSame(
        await privilegesOf(machine, pid),
        { uids: Array(4).fill(uid).join('\t'), capabilities: '0'.repeat(16), noNewPrivileges: '1' },
        `process ${pid} has nothing of root`,
      );
    for (const path of ['/var/lib/postgresql/peinit', '/run/postgresql'])
      t.equal((await machine.run('stat', '-c', '%U', path)).stdout, 'database\n', path);

    await service.start({ service: 'counts' });
    t.strictSame(said(await service.status({ service: 'counts' })), ['CREATE TABLE', 'INSERT 0 1', 'database|1']);
    t.match(await service.start({ service: 'fails' }), { state: 'failed' });
    const failed = await service.status({ service: 'fails' });
    t.match(failed, { detail: /exited with code 1/ });
    t.match(said(failed).join('\n'), /relation "nowhere" does not exist/);

    await service.start({ service: 'sleeps', wait: false });
    const busy = ['pgrep', '-f', 'postgres: database postgres .* SELECT'];
    await until('the client is connected', async () => (await machine.run(...busy)).status === 0);
    t.ok((await timedStop(machine, 'postgresql')) < 30, 'long before its StopTimeout');
    t.match(await machine.reaches('sleeps', ({ state }) => state === 'failed'), { detail: /exited with code 2/ }, 'its session was ended');
    t.match(said(await service.status({ service: 'postgresql' })).at(-1), /database system is shut down/);
    await service.start({ service: 'postgresql' });
    await service.start({ service: 'finds' });
    t.strictSame(said(await service.status({ service: 'finds' })), ['42']);
    const again = said(await service.status({ service: 'postgresql' })).join('\n');
    t.match(again, /database system was shut down at/);
    t.notMatch(again, /recovery|interrupted/);
  },
);
