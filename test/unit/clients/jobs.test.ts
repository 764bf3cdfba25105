/** The client of the socket of ad-hoc jobs against a server that the test plays. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { SubmitRefused, submitJob } from '../../../clients/typescript/jobs.ts';
import { ConnectionError } from '../../../clients/typescript/transport.ts';

/** Each connection is served by the next of these, with the line that it has sent. */
async function serve(test: Test, ...serving: ('turned away' | ((socket: Socket, line: string) => void))[]): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-jobs-'));
  const path = join(directory, 'jfs.sock');
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    const next = serving.shift();
    if (next === undefined || next === 'turned away') return void socket.destroy();
    socket.setEncoding('utf8');
    socket.once('data', (line: string) => next(socket, line));
    socket.on('error', () => undefined);
  });
  server.listen(path);
  await once(server, 'listening');
  test.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return path;
}

const request = { image_path: '/bin/true' };
const ok = '{"status":"ok","job_id":"j"}\n';

t.test('JFS-003 a job is there with its id; its lines follow, whenever they are taken, up to its end', async (t) => {
  const path = await serve(t, (socket, line) => {
    t.equal(line, '{"image_path":"/bin/true"}\n');
    socket.write(`${ok}{"kind":"started","pid":1}\n{"kind":"output","te`);
    setImmediate(() => socket.end('xt":"a"}\n{"kind":"ended","final_state":"completed","exit_code":0}\n'));
  });
  const job = await submitJob(request, { path });
  t.equal(job.id, 'j');
  const lines: unknown[] = [];
  for await (const line of job) lines.push(line);
  t.strictSame(lines, [
    { kind: 'started', pid: 1 },
    { kind: 'output', text: 'a' },
    { kind: 'ended', final_state: 'completed', exit_code: 0 },
  ]);
});

t.test('JFS-002 a refusal has its code', async (t) => {
  const path = await serve(t, (socket) => socket.end('{"status":"error","code":"LIMIT_REACHED","message":"too many"}\n'));
  await t.rejects(submitJob(request, { path }), { name: 'SubmitRefused', code: 'LIMIT_REACHED', message: 'too many' });
  t.ok(new SubmitRefused('LIMIT_REACHED', 'too many') instanceof Error);
});

t.test('O-93 who is turned away asks again on a new connection, for a while', async (t) => {
  let told = 0;
  const path = await serve(t, 'turned away', (socket) => socket.write(ok));
  t.equal((await submitJob(request, { path, onTurnedAway: () => void told++ })).id, 'j');
  t.equal(told, 1);
  await t.rejects(submitJob(request, { path, patienceMs: 50 }), { name: 'ConnectionError', message: /no place for one more \(MaxJobs/ });
});

t.test('a job that may have been made is not asked for a second time', async (t) => {
  let asked = 0;
  const ends = (socket: Socket): void => {
    asked += 1;
    socket.end(asked === 1 ? '' : '{"status":"o');
  };
  const path = await serve(t, ends, ends, ends);
  for (const count of [1, 2]) {
    await t.rejects(submitJob(request, { path }), { name: 'ConnectionError', message: /before the job had ended/ });
    t.equal(asked, count);
  }
});

t.test('a connection that ends before the job does, or is no job’s, is an error', async (t) => {
  const path = await serve(
    t,
    (socket) => socket.end(`${ok}{"kind":"started","pid":1}\n`),
    (socket) => socket.write('hello\n'),
  );
  const lines = (await submitJob(request, { path }))[Symbol.asyncIterator]();
  t.match(await lines.next(), { value: { kind: 'started' } });
  await t.rejects(lines.next(), { name: 'ConnectionError', message: /before the job had ended/ });
  await t.rejects(submitJob(request, { path }), { name: 'ProtocolError', message: /does not speak the protocol of ad-hoc jobs/ });
  await t.rejects(submitJob(request, { path: `${path}.none` }), ConnectionError, 'there is no socket of ad-hoc jobs');
});
