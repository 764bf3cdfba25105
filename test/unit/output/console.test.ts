import { constants } from 'node:os';
import t from 'tap';
import { isConsoleLine } from '../../../gen/output/check.ts';
import type { OpenConsole } from '../../../src/output/console.ts';
import { openConsole } from '../../../src/output/console.ts';
import { consoleMode } from '../../../src/output/console-mode.ts';
import { formatTimestamp } from '../../../src/wire/timestamp.ts';
import type { ConsoleRoom } from '../../support/console-room.ts';
import { createConsoleRoom } from '../../support/console-room.ts';

const { EIO } = constants.errno;

function createScene({ parameter = '/dev/console', quiet = false, before = (_room: ConsoleRoom): void => undefined } = {}): {
  room: ConsoleRoom;
  console: OpenConsole;
} {
  const { room, kernel, loop } = createConsoleRoom();
  before(room);
  return { room, console: openConsole({ kernel, loop, mode: consoleMode(parameter), quiet, timestamp: formatTimestamp }) };
}

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString();

t.test('a line carries the time since the start, and the lines of one turn are written together', async (t) => {
  const { room, console } = createScene();
  console.line('one');
  room.now += 12_345_678_901n;
  console.line('two: ä');
  t.equal(room.writes, 0);
  room.turn();
  t.equal(room.writes, 1);
  t.equal(utf8(room.written), '[   0.000] one\n[  12.345] two: ä\n');
});

t.test('a line stays one line and does not steer the terminal, whatever it tells of', async (t) => {
  const { room, console } = createScene();
  console.line('web: a\u001b[2J\u0007\n  [   0.000] forged\tä\u009b');
  room.turn();
  t.equal(utf8(room.written), '[   0.000] web: a\ufffd[2J\ufffd [   0.000] forged\tä\ufffd\n');
});

t.test('on a terminal long lines are broken between words for 80 columns; elsewhere a line is a line', async (t) => {
  const text =
    'web: failed: its main process (pid 26) exited with code 3 while it was active. Look at its output (peiosctl status -n 50 web).';
  const terminal = createScene({ before: (room) => Object.assign(room, { isTerminal: true }) });
  terminal.console.line(text);
  terminal.room.turn();
  t.equal(
    terminal.room.written,
    '[   0.000] web: failed: its main process (pid 26) exited with code 3 while it\n' +
      '             was active. Look at its output (peiosctl status -n 50 web).\n',
  );
  const pipe = createScene();
  pipe.console.line(text);
  pipe.room.turn();
  t.equal(pipe.room.written, `[   0.000] ${text}\n`);
});

t.test('a warning and an error say so, and what says so by itself does not twice', async (t) => {
  const { room, console } = createScene();
  console.line('going on', 'progress');
  console.line('weaker', 'caveat');
  console.line('web: backoff: it fell', 'setback');
  console.line('web: failed: it fell', 'failure');
  console.line('odd', 'warning');
  console.line('wrong', 'error');
  room.turn();
  t.strictSame(
    room.written
      .trim()
      .split('\n')
      .map((line) => line.slice(11)),
    ['going on', 'warning: weaker', 'web: backoff: it fell', 'web: failed: it fell', 'warning: odd', 'error: wrong'],
  );
});

t.test('a quiet console tells neither progress nor what machine-status repeats', async (t) => {
  const { room, console } = createScene({ quiet: true });
  console.line('going on', 'progress');
  console.line('weaker', 'caveat');
  console.line('waiting for web to stop');
  console.line('web: backoff: it fell', 'setback');
  console.line('web: failed: it fell', 'failure');
  console.line('odd', 'warning');
  console.line('wrong', 'error');
  room.turn();
  t.strictSame(
    room.written
      .trim()
      .split('\n')
      .map((line) => line.slice(11)),
    ['waiting for web to stop', 'web: backoff: it fell', 'web: failed: it fell', 'warning: odd', 'error: wrong'],
  );
});

t.test('with json each line is an object of the schema, whole and with its level and service', async (t) => {
  const { room, console } = createScene({ parameter: 'json', before: (room) => Object.assign(room, { opens: ['/proc/self/fd/1'] }) });
  console.line('root is writable', 'progress');
  console.line('web: failed: a\n  "b"', 'failure', 'web');
  room.turn();
  const lines = room.written
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.ok(lines.every(isConsoleLine));
  t.strictSame(lines, [
    { kind: 'message', timestamp: '1970-01-01T00:00:05.000000000Z', level: 'info', text: 'root is writable' },
    { kind: 'message', timestamp: '1970-01-01T00:00:05.000000000Z', level: 'error', service: 'web', text: 'web: failed: a "b"' },
  ]);
});

