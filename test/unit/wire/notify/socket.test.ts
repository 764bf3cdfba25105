import { fstatSync } from 'node:fs';
import type { Test } from 'tap';
import t from 'tap';
import type { Datagram } from '../../../../src/kernel/kernel.ts';
import type { DeliveredNotification, NotifyRejection } from '../../../../src/wire/notify/socket.ts';
import { createNotifySocket } from '../../../../src/wire/notify/socket.ts';
import { openRealRoom } from '../../../support/real-room.ts';
import { until } from '../../../support/wait.ts';

function open(test: Test, { main = process.pid, change = (datagram: Datagram): Datagram => datagram } = {}) {
  const room = openRealRoom(test);
  const { kernel } = room;
  const path = `${room.directory}/notify.sock`;
  const delivered: (DeliveredNotification & { taken: readonly number[] })[] = [];
  const rejected: NotifyRejection[] = [];
  const arrived: number[][] = [];
  const handed: number[] = [];
  let keep = false;
  const socket = createNotifySocket({
    kernel: {
      bindDatagram: kernel.bindDatagram,
      monotonicNs: kernel.monotonicNs,
      passDescriptors: kernel.passDescriptors,
      waitingCloses: () => 0,
      closeAside(fd) {
        handed.push(fd);
        return kernel.close(fd);
      },
      receiveDatagram(fd) {
        const got = kernel.receiveDatagram(fd);
        if (typeof got === 'number') return got;
        arrived.push([...got.descriptors]);
        return change(got);
      },
    },
    loop: room.loop,
    path,
    jobOfMainPid: (pid) => (pid === main ? 'job-1' : null),
    deliver(message) {
      delivered.push({ ...message, taken: keep ? message.takeDescriptors() : [] });
    },
    rejected: (rejection) => rejected.push(rejection),
    warn: (text) => test.fail(text),
  });
  test.equal(socket.start(), 0);
  test.teardown(() => {
    for (const { taken } of delivered) for (const fd of taken) kernel.close(fd);
    socket.close();
  });
  const send = (text: string | Uint8Array, descriptors: readonly number[] = []): number =>
    kernel.sendDatagram(path, typeof text === 'string' ? Buffer.from(text) : text, descriptors);
  return {
    ...room,
    socket,
    delivered,
    rejected,
    arrived,
    handed,
    send,
    keepDescriptors() {
      keep = true;
    },
  };
}

const isOpen = (fd: number): boolean => {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
};

t.test('NTF-001 NTF-003 NTF-004 a datagram of the main process is delivered with its job', async (t) => {
  const { send, delivered, rejected } = open(t);
  t.ok(send('READY=1\nSTATUS=up') > 0);
  await until('delivery', () => delivered.length === 1);
  t.equal(delivered[0]?.job, 'job-1');
  t.strictSame(delivered[0]?.notification, { ready: true, status: 'up' });
  t.same(rejected, []);
});

t.test('NTF-004 NTF-006 NTF-020 a datagram of anybody else is refused and recorded with the sender', async (t) => {
  const { send, delivered, rejected } = open(t, { main: 1 });
  send('READY=1\nSTATUS=x\nERRNO=1');
  await until('rejection', () => rejected.length === 1);
  t.strictSame(rejected, [{ pid: process.pid, job: null, reason: 'the sender is not the main process of a running service', ready: true }]);
  t.same(delivered, []);
});

t.test('NTF-004 a datagram without credentials is refused', async (t) => {
  const { send, delivered, rejected } = open(t, { change: (datagram) => ({ ...datagram, sender: null }) });
  send('READY=1');
  await until('rejection', () => rejected.length === 1);
  t.equal(rejected[0]?.pid, null);
  t.same(delivered, []);
});

t.test('NTF-007 uid and gid of the sender play no part', async (t) => {
  const { send, delivered } = open(t, {
    change: (datagram) => ({ ...datagram, sender: { pid: datagram.sender?.pid ?? 0, uid: 65534, gid: 65534 } }),
  });
  send('READY=1');
  await until('delivery', () => delivered.length === 1);
});

