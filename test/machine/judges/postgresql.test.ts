import t from 'tap';
import { until } from '../../support/wait.ts';
import { bootExample, timedStop, without } from './programs.ts';

const programs = { '/usr/lib/postgresql/15/bin/postgres': '/usr/lib/postgresql/*/bin/postgres' };
const psql = '/usr/lib/postgresql/*/bin/psql';
const skip = without(...Object.values(programs), psql, '/usr/bin/setpriv');
t.setTimeout(300_000);

t.test('O-21 PostgreSQL with a client connected is stopped in order, and has nothing to recover at the next start', { skip }, async (t) => {
  const machine = await bootExample(t, { file: 'postgresql.yaml', versioned: programs, accounts: ['postgres'] });
  const asPostgres = ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', 'sh', '-c', `exec ${psql} "$@"`, 'psql'];
  const ask = async (query: string): Promise<string> =>
    (await machine.run(...asPostgres, '-h', '/run/postgresql', '-Atc', query, 'postgres')).stdout;
  await machine.reaches('postgresql', ({ state }) => state === 'active');
  t.equal(await ask('CREATE TABLE kept (id int); INSERT INTO kept VALUES (42)'), 'CREATE TABLE\nINSERT 0 1\n');
  const client = ask('SELECT pg_sleep(1000)');
  await until('the client is connected', async () => (await ask("SELECT 1 FROM pg_stat_activity WHERE query ~ 'pg_sleep.1000'")) !== '');
  t.ok((await timedStop(machine, 'postgresql')) < 30, 'long before its StopTimeout');
  t.equal(await client, '', 'its session was ended');
  const service = await machine.client();
  const said = async (): Promise<readonly string[]> => (await service.status({ service: 'postgresql' })).output.map(({ text }) => text);
  t.match((await said()).at(-1), /database system is shut down/);
  await service.start({ service: 'postgresql' });
  t.equal(await ask('SELECT id FROM kept'), '42\n');
  const again = (await said()).join('\n');
  t.match(again, /database system was shut down at/);
  t.notMatch(again, /recovery|interrupted/);
});
