import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cannotRun, temporaryDirectory } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';
import { bootExample } from './programs.ts';

t.setTimeout(120_000);

t.test('O-22 a migration that a shutdown cuts short is asked to end, and rolls back', { skip: cannotRun }, async (t) => {
  const keep = join(temporaryDirectory(t), 'keep');
  const machine = await bootExample(t, { file: 'migration.yaml', files: 'migration', settled: false }, { keep });
  await until('it is at it', async () => (await machine.run('test', '-e', '/run/migration/begun')).status === 0);
  t.match(await (await machine.client()).status({ service: 'migration' }), { state: 'starting' });
  process.kill(machine.pid, 'SIGTERM');
  t.equal((await machine.running.ended).status, 0);
  t.strictSame(
    globSync(join(keep, '**/application/outcome')).map((path) => readFileSync(path, 'utf8')),
    ['rolled back\n'],
  );
  t.notMatch(machine.console(), /SIGKILL/);
});
