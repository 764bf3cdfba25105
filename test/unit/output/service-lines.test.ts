import { constants } from 'node:os';
import t from 'tap';
import { isConsoleLine } from '../../../gen/output/check.ts';
import { openConsole } from '../../../src/output/console.ts';
import { consoleMode } from '../../../src/output/console-mode.ts';
import type { Writer } from '../../../src/output/output-ring.ts';
import { createServiceLines } from '../../../src/output/service-lines.ts';
import { formatTimestamp } from '../../../src/wire/timestamp.ts';
import { createConsoleRoom } from '../../support/console-room.ts';

const { EPIPE } = constants.errno;

const web: Writer = { origin: { service: 'web', part: null, index: null }, job: 'j1', isError: false };
const hook: Writer = { origin: { service: 'wéb', part: 'ExecStartPre', index: 0 }, job: 'j2', isError: true };

function createScene(parameter: 'relay' | 'json' = 'relay') {
  const { room, kernel, loop } = createConsoleRoom();
  room.opens = ['/proc/self/fd/1'];
  const mode = consoleMode(parameter);
  const console = openConsole({ kernel, loop, mode, quiet: false, timestamp: formatTimestamp });
  const lines = createServiceLines({ stream: console.stream, json: mode.json, timestamp: formatTimestamp });
  /** Text ends with a newline; what lies around it in memory is not part of it. */
  function writes(writer: Writer, text: string | Uint8Array): void {
    const bytes = Buffer.concat([Buffer.from('before\n'), Buffer.from(text), Buffer.from('behind')]);
    lines.burst(writer, room.now, bytes, 7, bytes.length - 6, Buffer.from(text).filter((byte) => byte === 10).length);
  }
  return { room, console, writes, text: () => Buffer.from(room.written, 'latin1').toString() };
}

t.test('LOG-003 each line has its service, or the hook of it, before it, in the order of what peinit says', async (t) => {
  const { room, console, writes, text } = createScene();
  writes(web, 'one\n\ntwo: ä\n');
  console.line('web: active');
  writes(hook, 'three\n');
  room.turn();
  t.equal(text(), 'web: one\nweb: \nweb: two: ä\n[   0.000] web: active\nwéb/ExecStartPre[0]: three\n');
  t.equal(room.writes, 1);
});

t.test('what a service writes steers no terminal; its colours stay and end with the line', async (t) => {
  const { room, writes, text } = createScene();
  writes(web, 'a\u001b[2Jb\u0007\tc\r\n10%\r20%\r\n\u001b[1;32mgreen\u001b[0m and \u001b[31mred\nplain\u009b\u007f\n');
  room.turn();
  t.strictSame(text().split('\n'), [
    'web: a\ufffd[2Jb\ufffd\tc',
    'web: 10%\ufffd20%',
    'web: \u001b[1;32mgreen\u001b[0m and \u001b[31mred\u001b[0m',
    'web: plain\ufffd\ufffd',
    '',
  ]);
});

t.test('bytes that are no UTF-8 are passed on as they are, and are U+FFFD in JSON', async (t) => {
  const bytes = Buffer.from([0x61, 0xff, 0x62, 0x0a]);
  const plain = createScene();
  plain.writes(web, bytes);
  plain.room.turn();
  t.equal(plain.room.written, 'web: a\u00ffb\n');
  const json = createScene('json');
  json.writes(web, bytes);
  json.room.turn();
  t.equal(JSON.parse(json.text()).text, 'a\ufffdb');
});

t.test('LOG-002 in JSON a line carries service, origin, stream, time and job', async (t) => {
  const { room, console, writes, text } = createScene('json');
  writes(hook, 'a\u001b[1m "b"\nc\n');
  console.line('wéb: active', 'progress', 'wéb');
  room.turn();
  const lines = text()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.ok(lines.every(isConsoleLine));
  const common = {
    kind: 'output',
    timestamp: '1970-01-01T00:00:05.000000000Z',
    service: 'wéb',
    origin: 'wéb/ExecStartPre[0]',
    job_id: 'j2',
    is_error: true,
  };
  t.strictSame(lines, [
    { ...common, text: 'a\u001b[1m "b"' },
    { ...common, text: 'c' },
    { kind: 'message', timestamp: common.timestamp, level: 'info', service: 'wéb', text: 'wéb: active' },
  ]);
});

t.test('LOG-012 a reader that stands still loses lines, is told how many, and loses none of what peinit says', async (t) => {
  const { room, console, writes, text } = createScene();
  room.room = 100;
  const burst = `${'x'.repeat(99)}\n`.repeat(600);
  for (let count = 0; count < 100; count++) {
    writes(web, burst);
    if (count % 10 === 0) console.line(`message ${count}`);
    room.turn();
  }
  room.hasRoom(Number.POSITIVE_INFINITY);
  writes(web, 'the end\n');
  room.turn();
  const lines = text().trimEnd().split('\n');
  const kept = lines.filter((line) => line.startsWith('web: xxx')).length;
  const lost = lines.map((line) => Number(/(\d+) lines lost/.exec(line)?.[1] ?? 0)).reduce((sum, count) => sum + count);
  t.equal(kept + lost, 60_000);
  t.ok(kept >= 9_600 && kept < 11_000, `${kept} lines kept`);
  t.equal(lines.filter((line) => line.includes('message')).length, 10);
  t.equal(lines.at(-1), 'web: the end');
});

t.test('very short lines take no more memory than long ones', async (t) => {
  const { room, writes, text } = createScene();
  room.room = 0;
  for (let count = 0; count < 100_000; count++) writes(web, 'x\n');
  room.hasRoom(Number.POSITIVE_INFINITY);
  room.turn();
  const kept = text().split('web: x\n').length - 1;
  t.ok(kept < 10_000, `${kept} kept`);
  t.match(text(), new RegExp(`${100_000 - kept} lines lost`));
});

t.test('a reader that is gone costs a try a second, and is told of the loss when it is back', async (t) => {
  const { room, writes, text } = createScene();
  room.error = EPIPE;
  for (let count = 0; count < 1000; count++) {
    writes(web, 'x\n');
    room.turn();
  }
  t.equal(room.writes, 1);
  room.error = 0;
  room.passes(1_000);
  writes(web, 'back\n');
  room.turn();
  t.equal(text(), '[   1.000] 1000 lines lost: the console is read too slowly\nweb: back\n');
});
