import { execFileSync } from 'node:child_process';
import { constants, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Datagram } from '../../../src/kernel/kernel.ts';
import { only } from '../../support/lists.ts';
import { until } from '../../support/wait.ts';
import { kernel, makeCgroup, makeDirectory, openDescriptors, run, shell } from './support.ts';

const { errno } = osConstants;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

/** A connected pair of stream sockets: [the server's end, the client's]. */
function connectedPair(path: string): readonly [number, number, () => void] {
  const listener = kernel.listenStream(path, 0o600, 8);
  const client = kernel.connectStream(path);
  const server = kernel.accept(listener);
  if (listener < 0 || client < 0 || server < 0) throw new Error(`sockets: ${listener} ${client} ${server}`);
  return [server, client, () => [listener, client, server].forEach(kernel.close)];
}

t.test('a stream socket gets its mode whatever the umask, replaces a stale one and nothing else', async (t) => {
  const path = join(makeDirectory(t), 's');
  const first = kernel.listenStream(path, 0o666, 8);
  t.equal(statSync(path).mode & 0o777, 0o666);
  kernel.close(first);
  const second = kernel.listenStream(path, 0o600, 8);
  t.ok(second >= 0, 'the stale file was replaced');
  t.equal(statSync(path).mode & 0o777, 0o600);
  kernel.close(second);
  const file = `${path}.txt`;
  writeFileSync(file, 'precious');
  t.equal(kernel.listenStream(file, 0o600, 8), -errno.EEXIST);
  t.equal(kernel.listenStream(join(path, 'x'), 0o600, 8), -errno.ENOTDIR);
  t.equal(kernel.listenStream(`/tmp/${'x'.repeat(200)}`, 0o600, 8), -errno.ENAMETOOLONG);
});

t.test('accept, read and write do not block, and say EAGAIN, EPIPE or end of file', async (t) => {
  const path = join(makeDirectory(t), 's');
  const listener = kernel.listenStream(path, 0o600, 1);
  t.equal(kernel.accept(listener), -errno.EAGAIN);
  const client = kernel.connectStream(path);
  t.equal(kernel.socketError(client), 0);
  const server = kernel.accept(listener);
  t.equal(kernel.read(server, new Uint8Array(10)), -errno.EAGAIN);
  t.equal(kernel.write(client, bytes('xhellox'), 1, 5), 5);
  const buffer = new Uint8Array(10);
  t.equal(kernel.read(server, buffer), 5);
  t.equal(text(buffer.subarray(0, 5)), 'hello');
  t.equal(kernel.write(client, bytes('abc'), 2, 5), -errno.EINVAL, 'past the end of the data');
  kernel.close(client);
  t.equal(kernel.read(server, buffer), 0);
  t.equal(kernel.write(server, bytes('x'), 0, 1), -errno.EPIPE, 'and no SIGPIPE');
  kernel.close(server);
  kernel.close(listener);
  t.equal(kernel.connectStream(path), -errno.ECONNREFUSED);
  t.equal(kernel.connectStream(`${path}.none`), -errno.ENOENT);
});

t.test('what lies at a path and does not listen is refused at once, and a link leads on', async (t) => {
  const directory = makeDirectory(t);
  const at = (name: string): string => join(directory, name);
  execFileSync('mkfifo', [at('fifo')]);
  writeFileSync(at('file'), 'x');
  mkdirSync(at('directory'));
  symlinkSync(at('loop'), at('loop'));
  symlinkSync(at('nothing'), at('dangling'));
  symlinkSync(at('listens'), at('link'));
  const listener = kernel.listenStream(at('listens'), 0o600, 1);
  const { ECONNREFUSED, ELOOP, ENOENT, ENOTDIR } = errno;
  t.strictSame(
    ['fifo', 'file', 'directory', 'loop', 'dangling', 'file/s'].map((name) => kernel.connectStream(at(name))),
    [ECONNREFUSED, ECONNREFUSED, ECONNREFUSED, ELOOP, ENOENT, ENOTDIR].map((number) => -number),
  );
  t.ok(kernel.connectStream(at('long'.repeat(30))) < 0);
  const client = kernel.connectStream(at('link'));
  t.match(kernel.peerCredentials(client), { pid: process.pid, uid: process.getuid?.() });
  kernel.close(client);
  kernel.close(listener);
});

t.test('after shutdownWrite the peer reads to the end and can still send', async (t) => {
  const [server, client, close] = connectedPair(join(makeDirectory(t), 's'));
  kernel.write(server, bytes('bye'), 0, 3);
  t.equal(kernel.shutdownWrite(server), 0);
  const buffer = new Uint8Array(10);
  t.equal(kernel.read(client, buffer), 3);
  t.equal(kernel.read(client, buffer), 0);
  t.equal(kernel.write(client, bytes('more'), 0, 4), 4);
  t.equal(kernel.read(server, buffer), 4);
  close();
});

