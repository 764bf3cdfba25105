import { spawnSync } from 'node:child_process';
import { chmodSync, constants, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Result } from '../../../src/kernel/kernel.ts';
import { kernel, makeDirectory, openDescriptors, shim } from './support.ts';

const { errno } = osConstants;
const text = (result: Uint8Array | Result): string => (typeof result === 'number' ? `${result}` : Buffer.from(result).toString());

t.test('every failing file call yields its errno', async (t) => {
  const directory = makeDirectory(t);
  const file = join(directory, 'file');
  const full = join(directory, 'full');
  writeFileSync(file, 'x');
  mkdirSync(full);
  writeFileSync(join(full, 'x'), '');
  const table: readonly (readonly [name: string, result: unknown, expected: number])[] = [
    ['readFile of nothing', kernel.readFile('/nonexistent', 10), errno.ENOENT],
    ['readFile of a directory', kernel.readFile(directory, 10), errno.EISDIR],
    ['readFile below a file', kernel.readFile(join(file, 'x'), 10), errno.ENOTDIR],
    ['readFile of a path that is too long', kernel.readFile(`/${'x'.repeat(5000)}`, 10), errno.ENAMETOOLONG],
    ['readFile of a path with NUL', kernel.readFile(`${file}\0x`, 10), errno.EINVAL],
    ['readFile of less than nothing', kernel.readFile(file, -1), errno.EINVAL],
    ['writeFile that must not create', kernel.writeFile(join(directory, 'new'), 'x', { create: false }), errno.ENOENT],
    ['writeFile that must create', kernel.writeFile(file, 'x', { exclusive: true }), errno.EEXIST],
    ['writeFile to a full device', kernel.writeFile('/dev/full', 'x', { create: false }), errno.ENOSPC],
    ['replaceFile in no directory', kernel.replaceFile('/nonexistent/x', 'x', 0o644), errno.ENOENT],
    ['mkdir twice', kernel.mkdir(full, 0o755), errno.EEXIST],
    ['mkdir below nothing', kernel.mkdir('/nonexistent/x', 0o755), errno.ENOENT],
    ['rmdir of what is not empty', kernel.rmdir(full), errno.ENOTEMPTY],
    ['rmdir of a file', kernel.rmdir(file), errno.ENOTDIR],
    ['unlink of nothing', kernel.unlink('/nonexistent'), errno.ENOENT],
    ['unlink of a directory', kernel.unlink(full), errno.EISDIR],
    ['chmod of nothing', kernel.chmod('/nonexistent', 0o644), errno.ENOENT],
    ['chown of nothing', kernel.chown('/nonexistent', 0, 0), errno.ENOENT],
    ['readDirectory of nothing', kernel.readDirectory('/nonexistent'), errno.ENOENT],
    ['readDirectory of a file', kernel.readDirectory(file), errno.ENOTDIR],
    ['open of nothing', kernel.open('/nonexistent', constants.O_RDONLY), errno.ENOENT],
    ['open of a directory for writing', kernel.open(directory, constants.O_WRONLY), errno.EISDIR],
    ['close of what is not open', kernel.close(9999), errno.EBADF],
    ['read of what is not open', kernel.read(9999, new Uint8Array(1)), errno.EBADF],
    ['readAt of what is not open', kernel.readAt(9999, new Uint8Array(1), 0), errno.EBADF],
    ['write to what is not open', kernel.write(9999, new Uint8Array(1), 0, 1), errno.EBADF],
    ['signal through what is no pidfd', kernel.signal(0, 0), errno.EBADF],
    ['peerCredentials of no socket', kernel.peerCredentials(9999), errno.EBADF],
    ['accept on what is not open', kernel.accept(9999), errno.EBADF],
    ['mount to nothing', kernel.mount('none', '/nonexistent', 'tmpfs', 0, null), errno.ENOENT],
    ['umount of what is no mount', kernel.umount(full, 0), errno.EINVAL],
    ['readRtc of nothing', kernel.readRtc('/nonexistent'), errno.ENOENT],
    ['readRtc of what is no clock', kernel.readRtc('/dev/null'), errno.ENOTTY],
    ['addEntropy of nothing', kernel.addEntropy(new Uint8Array(0), false), errno.EINVAL],
    ['getLimit of an unknown resource', kernel.getLimit(999), errno.EINVAL],
    ['setLimit with soft above hard', kernel.setLimit(4, 2n, 1n), errno.EINVAL],
    ['catchSignals of SIGKILL', kernel.catchSignals([9]), errno.EINVAL],
    ['reserveDescriptors beyond the limit', kernel.reserveDescriptors(2_000_000_000), errno.EINVAL],
  ];
  for (const [name, result, expected] of table) t.equal(result, -expected, name);
});

