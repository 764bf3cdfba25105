import t from 'tap';
import { createLocalPaths } from '../../../src/exec/local-paths.ts';

const mountinfo = `21 1 0:1 / / rw,relatime shared:1 - overlay overlay rw
22 21 0:2 / /srv rw - nfs4 server:/srv rw
23 22 0:3 / /srv/local rw - ext4 /dev/sda1 rw
24 21 0:4 / /mnt/with\\040blank rw - fuse.sshfs host: rw
25 21 0:5 / /over rw - nfs server:/o rw
26 25 0:6 / /over rw - tmpfs tmpfs rw
`;

/** A mount table that the test writes; `tells`: the kernel says whether it changed. */
function table(content: string | null, tells = true) {
  const state = { content, reads: 0, changed: false };
  const paths = createLocalPaths({
    readFile() {
      state.reads++;
      return state.content === null ? -2 : new TextEncoder().encode(state.content);
    },
    open: () => (tells ? 5 : -2),
    changed() {
      const changed = state.changed;
      state.changed = false;
      return changed ? 1 : 0;
    },
  });
  return { state, paths };
}

const judge = (path: string): boolean => table(mountinfo).paths.isLocal(path);

t.test('EXEC-017 the longest matching mount point decides whether a path is local', async (t) => {
  t.equal(judge('/usr/bin/true'), true);
  t.equal(judge('/srv/app'), false);
  t.equal(judge('/srv'), false);
  t.equal(judge('/srvx/app'), true, 'a longer name is not below the mount point');
  t.equal(judge('/srv/local/app'), true);
  t.equal(judge('/mnt/with blank/x'), false);
  t.equal(judge('/over/x'), true, 'a later mount on the same point hides the earlier one');
});

/** Typed by hand. */
const localTypes = 'ext2 ext3 ext4 xfs btrfs tmpfs ramfs overlay squashfs erofs f2fs iso9660 zfs'.split(' ');
const otherTypes =
  'nfs nfs4 cifs smb3 fuse fuse.sshfs fuseblk 9p virtiofs ceph autofs ext ext5 proc sysfs cgroup2 vfat ocfs2 afs glusterfs zfss'.split(' ');

t.test('EXEC-017 thirteen types of filesystems are local, and no other', async (t) => {
  const isLocal = (type: string): boolean => table(`21 1 0:1 / / rw - ${type} x rw\n`).paths.isLocal('/bin/true');
  t.equal(localTypes.length, 13);
  t.strictSame([...localTypes, ...otherTypes].filter(isLocal), localTypes);
});

t.test('EXEC-017 without a mount table nothing counts as local', async (t) => {
  t.equal(table(null).paths.isLocal('/usr/bin/true'), false);
});

t.test('EXEC-017 the table is read once, and again when the kernel says that it changed', async (t) => {
  const { state, paths } = table(mountinfo);
  for (const path of ['/data/x', '/data/y', '/data/x']) t.equal(paths.isLocal(path), true);
  t.equal(state.reads, 1);
  state.content += '27 21 0:7 / /data rw - nfs server:/d rw\n';
  state.changed = true;
  t.equal(paths.isLocal('/data/x'), false);
  t.equal(state.reads, 2);
});

t.test('EXEC-017 a kernel that tells of no changes has its table read for every judgement', async (t) => {
  const { state, paths } = table(mountinfo, false);
  t.equal(paths.isLocal('/data/x'), true);
  state.content += '27 21 0:7 / /data rw - nfs server:/d rw\n';
  t.equal(paths.isLocal('/data/x'), false);
});