t.test('a full queue of a listener is EAGAIN for the next connection', async (t) => {
  const path = join(makeDirectory(t), 's');
  const listener = kernel.listenStream(path, 0o600, 1);
  const clients: number[] = [];
  let result = 0;
  while (result >= 0 && clients.length < 10) {
    result = kernel.connectStream(path);
    if (result >= 0) clients.push(result);
  }
  t.equal(result, -errno.EAGAIN);
  for (const fd of [...clients, listener]) kernel.close(fd);
});

t.test('the kernel tells pid, uid, gid and groups of the peer as they were when it connected', async (t) => {
  const directory = makeDirectory(t);
  const path = join(directory, 's');
  const listener = kernel.listenStream(path, 0o666, 8);
  const groups = [70003, 1342177282];
  const projection = { uid: 61000, gid: 61001, groups, capabilities: 0n, noNewPrivileges: true };
  const connect = `require('net').connect('${path}', function () { console.log(process.pid); this.destroy(); })`;
  const { output } = await run(shell('', makeCgroup(t), { path: process.execPath, argv: ['node', '-e', connect], projection }));
  const server = kernel.accept(listener);
  t.same(kernel.peerCredentials(server), { pid: Number(output), uid: 61000, gid: 61001 }, 'though it has ended meanwhile');
  t.same(kernel.peerGroups(server), groups);
  kernel.close(server);
  kernel.close(listener);
  t.equal(kernel.peerGroups(9999), -errno.EBADF);
});

t.test('more groups than fit the first buffer are all told', async (t) => {
  const path = join(makeDirectory(t), 's');
  const listener = kernel.listenStream(path, 0o666, 8);
  const groups = Array.from({ length: 500 }, (_, i) => 80000 + i);
  const projection = { uid: 61000, gid: 61001, groups, capabilities: 0n, noNewPrivileges: true };
  const connect = `require('net').connect('${path}', function () { this.destroy(); })`;
  await run(shell('', makeCgroup(t), { path: process.execPath, argv: ['node', '-e', connect], projection }));
  const server = kernel.accept(listener);
  t.same(kernel.peerGroups(server), groups);
  kernel.close(server);
  kernel.close(listener);
});

t.test('NTF-003 a datagram comes with the pid that the kernel attests', async (t) => {
  const path = join(makeDirectory(t), 'n');
  const fd = kernel.bindDatagram(path, 0o666, 1 << 20);
  t.equal(statSync(path).mode & 0o777, 0o666);
  t.equal(kernel.receiveDatagram(fd), -errno.EAGAIN);
  t.equal(kernel.sendDatagram(path, bytes('READY=1')), 7);
  const datagram = kernel.receiveDatagram(fd) as Datagram;
  t.same(datagram, {
    data: bytes('READY=1'),
    truncated: false,
    sender: { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() },
    descriptors: [],
  });
  t.equal(kernel.sendDatagram(path, new Uint8Array(0)), 0);
  t.equal((kernel.receiveDatagram(fd) as Datagram).data.length, 0);
  kernel.close(fd);
  t.equal(kernel.sendDatagram(path, bytes('x')), -errno.ECONNREFUSED);
});

t.test('NTF-022 more than 65536 bytes or more than 64 descriptors are marked, and every descriptor that came is closed', async (t) => {
  const path = join(makeDirectory(t), 'n');
  const fd = kernel.bindDatagram(path, 0o666, 1 << 20);
  const held = kernel.open('/dev/null', constants.O_RDONLY);
  const many = (count: number): number[] => Array.from({ length: count }, () => held);
  // The sender socket of the shim is made with the first datagram.
  kernel.sendDatagram(path, bytes('x'));
  kernel.receiveDatagram(fd);
  const before = openDescriptors();

  t.equal(kernel.sendDatagram(path, new Uint8Array(65536)), 65536);
  t.match(kernel.receiveDatagram(fd), { truncated: false });
  t.equal(kernel.sendDatagram(path, new Uint8Array(65537), many(3)), 65537);
  t.strictSame(only(kernel.receiveDatagram(fd) as Datagram, 'truncated', 'descriptors'), { truncated: true, descriptors: [] });
  kernel.sendDatagram(path, new Uint8Array(100_000), many(1));
  t.strictSame(only(kernel.receiveDatagram(fd) as Datagram, 'truncated', 'descriptors'), { truncated: true, descriptors: [] });
  await until('what came is closed', () => openDescriptors() === before);

  t.equal(kernel.sendDatagram(path, bytes('x'), many(65)), 1);
  t.strictSame(only(kernel.receiveDatagram(fd) as Datagram, 'truncated', 'descriptors'), { truncated: true, descriptors: [] });
  kernel.sendDatagram(path, bytes('x'), many(253));
  t.strictSame(only(kernel.receiveDatagram(fd) as Datagram, 'truncated', 'descriptors'), { truncated: true, descriptors: [] });
  await until('what came is closed', () => openDescriptors() === before);

  kernel.sendDatagram(path, bytes('x'), many(64));
  const { descriptors, truncated } = kernel.receiveDatagram(fd) as Datagram;
  t.equal(truncated, false);
  t.equal(new Set(descriptors).size, 64);
  t.equal(openDescriptors(), before + 64);
  for (const each of [...descriptors, fd, held]) kernel.close(each);
  t.ok((kernel.sendDatagram(path, bytes('x'), many(254)) as number) < 0);
});

