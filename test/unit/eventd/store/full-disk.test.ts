import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { storeDirectory } from './fixture.ts';

const skip = process.getuid?.() === 0 ? false : 'only root may mount';

t.test('LOG-015 on a full disk nothing is acknowledged, it heals by itself, and a small disk is not filled', { skip }, async (t) => {
  const directory = storeDirectory(t);
  const script = join(import.meta.dirname, 'full-disk.ts');
  const { stdout, stderr, status } = spawnSync(
    'unshare',
    ['--mount', '--propagation', 'private', process.execPath, '--disable-warning=ExperimentalWarning', script, directory],
    { encoding: 'utf8' },
  );
  t.equal(status, 0, stderr);
  t.strictSame(JSON.parse(stdout), {
    inPeace: 0,
    whenFull: true,
    recycled: 0,
    isWhole: true,
    acked: 54_000,
    written: 54_000,
    oldest: true,
    isFull: false,
    failures: [`the store ${join(directory, 'events.db')} cannot be used: its disk is full (N KB are free)`],
  });
});
