import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { createUserFiles } from '../../../src/hosted/authd/user-files.ts';
import type { Shim } from '../../../src/linux/shim.ts';
import { until } from '../../support/wait.ts';

const line = (uid: number): string => `anna:x:${uid}:100::/:/bin/sh\n`;

/** Files that have not changed for a while, and were read since. */
async function settled(t: Test) {
  const etc = t.testdir({ passwd: line(1001), group: 'users:x:100:anna\n' });
  const [passwd, group] = [join(etc, 'passwd'), join(etc, 'group')];
  await until('the files are old', () => Date.now() - Math.max(statSync(passwd).ctimeMs, statSync(group).ctimeMs) > 200);
  const files = createUserFiles({} as Shim, etc);
  const first = files.read();
  return { etc, passwd, group, files, first };
}

t.test('O-80: files of users that have not changed are the same users', async (t) => {
  const { files, first } = await settled(t);
  t.equal(files.read(), first);
  t.strictSame(first.userNamed('anna')?.uid, 1001);
  t.strictSame(
    first.groupsOf('anna').map(({ name }) => name),
    ['users'],
  );
});

t.test('O-80: a change of the same length is seen at the next look, written in place or put in place', async (t) => {
  const { etc, passwd, files } = await settled(t);
  for (let uid = 1002; uid < 1050; uid++) {
    writeFileSync(passwd, line(uid));
    t.strictSame(files.read().userNamed('anna')?.uid, uid, 'in place');
    writeFileSync(join(etc, 'passwd-'), line(uid + 1000));
    renameSync(join(etc, 'passwd-'), passwd);
    t.strictSame(files.read().userNamed('anna')?.uid, uid + 1000, 'renamed');
  }
});

t.test('O-80: a file that goes away has nobody, and one that comes back has', async (t) => {
  const { group, files } = await settled(t);
  rmSync(group);
  t.strictSame(files.read().groupNamed('users'), null);
  writeFileSync(group, 'staff:x:50:\n');
  t.strictSame(files.read().groupNamed('staff')?.gid, 50);
});
