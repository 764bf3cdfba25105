import t from 'tap';
import { createLocalPaths } from '../../../src/exec/local-paths.ts';
import type { Files } from '../../../src/linux/kernel.ts';

const mountinfo = `21 1 0:1 / / rw,relatime shared:1 - overlay overlay rw
22 21 0:2 / /srv rw - nfs4 server:/srv rw
23 22 0:3 / /srv/local rw - ext4 /dev/sda1 rw
24 21 0:4 / /mnt/with\\040blank rw - fuse.sshfs host: rw
25 21 0:5 / /over rw - nfs server:/o rw
26 25 0:6 / /over rw - tmpfs tmpfs rw
`;

function judge(path: string): boolean {
  const files = { readFile: (): Uint8Array => new TextEncoder().encode(mountinfo) } as unknown as Files;
  return createLocalPaths(files).isLocal(path);
}

t.test('EXEC-017 the longest matching mount point decides whether a path is local', async (t) => {
  t.equal(judge('/usr/bin/true'), true);
  t.equal(judge('/srv/app'), false);
  t.equal(judge('/srv'), false);
  t.equal(judge('/srvx/app'), true, 'a longer name is not below the mount point');
  t.equal(judge('/srv/local/app'), true);
  t.equal(judge('/mnt/with blank/x'), false);
  t.equal(judge('/over/x'), true, 'a later mount on the same point hides the earlier one');
});

t.test('EXEC-017 without a mount table nothing counts as local', async (t) => {
  const files = { readFile: (): number => -2 } as unknown as Files;
  t.equal(createLocalPaths(files).isLocal('/usr/bin/true'), false);
});
