/** What /proc tells of processes, and the marks that they are born with. */
import { openSync, readFileSync, statSync } from 'node:fs';
import t from 'tap';
import { plainProcess } from '../../../src/exec/plain-process.ts';
import { errno } from '../../../src/kernel/errno.ts';
import type { SpawnRequest } from '../../../src/kernel/kernel.ts';
import { openRealRoom } from '../../support/real-room.ts';
import { until } from '../../support/wait.ts';

const skip = process.getuid?.() === 0 ? false : 'needs root';
const sigkill = 9;

t.test('O-66 a scan has each process that lives, with parent, session, start and namespace, and none that ended', { skip }, async (t) => {
  const { kernel } = openRealRoom(t);
  const own = statSync('/proc/self/ns/uts').ino;
  const rowOf = (pid: number, namespace: 'uts' | null = null) => {
    const rows = kernel.scanProcesses(namespace);
    return typeof rows === 'number' ? rows : rows.find((row) => row.pid === pid);
  };
  const bear = (more: Partial<SpawnRequest> = {}) => {
    const spawned = kernel.spawn(plainProcess('/bin/sleep', ['100'], more));
    if ('errno' in spawned) throw new Error(`${spawned.call}: ${spawned.errno}`);
    t.teardown(() => {
      kernel.signal(spawned.pidfd, sigkill);
      kernel.close(spawned.pidfd);
    });
    return spawned;
  };
  const plain = bear();
  const start = Number(readFileSync(`/proc/${plain.pid}/stat`, 'utf8').split(' ')[21]);
  t.strictSame(rowOf(plain.pid), { pid: plain.pid, parent: process.pid, session: plain.pid, start, namespace: 0 });
  t.match(rowOf(plain.pid, 'uts'), { namespace: own });

  const marked = bear({ namespace: 'uts', tag: 0x50000007 });
  const inode = statSync(`/proc/${marked.pid}/ns/uts`).ino;
  t.not(inode, own);
  t.match(rowOf(marked.pid, 'uts'), { namespace: inode });
  t.equal(kernel.inodeOf(openSync(`/proc/${marked.pid}/ns/uts`, 'r')), inode);
  t.equal(kernel.inodeOf(9999), -errno.EBADF);
  t.match(readFileSync(`/proc/${marked.pid}/status`, 'utf8'), new RegExp(`^Groups:\\t(?:\\d+ )*${0x50000007} $`, 'm'));

  kernel.signal(plain.pidfd, sigkill);
  // Nobody collects it: it is there, and does not live.
  await until('it has ended', () => readFileSync(`/proc/${plain.pid}/stat`, 'utf8').includes(') Z '));
  t.equal(rowOf(plain.pid), undefined);
  t.ok(kernel.reap().some(({ pid }) => pid === plain.pid));
});