t.test('NTF-021 a malformed datagram has no effect and its descriptors are closed, aside', async (t) => {
  const { send, delivered, rejected, arrived, handed, kernel } = open(t);
  const fd = kernel.open('/dev/null', 0);
  t.teardown(() => kernel.close(fd));
  send('FDSTORE=1\ngarbage', [fd, fd]);
  await until('rejection', () => rejected.length === 1);
  t.strictSame(rejected, [{ pid: process.pid, job: 'job-1', reason: 'line 2 has no equal sign', ready: false }]);
  t.same(delivered, []);
  t.equal(arrived[0]?.length, 2);
  t.strictSame(handed, arrived[0]);
  for (const arrivedFd of arrived[0] ?? []) t.notOk(isOpen(arrivedFd));
});

t.test('NTF-022 a datagram above 65536 bytes is refused whole', async (t) => {
  const { send, delivered, rejected } = open(t);
  t.ok(send(`STATUS=${'x'.repeat(65536 - 7)}`) > 0);
  await until('delivery of the longest one', () => delivered.length === 1);
  t.ok(send(`STATUS=${'x'.repeat(65536 - 6)}`) > 0);
  await until('rejection', () => rejected.length === 1);
  t.match(rejected[0]?.reason, /65536 bytes/);
  t.equal(delivered.length, 1);
});

t.test('NTF-022 a datagram with more than 64 descriptors is refused whole', async (t) => {
  const { send, delivered, rejected, kernel, keepDescriptors } = open(t);
  keepDescriptors();
  const fd = kernel.open('/dev/null', 0);
  t.teardown(() => kernel.close(fd));
  send(
    'FDSTORE=1',
    Array.from({ length: 64 }, () => fd),
  );
  await until('delivery', () => delivered.length === 1);
  t.equal(delivered[0]?.taken.length, 64);
  send(
    'FDSTORE=1',
    Array.from({ length: 65 }, () => fd),
  );
  await until('rejection', () => rejected.length === 1);
  t.match(rejected[0]?.reason, /64 descriptors/);
});

t.test('NTF-026 descriptors without FDSTORE=1, and those that nobody takes, are closed once the datagram is handled', async (t) => {
  const { send, delivered, arrived, kernel, keepDescriptors } = open(t);
  const [read, write] = kernel.pipe({ nonblockingRead: true }) as readonly [number, number];
  send('BARRIER=1', [write]);
  kernel.close(write);
  await until('delivery', () => delivered.length === 1);
  t.equal(kernel.read(read, new Uint8Array(1)), 0, 'the barrier pipe reads end of file');
  kernel.close(read);
  const fd = kernel.open('/dev/null', 0);
  t.teardown(() => kernel.close(fd));
  send('FDSTORE=1\nFDNAME=nobody', [fd]);
  await until('delivery', () => delivered.length === 2);
  t.notOk(isOpen(arrived[1]?.[0] ?? 0), 'nobody took it');
  keepDescriptors();
  send('STATUS=no store', [fd]);
  await until('delivery', () => delivered.length === 3);
  t.same(delivered[2]?.taken, []);
  t.notOk(isOpen(arrived[2]?.[0] ?? 0));
  send('FDSTORE=1', [fd]);
  await until('delivery', () => delivered.length === 4);
  t.equal(delivered[3]?.taken.length, 1);
  t.ok(isOpen(delivered[3]?.taken[0] ?? -1));
});

t.test('NTF-024 FDSTOREREMOVE=1 without FDNAME drops the descriptor part alone', async (t) => {
  const { send, delivered, arrived, rejected, kernel, keepDescriptors } = open(t);
  keepDescriptors();
  const fd = kernel.open('/dev/null', 0);
  t.teardown(() => kernel.close(fd));
  send('FDSTOREREMOVE=1\nFDSTORE=1\nSTATUS=x', [fd]);
  await until('delivery', () => delivered.length === 1);
  t.same(delivered[0]?.notification, { status: 'x' });
  t.notOk(delivered[0]?.notification.fdStore);
  t.notOk(delivered[0]?.notification.fdStoreRemove);
  t.same(delivered[0]?.taken, []);
  t.notOk(isOpen(arrived[0]?.[0] ?? 0));
  t.same(rejected, []);
});

t.test('NTF-005 drain handles what has arrived without waiting for the loop', async (t) => {
  const { send, delivered, socket } = open(t);
  for (let n = 0; n < 10; n++) send(`STATUS=${n}`);
  socket.drain();
  t.equal(delivered.length, 10);
  t.equal(delivered[9]?.notification.status, '9');
});