t.test('FDS-003 a passed descriptor is the same open file, close-on-exec', async (t) => {
  const directory = makeDirectory(t);
  const path = join(directory, 'n');
  const fd = kernel.bindDatagram(path, 0o666, 65536);
  writeFileSync(join(directory, 'f'), 'content');
  const file = kernel.open(join(directory, 'f'), constants.O_RDONLY);
  kernel.sendDatagram(path, bytes('FDSTORE=1'), [file]);
  kernel.close(file);
  const [passed = -1] = (kernel.receiveDatagram(fd) as Datagram).descriptors;
  const buffer = new Uint8Array(20);
  t.equal(text(buffer.subarray(0, kernel.read(passed, buffer))), 'content');
  const info = kernel.readFile(`/proc/self/fdinfo/${passed}`, 1000) as Uint8Array;
  t.match(text(info), /^flags:\t02\d{6}$/m, 'O_CLOEXEC');
  kernel.close(passed);
  kernel.close(fd);
});

t.test('descriptors travel to a client with the bytes they were sent with', async (t) => {
  const [server, client, close] = connectedPair(join(makeDirectory(t), 's'));
  const buffer = new Uint8Array(100);
  t.equal(kernel.receiveWithDescriptors(client, buffer), -errno.EAGAIN);
  const held = kernel.open('/dev/null', constants.O_RDONLY);
  t.equal(kernel.sendWithDescriptors(server, bytes('line\n'), [held, held]), 5);
  const got = kernel.receiveWithDescriptors(client, buffer);
  if (typeof got === 'number') throw new Error(`recvmsg ${got}`);
  t.equal(text(buffer.subarray(0, got.bytes)), 'line\n');
  t.equal(got.descriptors.length, 2);
  for (const fd of got.descriptors) t.equal(kernel.close(fd), 0);
  kernel.sendWithDescriptors(server, bytes('plain'), []);
  t.strictSame(kernel.receiveWithDescriptors(client, buffer), { bytes: 5, descriptors: [] });
  const before = openDescriptors();
  kernel.sendWithDescriptors(
    server,
    bytes('x'),
    Array.from({ length: 100 }, () => held),
  );
  t.equal(kernel.receiveWithDescriptors(client, buffer), -errno.EMFILE, 'too many');
  // What came is closed aside.
  await until('nothing of it is open', () => openDescriptors() === before);
  kernel.close(held);
  close();
});

t.test('nobody passes descriptors to a server, not even before it accepts', async (t) => {
  const path = join(makeDirectory(t), 's');
  const listener = kernel.listenStream(path, 0o600, 8);
  const client = kernel.connectStream(path);
  const held = kernel.open('/dev/null', constants.O_RDONLY);
  const refused = kernel.sendWithDescriptors(client, bytes('x'), [held]);
  const server = kernel.accept(listener);
  // Linux before 6.16 passes them.
  if (refused !== 1) t.equal(refused, -errno.EPERM);
  if (refused !== 1) t.equal(kernel.sendWithDescriptors(client, bytes('x'), [held]), -errno.EPERM);
  t.equal(kernel.sendWithDescriptors(client, bytes('line'), []), 4);
  for (const fd of [held, client, server, listener]) kernel.close(fd);
});

t.test('a directory is watched for what vanishes, a symbolic link to one is not', async (t) => {
  const directory = makeDirectory(t);
  const link = `${directory}-link`;
  symlinkSync(directory, link);
  const fd = kernel.watchVanishing(directory);
  t.ok(fd >= 0);
  kernel.close(fd);
  t.equal(kernel.watchVanishing(link), -errno.ENOTDIR);
  rmSync(link);
});

t.test('a socket keeps what a bigger receive buffer allows', async (t) => {
  const path = join(makeDirectory(t), 'n');
  const fd = kernel.bindDatagram(path, 0o666, 4 << 20);
  let sent = 0;
  while (sent < 200 && kernel.sendDatagram(path, new Uint8Array(1000)) === 1000) sent++;
  let received = 0;
  await until('everything sent was received', () => {
    while (typeof kernel.receiveDatagram(fd) !== 'number') received++;
    return received === sent;
  });
  t.ok(sent > 0);
  kernel.close(fd);
});
