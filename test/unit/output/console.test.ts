import { constants } from 'node:os';
import t from 'tap';
import type { Clock, Descriptors } from '../../../src/kernel/kernel.ts';
import type { Loop, Ready } from '../../../src/kernel/loop.ts';
import { createConsole } from '../../../src/output/console.ts';

const { EAGAIN, EIO } = constants.errno;

/** A console device that takes `room` bytes, and a loop that turns by hand. */
function createRoom() {
  const room = {
    now: 5_000_000_000n,
    room: Number.POSITIVE_INFINITY,
    error: 0,
    written: '',
    writes: 0,
    watched: 0,
    ready: null as ((ready: Ready) => void) | null,
    deferred: [] as (() => void)[],
    turn() {
      for (const handler of room.deferred.splice(0)) handler();
    },
    hasRoom(bytes: number) {
      room.room = bytes;
      room.ready?.({ readable: false, writable: true, priority: false, closed: false });
    },
  };
  const kernel = {
    monotonicNs: () => room.now,
    open: () => 7,
    write(_fd: number, data: Uint8Array, offset: number, length: number) {
      room.writes++;
      if (room.error !== 0) return -room.error;
      const count = Math.min(length, room.room);
      if (count === 0) return -EAGAIN;
      room.room -= count;
      room.written += Buffer.from(data.subarray(offset, offset + count)).toString('latin1');
      return count;
    },
  } as unknown as Clock & Descriptors;
  const loop: Loop = {
    watch(_fd, _interest, _lane, handler) {
      room.watched++;
      room.ready = handler;
      return { update: () => undefined, close: () => void room.watched-- };
    },
    at: () => ({ cancel: () => undefined }),
    beforeDeadlines: () => undefined,
    defer: (handler) => void room.deferred.push(handler),
  };
  return { room, console: createConsole(kernel, loop, '/dev/console') };
}

t.test('a line carries the time since the start, and the lines of one turn are written together', async (t) => {
  const { room, console } = createRoom();
  console.line('one');
  room.now += 12_345_678_901n;
  console.line('two: ä');
  t.equal(room.writes, 0);
  room.turn();
  t.equal(room.writes, 1);
  t.equal(Buffer.from(room.written, 'latin1').toString(), '[   0.000] one\n[  12.345] two: ä\n');
});

t.test('a line stays one line and does not steer the terminal, whatever it tells of', async (t) => {
  const { room, console } = createRoom();
  console.line('web: a\u001b[2J\u0007\n  [   0.000] forged\tä\u009b');
  room.turn();
  t.equal(Buffer.from(room.written, 'latin1').toString(), '[   0.000] web: a\ufffd[2J\ufffd [   0.000] forged\tä\ufffd\n');
});

t.test('what the console does not take is kept, whole and in order, and goes out when it has room', async (t) => {
  const { room, console } = createRoom();
  room.room = 5;
  console.line('first');
  room.turn();
  t.equal(room.watched, 1);
  console.line('second');
  room.turn();
  room.hasRoom(12);
  t.equal(room.written, '[   0.000] first\n');
  t.equal(room.watched, 1);
  room.hasRoom(Number.POSITIVE_INFINITY);
  t.equal(room.written, '[   0.000] first\n[   0.000] second\n');
  t.equal(room.watched, 0);
});

t.test('a console that takes nothing holds no more than its backlog; lines that were lost are counted', async (t) => {
  const { room, console } = createRoom();
  room.room = 0;
  const long = 'x'.repeat(1000);
  for (let line = 0; line < 1000; line++) {
    console.line(long);
    room.turn();
  }
  room.hasRoom(Number.POSITIVE_INFINITY);
  const kept = room.written.split('\n').length - 1;
  t.ok(kept > 200 && kept < 300, `${kept} lines kept`);
  console.line('again');
  room.turn();
  t.match(room.written, new RegExp(`\\n\\(${1000 - kept} lines of the console were lost\\)\\n\\[   0\\.000\\] again\\n$`));
});

t.test('a console that fails for good holds nothing', async (t) => {
  const { room, console } = createRoom();
  room.error = EIO;
  console.line('lost');
  console.flush();
  room.error = 0;
  console.line('seen');
  console.flush();
  t.equal(room.written, '[   0.000] seen\n');
});

t.test('a line of very many blanks costs no more than any other', async (t) => {
  const { room, console } = createRoom();
  const begin = process.cpuUsage().user;
  console.line(`file:/a${' '.repeat(1_000_000)}b`);
  console.line(`first  \n  second${' '.repeat(1000)}\nthird`);
  room.turn();
  t.ok(process.cpuUsage().user - begin < 1_000_000, 'less than a second');
});
