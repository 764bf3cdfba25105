import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import type { LineConnection, LineHandler, LineServerOptions } from '../../../src/hosted/daemon/line-server.ts';
import { congestionBytes, startLineServer } from '../../../src/hosted/daemon/line-server.ts';
import { Problem } from '../../../src/hosted/daemon/problem.ts';
import type { Holder } from '../../../src/wire/places.ts';
import { until } from '../../support/wait.ts';

const system: Holder = { user: 0, isSystem: true };

interface Served {
  readonly connection: LineConnection;
  readonly lines: string[];
  drained: number;
  closed: boolean;
}

/** A server that answers each line with `answer` of it, and a way to connect. */
async function serve(t: Test, answer = (line: string): string => `re ${line}`, options: Partial<LineServerOptions<number>> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'line-server-'));
  const path = join(directory, 'below/daemon.sock');
  const served: Served[] = [];
  const server = await startLineServer<number>({
    path,
    mode: 0o600,
    maxLine: 64,
    maxConnections: 3,
    maxConnectionsPerUser: 3,
    admit: () => ({ peer: 7, holder: system }),
    full: () => 'full',
    tooLong: () => 'too long',
    open(connection, _peer): LineHandler {
      const one: Served = { connection, lines: [], drained: 0, closed: false };
      served.push(one);
      return {
        line(bytes, start, end) {
          const line = bytes.toString('utf8', start, end);
          one.lines.push(line);
          connection.send(answer(line));
        },
        drained() {
          one.drained += 1;
        },
        closed() {
          one.closed = true;
        },
      };
    },
    ...options,
  });
  const sockets: Socket[] = [];
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  async function client(): Promise<{ readonly socket: Socket; text(): string; ended(): boolean }> {
    const socket = connect(path);
    sockets.push(socket);
    let text = '';
    let ended = false;
    socket.setEncoding('utf8').on('data', (piece) => {
      text += String(piece);
    });
    socket.on('end', () => {
      ended = true;
    });
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    return { socket, text: () => text, ended: () => ended };
  }
  return { server, served, client, path, directory };
}

t.test('what somebody puts in the place of the socket at once keeps its own mode', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'line-server-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const [path, other] = [join(directory, 's'), join(directory, 'other')];
  writeFileSync(other, '', { mode: 0o600 });
  const starting = startLineServer<number>({
    path,
    mode: 0o666,
    maxLine: 64,
    maxConnections: 3,
    maxConnectionsPerUser: 3,
    admit: () => ({ refusal: null }),
    full: () => null,
    tooLong: () => null,
    open: () => ({ line: () => undefined, drained: () => undefined, closed: () => undefined }),
  });
  rmSync(path);
  symlinkSync(other, path);
  await (await starting).close();
  t.equal(statSync(other).mode & 0o777, 0o600);
});

t.test('the socket has its mode, its directory is for everyone to pass, and what lay there before is gone', async (t) => {
  const { path, directory, server } = await serve(t);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(statSync(join(directory, 'below')).mode & 0o777, 0o755);
  await server.close();
  t.throws(() => statSync(path));
  writeFileSync(path, 'left over');
  const again = await startLineServer({
    path,
    mode: 0o666,
    maxLine: 1,
    maxConnections: 1,
    maxConnectionsPerUser: 1,
    admit: () => ({ peer: 0, holder: system }),
    full: () => '',
    tooLong: () => '',
    open: () => ({ line: () => undefined, drained: () => undefined, closed: () => undefined }),
  });
  t.equal(statSync(path).mode & 0o777, 0o666);
  await again.close();
});

t.test('a socket that cannot be made is a problem with a remedy', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'line-server-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'file'), '');
  const path = join(directory, 'file/daemon.sock');
  const message = `the socket ${path} cannot be made: EEXIST: file already exists, mkdir '${join(directory, 'file')}'`;
  await t.rejects(serve(t, undefined, { path }), new Problem(message, 'name another one with --socket'));
});

