import { constants } from 'node:fs';
import t from 'tap';
import type { Datagram, Spawned } from '../../../src/kernel/kernel.ts';
import type { SimulationOptions } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import type { SimulatedClient } from '../../../src/linux/simulated/stream-sockets.ts';
import { openFile } from '../../../src/linux/simulated/world.ts';
import { only } from '../../support/lists.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const alice = { pid: 77, uid: 1000, gid: 100, groups: [100, 5] };

function createScene(options: Partial<SimulationOptions> = {}) {
  const machine = createSimulatedKernel({ seed: 3, faults: [], ...options });
  const loop = createSimulatedLoop(machine.world, (error) => {
    throw error;
  });
  return { ...machine, loop };
}

t.test('a stream carries all bytes in order to a reader that takes them in pieces, then its end', async (t) => {
  const { kernel, loop, streams } = createScene();
  const listener = kernel.listenStream('/run/s', 0o666, 5);
  const client = streams.connect('/run/s', alice) as SimulatedClient;
  const sent = Array.from({ length: 200 }, (_, i) => `line ${i}\n`).join('');
  for (let at = 0; at < sent.length; at += 37) client.send(sent.slice(at, at + 37));
  client.close();
  let received = '';
  let ended = false;
  loop.watch(listener, { read: true }, 'control', () => {
    const fd = kernel.accept(listener);
    t.same(kernel.peerCredentials(fd), { pid: 77, uid: 1000, gid: 100 });
    t.same(kernel.peerGroups(fd), [100, 5]);
    const watch = loop.watch(fd, { read: true }, 'control', () => {
      const buffer = new Uint8Array(100);
      const count = kernel.read(fd, buffer);
      if (count > 0) received += decoder.decode(buffer.subarray(0, count));
      if (count !== 0) return;
      ended = true;
      watch.close();
      kernel.close(fd);
    });
  });
  loop.runUntil(() => ended);
  t.equal(received, sent);
});

t.test('a client that stops reading fills the connection: EAGAIN, then writable again once it reads', async (t) => {
  const { kernel, loop, streams } = createScene();
  const listener = kernel.listenStream('/run/s', 0o666, 5);
  const client = streams.connect('/run/s', alice) as SimulatedClient;
  client.reading = false;
  loop.runFor(5);
  const fd = kernel.accept(listener);
  const chunk = new Uint8Array(50_000);
  let written = 0;
  for (let result = 0; result >= 0; written += Math.max(0, result)) result = kernel.write(fd, chunk, 0, chunk.length);
  t.equal(kernel.write(fd, chunk, 0, 10), -11);
  let writable = false;
  loop.watch(fd, { write: true }, 'control', () => {
    writable = true;
  });
  loop.runFor(20);
  t.equal(writable, false);
  client.reading = true;
  loop.runUntil(() => writable);
  t.ok(client.take().length > 0);
  t.ok(written > 100_000);
});

t.test('writing to a client that went away is EPIPE, and an accept without clients EAGAIN', async (t) => {
  const { kernel, loop, streams } = createScene();
  const listener = kernel.listenStream('/run/s', 0o666, 5);
  t.equal(kernel.accept(listener), -11);
  const client = streams.connect('/run/s', alice) as SimulatedClient;
  loop.runFor(5);
  const fd = kernel.accept(listener);
  client.close();
  loop.runFor(5);
  t.equal(kernel.write(fd, encoder.encode('x'), 0, 1), -32);
});

