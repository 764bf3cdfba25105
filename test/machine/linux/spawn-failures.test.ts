import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, writeFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseErrorRecord } from '../../../src/kernel/error-record.ts';
import type { SpawnRequest } from '../../../src/kernel/kernel.ts';
import type { TestCgroup } from './support.ts';
import { both, failed, kernel, makeCgroup, makeDirectory, mustSpawn, openDescriptors, reaped, run, shell, shim } from './support.ts';

const { errno } = osConstants;
const leaseHolder = `
import fcntl, os, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
fcntl.fcntl(os.open(sys.argv[1], os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_WRLCK)
print('held', flush=True)
sys.stdin.read()
`;
const projection = { uid: 65534, gid: 65533, groups: [], capabilities: 0n, noNewPrivileges: true };

// The shim's own descriptors are there before any are counted.
t.before(() => run(shell('true', { path: '', fd: -1 })));

/** Every step of the child that can be made to fail, with what it says. */
const failures: readonly {
  step: number;
  errno: number;
  name: string;
  request: (cgroup: TestCgroup, scratch: string) => Partial<SpawnRequest>;
}[] = [
  { name: 'stdio', step: 2, errno: errno.EBADF, request: () => ({ stdout: 900, stored: [] }) },
  { name: 'limits', step: 5, errno: errno.EINVAL, request: () => ({ limits: [{ resource: 7, soft: 10n, hard: 5n }] }) },
  { name: 'oom_score_adj out of range', step: 6, errno: errno.EINVAL, request: () => ({ oomScoreAdj: 2000 }) },
  { name: 'working directory', step: 7, errno: errno.ENOENT, request: () => ({ workingDirectory: '/nonexistent' }) },
  { name: 'working directory that is a file', step: 7, errno: errno.ENOTDIR, request: () => ({ workingDirectory: '/etc/passwd' }) },
  {
    name: 'working directory closed to the identity',
    step: 7,
    errno: errno.EACCES,
    request: (_, scratch) => ({ workingDirectory: scratch, projection }),
  },
  { name: 'stored descriptor', step: 10, errno: errno.EBADF, request: () => ({ stored: [900] }) },
  { name: 'program', step: 11, errno: errno.ENOENT, request: () => ({ path: '/nonexistent' }) },
  { name: 'program that is a directory', step: 11, errno: errno.EACCES, request: () => ({ path: '/etc' }) },
  { name: 'program that is no program', step: 11, errno: errno.ENOEXEC, request: (_, scratch) => ({ path: join(scratch, 'data') }) },
  { name: 'too many arguments', step: 11, errno: errno.E2BIG, request: () => ({ argv: ['sh', 'x'.repeat(200_000)] }) },
];

for (const failure of failures) {
  both(`EXEC-016 EXEC-026 failing step ${failure.step} (${failure.name}) is reported with its errno`, async (t, remote) => {
    const cgroup = makeCgroup(t);
    const scratch = makeDirectory(t);
    writeFileSync(join(scratch, 'data'), '\u0001\u0002\u0003', { mode: 0o755 });
    kernel.chmod(scratch, 0o700);
    const before = openDescriptors();
    const request = shell('true', cgroup, { remote, ...failure.request(cgroup, scratch) });
    if (!remote) {
      // Standard streams are laid out before the child is there, so the parent itself finds out.
      const where = failure.step === 2 ? { step: null, call: 'dup3' } : { step: failure.step, call: 'child' };
      t.same(failed(kernel.spawn(request)), { errno: failure.errno, ...where });
      t.same(kernel.reap(), [], 'it is reaped already');
    } else {
      const spawned = mustSpawn(request);
      const status = await reaped(spawned.pid);
      const record = new Uint8Array(64);
      const count = kernel.read(spawned.errorPipe, record);
      t.same(parseErrorRecord(record.subarray(0, count)), { kind: 'failed', step: failure.step, errno: failure.errno });
      t.equal(kernel.read(spawned.errorPipe, record), 0, 'one record, then end of file');
      t.equal(status.exitCode, failure.step === 11 ? 127 : 126);
      kernel.close(spawned.errorPipe);
      kernel.close(spawned.pidfd);
    }
    t.equal(openDescriptors(), before, 'no descriptor is left');
  });
}