t.test('lines that come one byte at a time, and many in one piece, are all served in order', async (t) => {
  const { client, served } = await serve(t);
  const one = await client();
  one.socket.setNoDelay(true);
  for (const byte of Buffer.from('ü\n')) {
    one.socket.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  await until('the first answer', () => one.text() === 're ü\n');
  one.socket.write(Array.from({ length: 1000 }, (_, n) => `${n}\n`).join(''));
  const expected = Array.from({ length: 1000 }, (_, n) => `${n}`);
  await until('the others', () => served[0]?.lines.length === 1001);
  t.strictSame(served[0]?.lines, ['ü', ...expected]);
  await until('all answers in order', () => one.text() === ['ü', ...expected].map((line) => `re ${line}\n`).join(''));
});

t.test('a line of the limit is served, one more byte gets the last word and the end, and nothing behind it counts', async (t) => {
  const { client, served } = await serve(t);
  const one = await client();
  one.socket.write(`${'x'.repeat(64)}\n${'y'.repeat(65)}\nlater\n`);
  await until('the end', () => one.ended());
  t.equal(one.text(), `re ${'x'.repeat(64)}\ntoo long\n`);
  t.strictSame(served[0]?.lines, ['x'.repeat(64)]);
  await until('the handler to hear of it', () => served[0]?.closed === true);
});

t.test('whoever is not admitted, or for whom there is no room, reads why', async (t) => {
  let stranger = false;
  const { client, server, served } = await serve(t, undefined, {
    admit: (descriptor) => (stranger || descriptor < 0 ? { refusal: 'not you' } : { peer: 1, holder: system }),
  });
  const clients = [await client(), await client(), await client()];
  await until('three connections', () => server.connections === 3);
  const fourth = await client();
  await until('the end of the fourth', () => fourth.ended());
  t.equal(fourth.text(), 'full\n');
  clients[1]?.socket.destroy();
  await until('a place', () => server.connections === 2 && served[1]?.closed === true);
  const fifth = await client();
  fifth.socket.write('x\n');
  await until('the place to be taken', () => fifth.text() === 're x\n');
  stranger = true;
  const sixth = await client();
  await until('the end of the sixth', () => sixth.ended());
  t.equal(sixth.text(), 'not you\n');
});

t.test('a peer that hangs up in the middle of a line ends its connection and leaves the others', async (t) => {
  const { client, served, server } = await serve(t);
  const [one, other] = [await client(), await client()];
  await until('both', () => served.length === 2);
  one.socket.write('whole\nhal');
  await until('the whole line', () => served[0]?.lines.length === 1);
  one.socket.destroy();
  await until('the connection to be forgotten', () => server.connections === 1);
  t.strictSame(served[0]?.lines, ['whole']);
  t.equal(served[0]?.closed, true);
  served[0]?.connection.send('to nobody');
  other.socket.write('y\n');
  await until('the other one', () => other.text() === 're y\n');
});

t.test('a peer that does not read is served no further, and gets everything once it reads', async (t) => {
  const answerBytes = 100_000;
  const { client, served } = await serve(t, (line) => line.padEnd(answerBytes, '.'));
  const greedy = await client();
  const quick = await client();
  await until('both', () => served.length === 2);
  greedy.socket.pause();
  const count = 300;
  greedy.socket.write(Array.from({ length: count }, (_, n) => `${n}\n`).join(''));
  await until('congestion', () => served[0]?.connection.congested === true);
  const before = served[0]?.lines.length ?? 0;
  t.ok(before < (congestionBytes + 2_000_000) / answerBytes, `${before} of ${count} lines were served`);
  for (let n = 0; n < 20; n += 1) {
    quick.socket.write('q\n');
    await until('the other one', () => quick.text().length === (n + 1) * (answerBytes + 1));
  }
  t.equal(served[0]?.lines.length, before, 'not one more meanwhile');
  greedy.socket.resume();
  await until('all answers', () => greedy.text().length === count * (answerBytes + 1));
  t.strictSame(
    greedy.text().split('\n', count),
    Array.from({ length: count }, (_, n) => `${n}`.padEnd(answerBytes, '.')),
  );
  t.ok((served[0]?.drained ?? 0) > 0);
});

t.test('closing ends every connection, and its handler hears of it', async (t) => {
  const { client, served, server } = await serve(t);
  const one = await client();
  await until('the connection', () => served.length === 1);
  const before = server.lastLineMs;
  one.socket.write('x\n');
  await until('an answer', () => one.text() !== '');
  t.ok(server.lastLineMs > before);
  await server.close();
  await until('the end', () => one.ended());
  t.equal(served[0]?.closed, true);
});

t.test('at the limit a place that is given back is free at once', async (t) => {
  const { client } = await serve(t);
  for (let round = 0; round < 30; round++) {
    const clients = await Promise.all([client(), client(), client()]);
    for (const [at, each] of clients.entries()) each.socket.write(`${at}\n`);
    await until('all are served', () => clients.every((each, at) => each.text() === `re ${at}\n`));
    for (const { socket } of clients) socket.destroy();
    const next = await client();
    next.socket.write('next\n');
    await until('an answer', () => next.text() !== '');
    t.equal(next.text(), 're next\n');
    next.socket.destroy();
  }
});

t.test('users other than SYSTEM have a limit of their own, and some places are not for them', async (t) => {
  let user = 1;
  const admit = (): { readonly peer: number; readonly holder: Holder } => ({ peer: user, holder: { user, isSystem: user === 0 } });
  const { client } = await serve(t, undefined, { maxConnections: 12, maxConnectionsPerUser: 5, admit });
  async function served(): Promise<number> {
    for (let count = 0; ; count++) {
      const one = await client();
      one.socket.write('x\n');
      await until('an answer', () => one.text().endsWith('\n'));
      if (one.text() === 'full\n') return count;
    }
  }
  const counts: number[] = [];
  for (user of [1, 2, 0]) counts.push(await served());
  t.strictSame(counts, [5, 3, 4]);
});

for (const [how, remove] of [
  ['alone', (path: string) => rmSync(path)],
  ['with its directory', (path: string) => rmSync(dirname(path), { recursive: true })],
] as const)
  t.test(`a socket that somebody removes ${how} is made again, with its mode, and who is connected notices nothing`, async (t) => {
    const { client, path } = await serve(t);
    const before = await client();
    before.socket.write('one\n');
    await until('an answer', () => before.text() === 're one\n');
    remove(path);
    await until('the socket is back', () => statSync(path, { throwIfNoEntry: false }) !== undefined);
    t.equal(statSync(path).mode & 0o777, 0o600);
    const after = await client();
    after.socket.write('two\n');
    before.socket.write('three\n');
    await until('both are answered', () => after.text() === 're two\n' && before.text() === 're one\nre three\n');
    t.notOk(before.ended());
  });