t.test('the daemon connects to a simulated server, and is refused where nobody serves', async (t) => {
  const { kernel, loop, streams } = createScene();
  const stop = streams.serve('/run/authd.sock', (client) => {
    client.onChange = () => {
      for (const line of client.takeLines()) client.send(`echo ${line}\n`, [openFile('memfd', {})]);
    };
  });
  const fd = kernel.connectStream('/run/authd.sock');
  // A write may take less than it could.
  for (let sent = 0; sent < 6; ) sent += kernel.write(fd, encoder.encode('hello\n'), sent, 6 - sent);
  const buffer = new Uint8Array(100);
  let answer = '';
  let descriptors = 0;
  loop.runUntil(() => {
    const got = kernel.receiveWithDescriptors(fd, buffer);
    if (typeof got !== 'number') {
      answer += decoder.decode(buffer.subarray(0, got.bytes));
      descriptors += got.descriptors.length;
    }
    return answer.endsWith('\n');
  });
  t.equal(answer, 'echo hello\n');
  t.equal(descriptors, 1);
  stop();
  t.equal(kernel.connectStream('/run/authd.sock'), -111);
  t.equal(kernel.connectStream('/run/none.sock'), -2);
});

t.test('NTF-022 a datagram of more than 65536 bytes or 64 descriptors is marked, and its descriptors are closed', async (t) => {
  const { kernel, loop, datagrams, world } = createScene();
  const fd = kernel.bindDatagram('/run/n', 0o666, 65536);
  const files = Array.from({ length: 65 }, () => openFile('memfd', {}));
  const send = (size: number, count: number): void => {
    datagrams.deliver('/run/n', { data: new Uint8Array(size), sender: alice, files: files.slice(0, count) });
    loop.runFor(5);
  };
  const open = world.openDescriptors().length;
  send(65536, 0);
  t.match(kernel.receiveDatagram(fd), { truncated: false, sender: { pid: 77 } });
  send(65537, 3);
  t.strictSame(only(kernel.receiveDatagram(fd) as Datagram, 'truncated', 'descriptors'), { truncated: true, descriptors: [] });
  send(10, 65);
  t.strictSame(only(kernel.receiveDatagram(fd) as Datagram, 'truncated', 'descriptors'), { truncated: true, descriptors: [] });
  t.equal(world.openDescriptors().length, open);
  t.same(
    files.map((file) => file.references).filter((count) => count > 0),
    [],
  );
  send(10, 64);
  t.equal((kernel.receiveDatagram(fd) as Datagram).descriptors.length, 64);
  t.equal(kernel.receiveDatagram(fd), -11);
});

t.test('datagrams of one socket keep their order however late they are', async (t) => {
  const { kernel, loop, datagrams } = createScene();
  const fd = kernel.bindDatagram('/run/n', 0o666, 65536);
  for (let i = 0; i < 50; i++) datagrams.deliver('/run/n', { data: encoder.encode(String(i)), sender: alice, files: [] });
  const got: string[] = [];
  loop.watch(fd, { read: true }, 'notify', () => got.push(decoder.decode((kernel.receiveDatagram(fd) as Datagram).data)));
  loop.runUntil(() => got.length === 50);
  t.same(
    got,
    Array.from({ length: 50 }, (_, i) => String(i)),
  );
});

t.test('output of a program comes through its pipe, waits when the pipe is full, and ends with its last holder', async (t) => {
  const { kernel, loop, processes } = createScene();
  kernel.mkdir('/sys/fs/cgroup/a', 0o755);
  const cgroup = kernel.open('/sys/fs/cgroup/a', constants.O_DIRECTORY);
  const [readEnd, writeEnd] = kernel.pipe({ nonblockingRead: true, capacity: 4096 }) as [number, number];
  const text = 'x'.repeat(20_000);
  processes.program('/bin/p', (process) => {
    process.write(1, text);
    process.notify('READY=1');
    process.after(1, () => process.exit(0));
  });
  const notify = kernel.bindDatagram('/run/n', 0o666, 65536);
  const spawned = kernel.spawn({
    path: '/bin/p',
    argv: ['p'],
    environment: ['NOTIFY_SOCKET=/run/n'],
    ownPidVariables: [],
    workingDirectory: '/',
    cgroup,
    stdin: -1,
    stdout: writeEnd,
    stderr: -1,
    stored: [],
    limits: [],
    oomScoreAdj: null,
    projection: null,
    remote: false,
  }) as Spawned;
  kernel.close(writeEnd);
  let received = 0;
  let ended = false;
  const watch = loop.watch(readEnd, { read: true }, 'output', () => {
    const count = kernel.read(readEnd, new Uint8Array(1000));
    received += Math.max(0, count);
    if (count === 0) {
      ended = true;
      watch.close();
    }
  });
  loop.runUntil(() => ended);
  t.equal(received, text.length);
  t.match(kernel.receiveDatagram(notify), { sender: { pid: spawned.pid }, data: encoder.encode('READY=1') });
});

