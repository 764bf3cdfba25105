/** Closes that take as long as a stranger likes: a TCP connection with SO_LINGER whose peer reads nothing. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Spawned } from '../../../src/kernel/kernel.ts';
import { python, sendLingering } from '../../support/lingering.ts';
import { until } from '../../support/wait.ts';
import type { TestCgroup } from './support.ts';
import { kernel, makeCgroup, makeDirectory, mustSpawn, openDescriptors, reaped, shell } from './support.ts';

const { errno } = osConstants;

const threads = (name: string): readonly string[] =>
  readdirSync('/proc/self/task').filter((id) => {
    try {
      return readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim() === name;
    } catch {
      return false; // It has ended meanwhile.
    }
  });
const ofThread = (id: string, field: string): string =>
  new RegExp(`^${field}:\\s*(\\S+)$`, 'm').exec(readFileSync(`/proc/self/task/${id}/status`, 'utf8'))?.[1] ?? '';

/** Sockets that this process holds. */
const lingering = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;

/** Runs it until it has sent all and sleeps: from then on nobody else has the descriptors. */
async function sent(script: string, cgroup: TestCgroup): Promise<Spawned> {
  const spawned = mustSpawn(shell('', cgroup, { path: python ?? '', argv: ['python3', '-c', script] }));
  const sleeping = '230 '; // clock_nanosleep
  await until('it sleeps', () => readFileSync(`/proc/${spawned.pid}/syscall`, 'utf8').startsWith(sleeping));
  return spawned;
}

t.test('what is handed aside is closed by a thread that takes no signal, and one thread stays', async (t) => {
  const before = openDescriptors();
  for (let n = 0; n < 500; n++) {
    const ends = kernel.pipe({ nonblockingRead: true });
    if (typeof ends === 'number') throw new Error(`pipe: ${ends}`);
    ends.forEach(kernel.closeAside);
  }
  await until('all are closed', () => openDescriptors() === before && kernel.waitingCloses() === 0);
  await until('one thread is left', () => threads('closer').length === 1);
  const [id = ''] = threads('closer');
  // All but SIGKILL, SIGSTOP, and the two that libc keeps for itself.
  t.equal(ofThread(id, 'SigBlk'), 'fffffffe7ffbfeff');
  t.equal(kernel.closeAside(-1), -errno.EBADF);
});

t.test('descriptors whose close takes seconds hold up nobody, and are gone in the end', { skip: python === null }, async (t) => {
  const path = join(makeDirectory(t), 'n');
  const fd = kernel.bindDatagram(path, 0o666, 1 << 20);
  t.teardown(() => kernel.close(fd));
  const before = lingering();
  const script = sendLingering({ path, datagrams: 4, before: 0, descriptors: 5, seconds: 3, hold: 1 });
  const { pid, pidfd } = await sent(script, makeCgroup(t));
  let worstMs = 0;
  let received = 0;
  await until('all datagrams have come', () => {
    const start = performance.now();
    const got = kernel.receiveDatagram(fd);
    if (typeof got !== 'number') {
      received += got.descriptors.length;
      got.descriptors.forEach(kernel.closeAside);
    }
    worstMs = Math.max(worstMs, performance.now() - start);
    return received === 20;
  });
  t.ok(worstMs < 500, `at most ${worstMs.toFixed(1)} ms`);
  await until('each is waited for by a thread', () => threads('closer').length >= 20);
  await until('all are closed', () => lingering() <= before && kernel.waitingCloses() === 0);
  await reaped(pid);
  kernel.close(pidfd);
  await until('one thread is left', () => threads('closer').length === 1);
});

t.test('descriptors of a datagram that is refused are closed aside too', { skip: python === null }, async (t) => {
  const path = join(makeDirectory(t), 'n');
  const fd = kernel.bindDatagram(path, 0o666, 1 << 20);
  t.teardown(() => kernel.close(fd));
  // 70 are more than a message may bring.
  const script = sendLingering({ path, datagrams: 1, before: 0, descriptors: 70, seconds: 3, hold: 1 });
  const { pid, pidfd } = await sent(script, makeCgroup(t));
  let tookMs = 0;
  await until('the datagram has come', () => {
    const start = performance.now();
    const got = kernel.receiveDatagram(fd);
    tookMs = performance.now() - start;
    return typeof got !== 'number' && got.truncated;
  });
  t.ok(tookMs < 500, `${tookMs.toFixed(1)} ms`);
  await until('there are as many threads as there may be', () => threads('closer').length >= 64);
  t.equal(threads('closer').length, 64);
  t.ok(kernel.waitingCloses() > 0, 'the others wait');
  await until('all are taken', () => kernel.waitingCloses() === 0);
  await reaped(pid);
  kernel.close(pidfd);
});

t.test('a socket can be told to take no descriptors, and to take them again', async (t) => {
  const path = join(makeDirectory(t), 'n');
  const fd = kernel.bindDatagram(path, 0o666, 1 << 20);
  t.teardown(() => kernel.close(fd));
  const off = kernel.passDescriptors(fd, false);
  if (off === -errno.ENOPROTOOPT) return;
  const text = new TextEncoder().encode('A=1');
  t.equal(off, 0);
  t.equal(kernel.sendDatagram(path, text, [fd]), -errno.EPERM);
  t.equal(kernel.sendDatagram(path, text), 3);
  t.equal(kernel.passDescriptors(fd, true), 0);
  const null_ = kernel.open('/dev/null', 0);
  t.equal(kernel.sendDatagram(path, text, [null_]), 3);
  kernel.close(null_);
});