t.test('a file is read up to the limit given, whatever size it claims to have', async (t) => {
  const path = join(makeDirectory(t), 'f');
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
  writeFileSync(path, content);
  t.same(Buffer.from(kernel.readFile(path, 1_000_000) as Uint8Array), content);
  for (const limit of [0, 1, 4095, 4096, 4097, 16384, 299_999, 300_000])
    t.same(Buffer.from(kernel.readFile(path, limit) as Uint8Array), content.subarray(0, limit), `${limit}`);
  t.match(text(kernel.readFile('/proc/self/mountinfo', 1 << 20)), / - /, 'files of /proc say 0 bytes');
  t.match(text(kernel.readFile('/proc/self/stat', 10)), /^\d+ /);
});

t.test('writeFile truncates, appends, creates with its mode, and takes strings and bytes of any length', async (t) => {
  const path = join(makeDirectory(t), 'f');
  t.equal(kernel.writeFile(path, 'first', { mode: 0o600, sync: true }), 0);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(kernel.writeFile(path, Buffer.from('é')), 0);
  t.equal(kernel.writeFile(path, 'ü', { append: true }), 0);
  t.equal(readFileSync(path, 'utf8'), 'éü');
  const long = `${'ä'.repeat(100_000)}\0end`;
  t.equal(kernel.writeFile(path, long), 0);
  t.equal(readFileSync(path, 'utf8'), long);
  for (const length of [505, 506, 507, 508, 509, 510, 511, 512, 513]) {
    const edge = `${'x'.repeat(length - 1)}é`;
    kernel.writeFile(path, edge);
    t.equal(readFileSync(path, 'utf8'), edge, `${length} characters`);
  }
});

t.test('replaceFile leaves the old content or the new one and no other file', async (t) => {
  const directory = makeDirectory(t);
  const path = join(directory, 'f');
  writeFileSync(path, 'old', { mode: 0o666 });
  t.equal(kernel.replaceFile(path, 'new', 0o444), 0);
  t.equal(readFileSync(path, 'utf8'), 'new');
  t.equal(statSync(path).mode & 0o777, 0o444);
  mkdirSync(join(directory, 'd'));
  t.equal(kernel.replaceFile(join(directory, 'd'), 'x', 0o644), -errno.EISDIR);
  t.same([...(kernel.readDirectory(directory) as readonly string[])].sort(), ['d', 'f'], 'nothing temporary is left');
});

t.test('a pipe in the place of a file is waited for by nobody, and a temporary file that lay there gives way', async (t) => {
  const directory = makeDirectory(t);
  const path = join(directory, 'f');
  const temporary = `${path}.new~`;
  spawnSync('mkfifo', [path, temporary]);
  t.equal(kernel.writeFile(path, 'x'), -errno.ENXIO);
  t.equal(text(kernel.readFile(path, 10)), '');
  t.equal(kernel.replaceFile(path, 'new', 0o600), 0);
  t.equal(readFileSync(path, 'utf8'), 'new');
  symlinkSync('elsewhere', temporary);
  t.equal(kernel.replaceFile(path, 'newer', 0o600), 0);
  const names = (): readonly string[] => [...(kernel.readDirectory(directory) as readonly string[])].sort();
  mkdirSync(temporary);
  t.equal(kernel.replaceFile(path, 'newest', 0o600), 0);
  t.strictSame([readFileSync(path, 'utf8'), names()], ['newest', ['f']], 'an empty directory gives way');
  mkdirSync(join(temporary, 'kept'), { recursive: true });
  t.equal(kernel.replaceFile(path, 'last', 0o600), 0);
  t.strictSame([readFileSync(path, 'utf8'), names()], ['last', ['f', 'f.new~']], 'one that is not empty is passed by');
  mkdirSync(join(directory, 'f.new2~/kept'), { recursive: true });
  t.equal(kernel.replaceFile(path, 'no', 0o600), -errno.EEXIST);
});

t.test('chmod, chown, executable and readDirectory do as they say', async (t) => {
  const directory = makeDirectory(t);
  const path = join(directory, 'f');
  writeFileSync(path, '');
  t.equal(kernel.executable(path), false);
  t.equal(kernel.chmod(path, 0o755), 0);
  t.equal(kernel.executable(path), true);
  t.equal(kernel.executable('/nonexistent'), false);
  t.equal(kernel.chown(path, 61000, 61001), 0);
  t.match(statSync(path), { uid: 61000, gid: 61001 });
  chmodSync(path, 0o600);
  symlinkSync('f', join(directory, 'link'));
  t.same([...(kernel.readDirectory(directory) as readonly string[])].sort(), ['f', 'link']);
  t.equal(kernel.isTerminal(kernel.open('/dev/null', constants.O_RDONLY)), false);
});