t.test('the standard output is opened anew, and one that cannot be is written without waiting', async (t) => {
  const { room, console } = createScene({ parameter: 'relay', before: (room) => Object.assign(room, { opens: ['/proc/self/fd/1'] }) });
  console.line('one');
  room.turn();
  t.strictSame([room.opened, [...room.calls]], [['/proc/self/fd/1'], ['write 7']]);
  const socket = createScene({ parameter: 'relay', before: (room) => Object.assign(room, { opens: [] }) });
  socket.console.line('one');
  socket.room.turn();
  t.strictSame([socket.room.opened, [...socket.room.calls]], [['/proc/self/fd/1'], ['writeNow 1']]);
});

t.test('what the console does not take is kept, whole and in order, and goes out when it has room', async (t) => {
  const { room, console } = createScene();
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

t.test('a console that the loop cannot wait for is tried again by itself', async (t) => {
  const { room, console } = createScene({ before: (room) => Object.assign(room, { pollable: false, room: 5 }) });
  console.line('first');
  room.turn();
  room.hasRoom(Number.POSITIVE_INFINITY);
  room.passes(50);
  t.equal(room.written, '[   0.000] first\n');
});

t.test('LOG-012 a console that takes nothing holds no more than its limit; the lines that were lost are told by themselves', async (t) => {
  const { room, console } = createScene();
  room.room = 0;
  const long = 'x'.repeat(1000);
  const all = 3000;
  for (let line = 0; line < all; line++) {
    console.line(long);
    room.turn();
  }
  room.hasRoom(Number.POSITIVE_INFINITY);
  const lines = room.written.trimEnd().split('\n');
  const kept = lines.filter((line) => line.endsWith(long)).length;
  t.ok(kept > 1000 && kept < 1400, `${kept} lines kept`);
  t.equal(lines.at(-1), `[   0.000] ${all - kept} lines lost: the console is read too slowly`);
  t.equal(lines.length, kept + 1);
});

t.test('a console that fails for good holds nothing, and tells of the loss when it is back', async (t) => {
  const { room, console } = createScene();
  room.error = EIO;
  console.line('lost');
  console.line('lost as well');
  console.flush();
  console.line('and this');
  console.flush();
  room.error = 0;
  console.line('seen');
  console.flush();
  t.equal(room.written, '[   0.000] 3 lines lost: the console is read too slowly\n[   0.000] seen\n');
});

t.test('the end waits until all is written', async (t) => {
  const { room, console } = createScene();
  let ended = 0;
  console.stream.finish(() => ended++);
  t.equal(ended, 1, 'at once where nothing is left');
  room.room = 3;
  console.line('last words');
  console.stream.finish(() => ended++);
  t.equal(ended, 1);
  room.passes(1_500);
  room.hasRoom(4);
  room.passes(1_500);
  t.equal(ended, 1, 'a slow reader is waited for');
  room.hasRoom(Number.POSITIVE_INFINITY);
  t.equal(ended, 2);
  room.passes(60_000);
  t.equal(ended, 2);
  t.equal(room.written, '[   0.000] last words\n');
});

t.test('the end does not wait for a reader that has stopped, nor longer than six seconds for one that crawls', async (t) => {
  const stopped = createScene({ before: (room) => Object.assign(room, { room: 0 }) });
  let ended = 0;
  stopped.console.line('unread');
  stopped.console.stream.finish(() => ended++);
  stopped.room.passes(1_999);
  t.equal(ended, 0);
  stopped.room.passes(1);
  t.equal(ended, 1);
  const crawling = createScene({ before: (room) => Object.assign(room, { room: 0 }) });
  crawling.console.line('x'.repeat(100));
  crawling.console.stream.finish(() => ended++);
  for (let second = 1; second < 6; second++) {
    crawling.room.hasRoom(1);
    crawling.room.passes(1_000);
  }
  t.equal(ended, 1);
  crawling.room.hasRoom(1);
  crawling.room.passes(1_000);
  t.equal(ended, 2);
});

t.test('a line of very many blanks costs no more than any other', async (t) => {
  const { room, console } = createScene();
  const begin = process.cpuUsage().user;
  console.line(`file:/a${' '.repeat(1_000_000)}b`);
  console.line(`first  \n  second${' '.repeat(1000)}\nthird`);
  room.turn();
  t.ok(process.cpuUsage().user - begin < 1_000_000, 'less than a second');
});