t.test('descriptors run out with EMFILE and are given out lowest first', async (t) => {
  const { kernel, world } = createScene({ maxDescriptors: 6 });
  const first = kernel.open('/', constants.O_DIRECTORY);
  const second = kernel.open('/', constants.O_DIRECTORY);
  t.same([first, second], [3, 4]);
  t.equal(kernel.pipe({ nonblockingRead: true }), -24);
  t.same(world.openDescriptors(), [3, 4], 'nothing of the half-made pipe stays');
  kernel.close(first);
  t.equal(kernel.open('/', constants.O_DIRECTORY), 3);
});

t.test('what no daemon may do is recorded: closing twice, closing before the watch, waiting on a blocking pipe', async (t) => {
  const { kernel, loop, world } = createScene();
  const [readEnd, writeEnd] = kernel.pipe({ nonblockingRead: false }) as [number, number];
  kernel.read(readEnd, new Uint8Array(1));
  const watch = loop.watch(readEnd, { read: true }, 'output', () => {});
  kernel.close(readEnd);
  watch.close();
  kernel.close(writeEnd);
  kernel.close(writeEnd);
  t.same(world.violations.length, 3);
});

t.test('files, mounts, clock and the machine behave as a kernel without failures', async (t) => {
  const { kernel, record } = createScene({ mounted: [] });
  t.equal(kernel.mkdir('/a', 0o755), 0);
  t.equal(kernel.mkdir('/a', 0o755), -17);
  t.equal(kernel.mkdir('/x/y', 0o755), -2);
  t.equal(kernel.writeFile('/a/f', 'one'), 0);
  t.equal(kernel.writeFile('/a/f', 'two', { append: true }), 0);
  t.equal(kernel.writeFile('/a/f', '', { exclusive: true }), -17);
  t.equal(kernel.writeFile('/a/g', '', { create: false }), -2);
  t.equal(decoder.decode(kernel.readFile('/a/f', 4) as Uint8Array), 'onet');
  t.equal(kernel.readFile('/a', 10), -21);
  t.equal(kernel.rmdir('/a'), -39);
  t.same(kernel.readDirectory('/a'), ['f']);
  t.equal(kernel.executable('/a/f'), false);
  kernel.chmod('/a/f', 0o755);
  t.equal(kernel.executable('/a/f'), true);
  t.equal(kernel.mkdir('/run', 0o755), 0);
  t.equal(kernel.mount('tmpfs', '/run', 'tmpfs', 6, null), 0);
  t.equal(kernel.mount('nope', '/run', 'nope', 0, null), -19);
  kernel.writeFile('/run/f', 'x');
  t.equal(kernel.umount('/run', 0), 0);
  t.equal(kernel.readFile('/run/f', 10), -2);
  t.equal(kernel.umount('/run', 0), -22);
  kernel.setRealtime(1_800_000_000);
  t.equal(kernel.realtimeNs() / 1_000_000_000n, 1_800_000_000n);
  t.equal(kernel.readRtc('/dev/rtc'), 1_700_000_000);
  kernel.loopbackUp();
  kernel.hostname('h');
  kernel.sync(false);
  t.match(record, { loopback: true, hostname: 'h', syncs: 1 });
});