t.test('EXEC-032 every descriptor is close-on-exec from creation', async (t) => {
  const directory = makeDirectory(t);
  const pipe = kernel.pipe({ nonblockingRead: true }) as readonly [number, number];
  const path = join(directory, 's');
  const listener = kernel.listenStream(path, 0o600, 5);
  const client = kernel.connectStream(path);
  const made = [
    ...pipe,
    listener,
    client,
    kernel.accept(listener),
    kernel.open(directory, constants.O_RDONLY),
    kernel.bindDatagram(join(directory, 'd'), 0o600, 65536),
  ];
  for (const fd of made) {
    const [, flags = ''] = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^flags:\t(\d+)$/m) ?? [];
    t.ok((Number.parseInt(flags, 8) & 0o2000000) !== 0, `descriptor ${fd}: ${flags}`);
    kernel.close(fd);
  }
});

t.test('LOG-001 the read end of a pipe does not block, the write end does, and the capacity is as asked', async (t) => {
  const [readEnd, writeEnd] = kernel.pipe({ nonblockingRead: true, capacity: 262_144 }) as readonly [number, number];
  t.equal(kernel.read(readEnd, new Uint8Array(1)), -errno.EAGAIN);
  const flags = (fd: number): number =>
    Number.parseInt(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^flags:\t(\d+)$/m)?.[1] ?? '', 8);
  t.equal(flags(writeEnd) & constants.O_NONBLOCK, 0);
  t.ok((flags(readEnd) & constants.O_NONBLOCK) !== 0);
  const chunk = new Uint8Array(262_144);
  t.equal(kernel.write(writeEnd, chunk, 0, chunk.length), chunk.length, 'it takes that much at once');
  kernel.close(readEnd);
  kernel.close(writeEnd);
});

t.test('readAt reads from anywhere and leaves the offset alone', async (t) => {
  const path = join(makeDirectory(t), 'f');
  writeFileSync(path, 'abcdef');
  const fd = kernel.open(path, constants.O_RDONLY);
  const buffer = new Uint8Array(2);
  const read = (offset: number): string => Buffer.from(buffer.subarray(0, kernel.readAt(fd, buffer, offset))).toString();
  t.same([read(4), read(0), read(6)], ['ef', 'ab', '']);
  t.equal(kernel.read(fd, buffer), 2);
  t.equal(Buffer.from(buffer).toString(), 'ab');
  kernel.close(fd);
});

t.test('the clocks are those of the kernel, and what this process may do is told', async (t) => {
  const before = process.hrtime.bigint();
  const monotonic = kernel.monotonicNs();
  t.ok(monotonic >= before && monotonic <= process.hrtime.bigint());
  const wall = Number(kernel.realtimeNs() / 1_000_000n);
  t.ok(Math.abs(wall - Date.now()) < 5000);
  const [, effective = ''] = readFileSync('/proc/self/status', 'utf8').match(/^CapEff:\t(\w+)$/m) ?? [];
  t.equal(kernel.capabilities(), BigInt(`0x${effective}`));
  t.equal(kernel.pidNamespace(), statSync('/proc/self/ns/pid').ino);
  t.equal(kernel.pid(), process.pid);
  const limit = kernel.getLimit(7);
  if (typeof limit === 'number') throw new Error('getrlimit');
  const [, soft, hard] = readFileSync('/proc/self/limits', 'utf8').match(/^Max open files +(\S+) +(\S+)/m) ?? [];
  t.same([String(limit.soft), String(limit.hard)], [soft, hard]);
  t.equal(kernel.setLimit(4, 0n, 0n), 0);
  t.same(kernel.getLimit(4), { soft: 0n, hard: 0n });
});

/** sched_getattr(2) of a thread, by Perl: the slice in nanoseconds (0: this kernel has none), and whether children begin anew. */
function scheduling(pid: number): { readonly slice: number; readonly resets: boolean } {
  const script =
    'my $b = chr(0) x 56; syscall(315, $ARGV[0] + 0, $b, 56, 0) == 0 or die $!; my @v = unpack(q(LLQlLQ), $b); print qq($v[2] $v[5])';
  const asked = spawnSync('perl', ['-e', script, '--', String(pid)], { encoding: 'utf8' });
  const [, flags = '', slice = ''] = /^(\d+) (\d+)$/.exec(asked.stdout) ?? [];
  if (flags === '') throw new Error(`sched_getattr: ${asked.stderr}`);
  return { slice: Number(slice), resets: (Number(flags) & 1) === 1 };
}

