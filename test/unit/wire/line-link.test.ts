import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Test } from 'tap';
import t from 'tap';
import { errno } from '../../../src/kernel/errno.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import type { Lane } from '../../../src/kernel/loop.ts';
import type { LineLink } from '../../../src/wire/line-link.ts';
import { createLineLink } from '../../../src/wire/line-link.ts';
import { openRealRoom } from '../../support/real-room.ts';
import { until } from '../../support/wait.ts';

const maxUnsentBytes = 1024 * 1024;

type News = readonly ['opened', string | null] | readonly ['line', string] | readonly ['lost', string];

/** A link to a peer of the test's own; all news in their order, `onNews` with each of them. */
async function create(t: Test, change: (kernel: Kernel) => Partial<Kernel> = () => ({})) {
  const room = openRealRoom(t);
  const path = `${room.directory}/noted.sock`;
  const peers: Socket[] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    peers.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const news: News[] = [];
  const one = { onNews: (_news: News): void => undefined };
  const tell = (item: News): void => {
    news.push(item);
    one.onNews(item);
  };
  const lanes: Lane[] = [];
  const link: LineLink = createLineLink({
    kernel: { ...room.kernel, ...change(room.kernel) },
    loop: {
      ...room.loop,
      watch(fd, interest, lane, handler) {
        lanes.push(lane);
        return room.loop.watch(fd, interest, lane, handler);
      },
    },
    lane: 'notify',
    path,
    name: 'noted',
    maxLine: 100,
    maxUnsentBytes,
    events: {
      opened: (failure) => tell(['opened', failure]),
      line: (bytes, start, end) => tell(['line', bytes.toString('utf8', start, end)]),
      lost: (reason) => tell(['lost', reason]),
    },
  });
  t.teardown(() => {
    link.close();
    for (const peer of peers) peer.destroy();
    server.close();
  });
  async function open(): Promise<Socket> {
    const before = peers.length;
    link.open();
    await until('the link to open', () => link.state === 'open' && peers.length > before);
    const peer = peers.at(-1);
    if (peer === undefined) throw new Error('no peer');
    return peer;
  }
  return Object.assign(one, { ...room, link, lanes, news, open, peers, server, path });
}

t.test('lines go out whole and in order; those that come one byte at a time, and many at once, are given out one by one', async (t) => {
  const { link, news, open } = await create(t);
  const peer = await open();
  let text = '';
  peer.setEncoding('utf8').on('data', (piece) => {
    text += String(piece);
  });
  for (const line of ['one', 'zwölf', '']) t.equal(link.send(line), true);
  await until('the lines', () => text === 'one\nzwölf\n\n');
  for (const byte of Buffer.from('ü\n')) {
    peer.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  peer.write(`${'x'.repeat(100)}\ny\n`);
  await until('all lines', () => news.length === 4);
  t.strictSame(news, [
    ['opened', null],
    ['line', 'ü'],
    ['line', 'x'.repeat(100)],
    ['line', 'y'],
  ]);
});

t.test('it is watched in the lane that it was given', async (t) => {
  const { lanes, open } = await create(t);
  await open();
  t.strictSame(lanes, ['notify']);
});

t.test('where nobody listens that is told, never before open() has returned, and it can be tried again', async (t) => {
  const { link, news, server, path, open } = await create(t);
  await new Promise((resolve) => server.close(resolve));
  t.equal(link.send('x'), false);
  link.open();
  t.strictSame(news, []);
  await until('the failure', () => news.length === 1);
  t.strictSame(news, [['opened', `connecting to ${path}: ENOENT`]]);
  t.equal(link.state, 'closed');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  await open();
  t.strictSame(news[1], ['opened', null]);
});

t.test('a peer that hangs up in the middle of a line is a loss, and the piece is no line; the next connection begins clean', async (t) => {
  const { link, news, open } = await create(t);
  (await open()).end('whole\nhal');
  await until('the loss', () => link.state === 'closed');
  t.strictSame(news.splice(0), [
    ['opened', null],
    ['line', 'whole'],
    ['lost', 'noted closed the connection'],
  ]);
  t.equal(link.send('x'), false);
  (await open()).write('f\n');
  await until('a line', () => news.length === 2);
  t.strictSame(news, [
    ['opened', null],
    ['line', 'f'],
  ]);
});

t.test('a line that is too long is a loss', async (t) => {
  const { link, news, open } = await create(t);
  (await open()).write('x'.repeat(101));
  await until('the loss', () => link.state === 'closed');
  t.strictSame(news[1], ['lost', 'noted sent a line of more than 100 bytes']);
});

t.test('a peer that does not read: what was taken arrives in order, what is too much is refused', async (t) => {
  const { link, open } = await create(t);
  const peer = await open();
  peer.pause();
  const line = (n: number): string => `${n}`.padEnd(100_000, '.');
  let taken = 0;
  while (link.send(line(taken))) taken += 1;
  t.ok(taken >= maxUnsentBytes / 100_001 && taken < 80, `${taken} lines of 100 kB`);
  t.equal(link.send('y'), false);
  const pieces: Buffer[] = [];
  let length = 0;
  peer.on('data', (piece: Buffer) => {
    pieces.push(piece);
    length += piece.length;
  });
  peer.resume();
  await until('all of them', () => length === taken * 100_001);
  t.equal(Buffer.concat(pieces).toString(), Array.from({ length: taken }, (_, n) => `${line(n)}\n`).join(''));
  t.equal(link.send('y'), true);
});

t.test('what a line leads to may close the link: nothing more is given out, and no loss is told', async (t) => {
  const test = await create(t);
  const peer = await test.open();
  test.onNews = (item) => {
    if (item[0] === 'line') test.link.close();
  };
  peer.write('first\nsecond\n');
  await until('the end', () => test.link.state === 'closed');
  await new Promise((resolve) => test.loop.defer(() => resolve(null)));
  t.strictSame(test.news, [
    ['opened', null],
    ['line', 'first'],
  ]);
});

t.test('a write that fails is a loss, told after the call and only once', async (t) => {
  let result: number | null = null;
  const { link, news, open } = await create(t, (kernel) => ({ write: (...call) => result ?? kernel.write(...call) }));
  await open();
  result = -errno.EPIPE;
  t.equal(link.send('x'), true);
  t.equal(news.length, 1);
  await until('the loss', () => link.state === 'closed');
  t.strictSame(news, [
    ['opened', null],
    ['lost', 'writing to noted: EPIPE'],
  ]);
});