t.test(
  'EXEC-017 O-07 a program that is local and does not come keeps nobody waiting: it is told as late, and is made remotely',
  async (t) => {
    const cgroup = makeCgroup(t);
    const path = join(makeDirectory(t), 'leased');
    writeFileSync(path, '#!/bin/sh\nexit 7\n', { mode: 0o755 });
    // Who has a lease on a file is asked first, and opening it takes as long as that one likes, up to 45 s.
    const holder = spawn('python3', ['-c', leaseHolder, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    // The kernel seam collects every child, so that Node never hears of its end.
    t.teardown(() => {
      holder.kill('SIGKILL');
      holder.stdout.destroy();
      holder.unref();
    });
    await once(holder.stdout, 'data');
    const before = openDescriptors();
    const begun = process.hrtime.bigint();
    t.same(failed(kernel.spawn(shell('', cgroup, { path, argv: [path] }))), { errno: errno.ETIME, step: null, call: 'exec' });
    t.ok(process.hrtime.bigint() - begun < 5_000_000_000n, 'it stands still for a moment only');
    t.equal(openDescriptors(), before, 'no descriptor is left');
    const { pid, pidfd, errorPipe } = mustSpawn(shell('', cgroup, { path, argv: [path], remote: true }));
    holder.kill('SIGKILL');
    t.equal((await reaped(pid)).exitCode, 7);
    for (const fd of [pidfd, errorPipe]) kernel.close(fd);
  },
);

t.test('EXEC-017 clone3 itself failing is told apart from the child failing', async (t) => {
  const cgroup = makeCgroup(t);
  const plain = kernel.open('/etc/passwd', constants.O_RDONLY);
  t.same(kernel.spawn(shell('true', cgroup, { cgroup: plain })), { errno: errno.EBADF, step: null, call: 'clone3' });
  kernel.close(plain);
  const removed = `${cgroup.path}/gone`;
  kernel.mkdir(removed, 0o755);
  const fd = kernel.open(removed, constants.O_RDONLY | constants.O_DIRECTORY);
  kernel.rmdir(removed);
  t.same(kernel.spawn(shell('true', cgroup, { cgroup: fd })), { errno: errno.ENOENT, step: null, call: 'clone3' });
  kernel.close(fd);
});

t.test('EXEC-015 EXEC-017 running out of descriptors is an outcome with EMFILE, and leaves none behind', async (t) => {
  const cgroup = makeCgroup(t);
  const limit = kernel.getLimit(7);
  if (typeof limit === 'number') throw new Error('getrlimit');
  // The shim's own descriptors are there before the table is full.
  await run(shell('true', cgroup));
  const held: number[] = [];
  try {
    kernel.setLimit(7, 120n, limit.hard);
    for (;;) {
      const fd = kernel.open('/dev/null', constants.O_RDONLY);
      if (fd < 0) break;
      held.push(fd);
    }
    t.same(kernel.spawn(shell('true', cgroup)), { errno: errno.EMFILE, step: null, call: 'clone3' });
    t.same(kernel.spawn(shell('true', cgroup, { remote: true })), { errno: errno.EMFILE, step: null, call: 'pipe2' });
    // One free descriptor is not enough for both ends.
    kernel.close(held.pop() as number);
    t.same(kernel.spawn(shell('true', cgroup, { remote: true })), { errno: errno.EMFILE, step: null, call: 'pipe2' });
    t.equal(kernel.open('/dev/null', constants.O_RDONLY) >= 0, true, 'the free one is still free');
  } finally {
    kernel.setLimit(7, limit.soft, limit.hard);
    for (const fd of held) kernel.close(fd);
  }
});

t.test('a request that does not hold together is refused without a child', async (t) => {
  const cgroup = makeCgroup(t);
  for (const overrides of [{ argv: ['a\0b'] }, { environment: ['A=\0'] }, { path: '/bin/sh\0' }, { workingDirectory: '\0/' }]) {
    t.same(kernel.spawn(shell('true', cgroup, overrides)), { errno: errno.EINVAL, step: null, call: 'spawn' });
  }
  t.equal(shim.spawn(new Int32Array(3), '', new BigUint64Array(1)), -errno.EINVAL);
  const numbers = new Int32Array(64);
  numbers[11] = 1000;
  t.equal(shim.spawn(numbers, '', new BigUint64Array(1)), -errno.EINVAL, 'more stored descriptors than the array has');
});
