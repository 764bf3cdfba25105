import { spawnSync } from 'node:child_process';
import { chmodSync, statSync } from 'node:fs';
import t from 'tap';
import { endpoints } from '../../../gen/registry/facts.ts';
import { LineClient } from '../../support/line-client.ts';
import { startDaemon } from './daemon.ts';

const { maxLine } = endpoints.registry;

t.test('once it serves it says so, and asks for a watchdog of 30 s', async (t) => {
  t.strictSame((await startDaemon(t)).said, ['READY=1\n', 'WATCHDOG_USEC=30000000\nWATCHDOG=1\n']);
});

t.test('a malformed request is answered with EINVAL naming what is wrong, and the connection goes on', async (t) => {
  const daemon = await startDaemon(t);
  const connection = await LineClient.open(daemon.socket, t);
  const cases = [
    ['no json', 0, /the line/],
    ['[]', 0, /the line/],
    ['', 0, /the line/],
    ['{"id":1,"op":"query","op":"query"}', 0, /op/],
    ['{"op":"enum","path":"Machine"}', 0, /member id/],
    ['{"id":-1,"op":"enum","path":"Machine"}', 0, /member id/],
    ['{"id":"1","op":"enum","path":"Machine"}', 0, /member id/],
    ['{"id":2}', 2, /member op/],
    ['{"id":3,"op":"nothing"}', 3, /member op/],
    ['{"id":4,"op":"enum"}', 4, /member path must be a string/],
    ['{"id":5,"op":"enum","path":7}', 5, /member path must be a string/],
    ['{"id":6,"op":"open","path":"Machine","access":-1}', 6, /member access must be an integer/],
    ['{"id":7,"op":"set","path":"Machine","name":"x","type":"REG_SZ","data":""}', 7, /member type/],
    [`{"id":8,"op":"enum","path":${'['.repeat(5000)}`, 0, /the line/],
  ] as const;
  for (const [line, id, message] of cases) {
    connection.raw(`${line}\n`);
    t.match(await connection.answer(), { id, error: 'EINVAL', message }, line.slice(0, 60));
  }
  connection.raw(Buffer.from([0x7b, 0xff, 0x7d, 0x0a]));
  t.match(await connection.answer(), { id: 0, error: 'EINVAL', message: /UTF-8/ });
  connection.raw('{"id":9,"op":"enum","path":"Users","unknown":true}\n');
  t.strictSame(await connection.answer(), { id: 9, status: 'ok', names: [] }, 'unknown members are ignored');
});

t.test('requests in pieces of one byte, and many in one piece, are all answered', async (t) => {
  const daemon = await startDaemon(t);
  const connection = await LineClient.open(daemon.socket, t);
  connection.socket.setNoDelay(true);
  await connection.bytewise('{"id":1,"op":"enum","path":"Machine\\\\ü"}\n');
  t.match(await connection.answer(), { id: 1, error: 'ENOENT' });
  let text = '';
  for (let id = 2; id < 1002; id += 1) text += `{"id":${id},"op":"enum","path":"Users"}\n`;
  connection.raw(text);
  const ids = Array.from({ length: 1000 }, (_, at) => at + 2);
  const answered: unknown[] = [];
  for (const _ of ids) answered.push((await connection.answer())['id']);
  t.strictSame(answered, ids);
});

t.test('a line of exactly the limit is served; a longer one is answered with EINVAL and closes, buffered no further', async (t) => {
  const daemon = await startDaemon(t);
  const fits = await LineClient.open(daemon.socket, t);
  const head = '{"id":1,"op":"enum","path":"Users","pad":"';
  fits.raw(`${head}${'x'.repeat(maxLine - head.length - 2)}"}\n`);
  t.match(await fits.answer(), { id: 1, status: 'ok' });
  const over = await LineClient.open(daemon.socket, t);
  over.raw(`${head}${'x'.repeat(maxLine - head.length - 1)}"}\n{"id":2,"op":"enum","path":"Users"}\n`);
  t.match(await over.answer(), { id: 0, error: 'EINVAL', message: /4194304 bytes/ });
  t.equal(await over.end(), '');
  const endless = await LineClient.open(daemon.socket, t);
  endless.raw('x'.repeat(maxLine + 1));
  t.match(await endless.answer(), { id: 0, error: 'EINVAL' });
  t.equal(await endless.end(), '');
});

t.test('the socket is for everybody, and a user without rights reads no definition', async (t) => {
  const daemon = await startDaemon(t);
  t.equal(statSync(daemon.socket).mode & 0o777, 0o666);
  chmodSync(daemon.directory, 0o755);
  const script = `
    const socket = require('node:net').connect(${JSON.stringify(daemon.socket)});
    socket.end('{"id":1,"op":"enum","path":"Machine\\\\\\\\System\\\\\\\\Services"}\\n');
    socket.pipe(process.stdout);
    socket.on('error', () => undefined);`;
  const other = spawnSync(process.execPath, ['-e', script], { uid: 65534, gid: 65534, encoding: 'utf8', timeout: 30_000, env: {} });
  const answer = JSON.parse(other.stdout);
  t.match(answer, { id: 1, error: 'EACCES' });
  t.strictSame(Object.keys(answer).sort(), ['error', 'id', 'message']);
});

t.test('a peer that sends requests and reads no answers is not served further, and the others are', async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  await registry.set({ path: 'Machine', name: 'big', type: 'SZ', data: 'x'.repeat(500_000) });
  const greedy = await LineClient.open(daemon.socket, t);
  greedy.pause();
  // 300 answers of half a megabyte each; a daemon that kept them all would need 150 MB.
  let text = '';
  for (let id = 1; id <= 300; id += 1) text += `{"id":${id},"op":"query","path":"Machine","name":"big"}\n`;
  greedy.raw(text);
  for (let index = 0; index < 20; index += 1) await registry.enum({ path: 'Users' });
  const rss = Number(/VmRSS:\s+(\d+) kB/.exec((await import('node:fs')).readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))?.[1]);
  t.ok(rss < 140_000, `${rss} kB resident`);
  greedy.resume();
  const answered: unknown[] = [];
  for (let count = 0; count < 300; count += 1) answered.push((await greedy.answer())['id']);
  t.strictSame(
    answered,
    Array.from({ length: 300 }, (_, at) => at + 1),
    'all answers come once they are read',
  );
});

t.test('SIGTERM ends it with 0, its log folded into the store and its socket gone', async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  await registry.set({ path: 'Machine', name: 'x', type: 'DWORD', data: 7 });
  const { transaction } = await registry.begin();
  await registry.set({ path: 'Machine', name: 'x', type: 'DWORD', data: 8, transaction });
  t.same(await daemon.stop(), { code: 0, signal: null });
  t.throws(() => statSync(`${daemon.directory}/store/machine.db-wal`));
  t.throws(() => statSync(daemon.socket));
  t.equal(daemon.stderr(), '');
  const again = await (await startDaemon(t, daemon.directory)).connect();
  t.match(await again.query({ path: 'Machine', name: 'x' }), { data: 7 }, 'what was not committed is not there');
});