t.test('a short slice of the scheduler is for this thread alone, not for what it starts', async (t) => {
  const before = scheduling(process.pid);
  t.equal(kernel.setSlice(100), 0);
  t.same(scheduling(process.pid), { slice: before.slice === 0 ? 0 : 100_000, resets: true });
  t.same(scheduling(0), { slice: before.slice, resets: false }, 'the child that asks about itself');
});

/** Memory of this process that lies in files. */
function fileKilobytes(): number {
  const [, kilobytes = ''] = readFileSync('/proc/self/status', 'utf8').match(/^RssFile:\s+(\d+) kB$/m) ?? [];
  return Number(kilobytes);
}

t.test('code that was run is given up, and comes back when it is run again', async (t) => {
  const before = fileKilobytes();
  t.equal(shim.releaseCode(), 0);
  const after = fileKilobytes();
  t.ok(after < before / 2, `${before} -> ${after} KB`);
  t.equal(JSON.stringify(JSON.parse('{"a":[1,2.5,"x"]}')), '{"a":[1,2.5,"x"]}');
  t.ok(shim.releaseHeap() >= 0);
});

t.test('random bytes come in any number and differ', async (t) => {
  const first = kernel.random(32) as Uint8Array;
  const second = kernel.random(32) as Uint8Array;
  t.equal(first.length, 32);
  t.notSame(first, second);
  t.equal((kernel.random(0) as Uint8Array).length, 0);
  t.equal((kernel.random(1000) as Uint8Array).length, 1000);
});

t.test('the descriptor table grows once, without a descriptor left behind', async (t) => {
  const before = openDescriptors();
  t.equal(kernel.reserveDescriptors(3000), 0);
  const [, size] = readFileSync('/proc/self/status', 'utf8').match(/^FDSize:\t(\d+)$/m) ?? [];
  t.ok(Number(size) >= 3000);
  t.ok(openDescriptors() <= before + 1, 'but the shim keeps /dev/null');
});

t.test('of a file in memory only what nobody can change any more is read, and only as much as is wanted', async (t) => {
  const before = openDescriptors();
  const opened = (fd: Result): number => {
    t.ok(fd >= 0);
    return fd;
  };
  const whole = opened(shim.sealedMemory('token', new TextEncoder().encode('sealed')));
  t.equal(text(kernel.readSealed(whole, 6)), 'sealed');
  t.equal(text(kernel.readSealed(whole, 6)), 'sealed', 'from its beginning each time');
  t.equal(kernel.readSealed(whole, 5), -errno.EFBIG);
  t.equal(kernel.write(whole, new Uint8Array(1), 0, 1), -errno.EPERM);
  const empty = opened(shim.sealedMemory('nothing', new Uint8Array(0)));
  t.equal(text(kernel.readSealed(empty, 6)), '');
  const plain = opened(kernel.open('/proc/self/status', constants.O_RDONLY));
  t.equal(kernel.readSealed(plain, 65536), -errno.EINVAL);
  const shared = join('/dev/shm', `peinit-test-${process.pid}`);
  t.teardown(() => rmSync(shared, { force: true }));
  const open = opened(kernel.open(shared, constants.O_RDWR | constants.O_CREAT));
  t.equal(kernel.readSealed(open, 6), -errno.EPERM, 'in memory, and anybody may write it');
  t.equal(kernel.readSealed(9999, 6), -errno.EBADF);
  for (const fd of [whole, empty, plain, open]) kernel.close(fd);
  t.equal(openDescriptors(), before);
});

t.test('arguments of the wrong kind are refused and harm nothing', async (t) => {
  const loose = shim as unknown as Record<string, (...values: unknown[]) => unknown>;
  t.equal(loose['mkdir']?.(), -errno.ENOENT);
  t.equal(loose['read']?.(0, 'no buffer'), loose['read']?.(0, new Uint8Array(0)));
  t.equal(loose['receiveDatagram']?.(0, new Uint8Array(10), new Int32Array(100)), -errno.EINVAL);
  t.equal(loose['pipe']?.(new Int32Array(1), 0, 0), -errno.EINVAL);
  t.equal(loose['peerCredentials']?.(0, new Int32Array(1)), -errno.EINVAL);
  t.equal(loose['getLimit']?.(7, new BigUint64Array(1)), -errno.EINVAL);
  t.equal(loose['spawn']?.('x', 1, null), -errno.EINVAL);
});