t.test('a flood is handled in portions, with other lanes in between, and a drain is bounded too', async (t) => {
  const datagram: Datagram = {
    data: Buffer.from('WATCHDOG=1'),
    truncated: false,
    sender: { pid: 7, uid: 0, gid: 0 },
    descriptors: [],
  };
  let left = 100_000;
  let delivered = 0;
  let turn: () => void = () => t.fail('nothing watches the socket');
  const socket = createNotifySocket({
    kernel: {
      monotonicNs: () => 0n,
      bindDatagram: () => 3,
      passDescriptors: () => 0,
      closeAside: () => 0,
      waitingCloses: () => 0,
      receiveDatagram: () => (left-- > 0 ? datagram : -11),
    },
    loop: {
      watch(_fd, _interest, lane, handler) {
        t.equal(lane, 'notify');
        turn = () => handler({ readable: true, writable: false, priority: false, closed: false });
        return { update: () => undefined, close: () => undefined };
      },
      at: () => ({ cancel: () => undefined }),
      atRealtime: () => ({ cancel: () => undefined }),
      onClockSet: () => undefined,
      beforeDeadlines: () => undefined,
      defer: () => undefined,
    },
    path: '/run/notify.sock',
    jobOfMainPid: () => 'job-7',
    deliver: () => void delivered++,
    rejected: () => t.fail('nothing is to be rejected'),
    warn: (text) => t.fail(text),
  });
  t.equal(socket.start(), 0);
  turn();
  t.equal(delivered, 16);
  socket.drain();
  t.equal(delivered, 16 + 16_384);
});

t.test('NTF-005 a flood of one sender holds up no reaping: what is too much is refused', async (t) => {
  const full = Buffer.from('A=\n'.repeat(20_000));
  let left = 40;
  // For each that is read it sends another one.
  const change = (datagram: Datagram): Datagram => {
    if (left-- > 0) room.send(full);
    return datagram;
  };
  const room = open(t, { change });
  const { send, socket, delivered, rejected } = room;
  send(full);
  socket.drain();
  t.equal(left, -1, 'all was taken from the socket');
  t.ok(delivered.length >= 4 && delivered.length <= 6, `${delivered.length} were read`);
  t.match(rejected[0], { pid: process.pid, reason: /says more at once than is listened to/ });
  send('READY=1');
  await until('the next one', () => delivered.some(({ notification }) => notification.ready === true));
});

t.test('descriptors count in the portions and in what one sender may say before a reaping', async (t) => {
  const descriptors = Array.from({ length: 64 }, (_, index) => 100 + index);
  let left = 1000;
  let delivered = 0;
  let rejected = 0;
  let closed = 0;
  let turn: () => void = () => t.fail('nothing watches the socket');
  const socket = createNotifySocket({
    kernel: {
      bindDatagram: () => 3,
      monotonicNs: () => 0n,
      passDescriptors: () => 0,
      closeAside: () => ++closed,
      waitingCloses: () => 0,
      receiveDatagram: () =>
        left-- > 0
          ? { data: Buffer.from('FDSTORE=1'), truncated: false, sender: { pid: 7, uid: 0, gid: 0 }, descriptors: [...descriptors] }
          : -11,
    },
    loop: {
      watch(_fd, _interest, _lane, handler) {
        turn = () => handler({ readable: true, writable: false, priority: false, closed: false });
        return { update: () => undefined, close: () => undefined };
      },
      at: () => ({ cancel: () => undefined }),
      atRealtime: () => ({ cancel: () => undefined }),
      onClockSet: () => undefined,
      beforeDeadlines: () => undefined,
      defer: () => undefined,
    },
    path: '/run/notify.sock',
    jobOfMainPid: () => 'job-7',
    deliver({ takeDescriptors }) {
      takeDescriptors();
      delivered++;
    },
    rejected: () => void rejected++,
    warn: (text) => t.fail(text),
  });
  t.equal(socket.start(), 0);
  turn();
  t.equal(delivered, 4);
  socket.drain();
  t.strictSame({ delivered, rejected, closed }, { delivered: 20, rejected: 112, closed: 112 * 64 }, 'no more than 8192 at once');
  t.equal(left, 1000 - 4 - 128);
});
