import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import t from 'tap';
import { encodeLogsRequest } from '../../../gen/output/encode.ts';
import type { LogsResponse } from '../../../gen/output/types.ts';
import { until } from '../../support/wait.ts';
import { burst, logsOf, program, startEventd, temporaryDirectory } from './daemon.ts';

execFileSync('sh', [join(import.meta.dirname, '../../../bin/build-runtime')]);

const skip = process.getuid?.() === 0 ? false : 'needs root';
const megabytesOf = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

t.test('the sockets have their modes, and an end in order keeps all that was handed over', { skip }, async (t) => {
  const directory = temporaryDirectory(t);
  const daemon = await startEventd(t, directory);
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  const paths = ['log.sock', 'query.sock', 'store', 'store/events.db'].map((name) => join(dirname(daemon.logSocket), name));
  t.strictSame(paths.map(modeOf), ['600', '666', '700', '600']);
  const sender = await daemon.sender();
  await sender.hello('b');
  sender.send(burst(1, ['one', 'two']), burst(3, ['three']));
  daemon.signal('SIGTERM');
  t.strictSame(await daemon.ended, { code: 0, signal: null });
  const again = await startEventd(t, directory);
  const texts = (await logsOf(await again.client())).map((entry) => entry.kind === 'line' && entry.text);
  t.strictSame(texts, ['one', 'two', 'three'].slice(0, texts.length));
  t.ok(texts.length >= (sender.acknowledged.at(-1)?.log ?? 0));
});

t.test('a second one on the same database refuses, with what to do, and takes nothing from the first', { skip }, async (t) => {
  const daemon = await startEventd(t, temporaryDirectory(t));
  const { status, stderr } = spawnSync(process.execPath, [program, ...daemon.words], { encoding: 'utf8', env: {} });
  t.equal(status, 1);
  t.match(stderr, /another eventd runs on .*store\neventd: what to do: stop it first/);
  const sender = await daemon.sender();
  await sender.hello('b');
  sender.send(burst(1, ['one']));
  await sender.takes(1);
  t.equal((await logsOf(await daemon.client())).length, 1);
});

t.test('what is no record ends the connection with a message, and the next one is served', { skip }, async (t) => {
  const daemon = await startEventd(t, temporaryDirectory(t));
  for (const [bytes, message] of [
    ['{"kind":"log"}\n', /the connection of process 1 is closed: a line is no record/],
    ['x'.repeat(9 << 20), /the connection of process 1 is closed: a line has more than 8388608 bytes/],
  ] as const) {
    const sender = await daemon.sender();
    await sender.hello('b');
    sender.socket.write(bytes);
    await until('it is closed', () => sender.isOver);
    await until('that is told', () => message.test(daemon.stderr()), { more: daemon.stderr });
  }
  const sender = await daemon.sender();
  t.strictSame(await sender.hello('b'), { log: 0, event: 0 });
  sender.send(burst(1, ['x'.repeat(2 << 20)]));
  await sender.takes(1);
  t.strictSame(
    (await logsOf(await daemon.client())).map((entry) => entry.kind === 'line' && entry.text.length),
    [2 << 20],
    'a line of two megabytes is one',
  );
});

t.test('a follower that does not read takes no memory and holds nobody up, and then gets all of it', { skip }, async (t) => {
  const daemon = await startEventd(t, temporaryDirectory(t));
  const sender = await daemon.sender();
  await sender.hello('b');
  const socket = connect(join(dirname(daemon.logSocket), 'query.sock'));
  t.teardown(() => socket.destroy());
  let text = '';
  const seen: number[] = [];
  socket.setEncoding('utf8').on('data', (piece) => {
    const lines = (text + String(piece)).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines)
      for (const entry of (JSON.parse(line) as LogsResponse).entries) seen.push(entry.kind === 'line' ? entry.id : -1);
  });
  socket.write(`${encodeLogsRequest({ follow: true }, 1)}\n`);
  sender.send(burst(1, ['first']));
  await until('it follows', () => seen.length === 1);
  socket.pause();
  const perBurst = 500;
  const total = 300_000;
  const texts = Array.from({ length: perBurst }, () => 'x'.repeat(100));
  for (let id = 2; id < total; id += perBurst)
    if (!sender.send(burst(id, texts))) await new Promise((resolve) => sender.socket.once('drain', resolve));
  const last = 1 + Math.ceil((total - 2) / perBurst) * perBurst;
  await sender.takes(last);
  const memory = megabytesOf(daemon.pid);
  t.ok(memory < 220, `${memory.toFixed(0)} MB`);
  socket.resume();
  await until('it has read all', () => seen.length >= last, { more: () => String(seen.length) });
  t.strictSame(
    seen,
    Array.from({ length: last }, (_, index) => index + 1),
  );
});
