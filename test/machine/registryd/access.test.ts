/** Several users of Linux at one registry, each a process of its own. */
import { spawn } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { aclOf } from '../../../src/security/acl.ts';
import { descriptorOf, encodeDescriptor } from '../../../src/security/descriptor.ts';
import { until } from '../../support/wait.ts';
import type { Daemon } from './daemon.ts';
import { startDaemon } from './daemon.ts';

/** Sends lines and prints what comes, until so many lines did, or 10 s are over. */
const client = `
  const [path, count, ...lines] = process.argv.slice(1);
  const socket = require('node:net').connect(path);
  let text = '';
  const end = () => { process.stdout.write(text, () => process.exit()); };
  setTimeout(end, 10000).unref();
  socket.on('data', (piece) => { text += piece; if (text.split('\\n').length > Number(count)) end(); });
  socket.on('error', (error) => { text += JSON.stringify({ error: error.code }) + '\\n'; end(); });
  socket.on('close', end);
  for (const line of lines) socket.write(line + '\\n');
`;

interface As {
  readonly uid: number;
  readonly gid?: number;
}

/** What these requests are answered, in order. */
async function answers(daemon: Daemon, { uid, gid = uid }: As, requests: readonly object[]): Promise<readonly unknown[]> {
  const lines = requests.map((request, index) => JSON.stringify({ id: index + 1, ...request }));
  const child = spawn(process.execPath, ['-e', client, daemon.socket, String(lines.length), ...lines], { uid, gid, env: {} });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { error?: string; status?: string })
    .map(({ error, status }) => error ?? status);
}

async function openToAll(t: Test): Promise<Daemon> {
  const daemon = await startDaemon(t);
  chmodSync(daemon.directory, 0o755);
  return daemon;
}

const set = (path: string): object => ({ op: 'set', path, name: 'x', type: 'DWORD', data: 1 });
const services = 'Machine\\System\\Services';

t.test('SEC-001 BOOT-005 an ordinary user reads what is for all, and neither reads nor writes definitions', async (t) => {
  const daemon = await openToAll(t);
  const registry = await daemon.connect();
  await registry.create({ path: `${services}\\web` });
  const requests = [
    { op: 'enum', path: 'Machine' },
    { op: 'read-tree', path: 'Machine', depth: 1 },
    set('Machine'),
    { op: 'create', path: 'Machine\\Mine' },
    { op: 'create', path: `${services}\\mine` },
    set(services),
    set(`${services}\\web`),
    { op: 'query-all', path: `${services}\\web` },
    { op: 'watch', path: services, subtree: true },
    { op: 'delete-key', path: `${services}\\web` },
    { op: 'security-get', path: services },
    { op: 'security-set', path: services, security: '' },
    { op: 'create', path: 'Users\\mine' },
    { op: 'open', path: services },
  ];
  t.strictSame(await answers(daemon, { uid: 1000 }, requests), [
    ...['ok', 'ok', 'EACCES', 'EACCES', 'EACCES', 'EACCES', 'EACCES', 'EACCES', 'EACCES', 'EACCES', 'EACCES', 'EINVAL', 'EACCES'],
    // MAXIMUM_ALLOWED alone is always granted, also where it is nothing.
    'ok',
  ]);
  t.strictSame((await registry.enum({ path: services })).names, ['web']);
  await until('its refusals', () => daemon.stderr().includes('more like it within a second'));
  t.match(daemon.stderr(), /access denied to S-1-22-1-1000 \(uid 1000\), process \d+: KEY_SET_VALUE on Machine\n/);
  t.equal(daemon.stderr().match(/access denied/g)?.length, 2, 'two lines of ten refusals');
});

t.test('SEC-001 users and groups of Linux are principals of descriptors, and the kernel says who one is', async (t) => {
  const daemon = await openToAll(t);
  const registry = await daemon.connect();
  await registry.create({ path: 'Machine\\Shared' });
  const ace = (sid: string, mask: number) => ({ kind: 'known', type: 'allow', flags: 2, mask, sid, object: null, data: null }) as const;
  const security = encodeDescriptor(
    descriptorOf({
      owner: 'S-1-5-18',
      group: null,
      sacl: null,
      dacl: aclOf([ace('S-1-5-18', 0xf003f), ace('S-1-22-1-1000', 0x2_0006), ace('S-1-22-2-77', 0x2_0019)]),
    }),
  );
  await registry.securitySet({ path: 'Machine\\Shared', security: Buffer.from(security).toString('base64') });
  const requests = [{ op: 'query-all', path: 'Machine\\Shared' }, set('Machine\\Shared'), { op: 'create', path: 'Machine\\Shared\\k' }];
  t.strictSame(
    [
      await answers(daemon, { uid: 1000 }, requests),
      await answers(daemon, { uid: 1001, gid: 77 }, requests),
      await answers(daemon, { uid: 1002 }, requests),
      // In a user namespace what ids that are not mapped look like, else a user as any other.
      await answers(daemon, { uid: 65534 }, requests),
    ],
    [
      ['EACCES', 'ok', 'ok'],
      ['ok', 'EACCES', 'ok'],
      ['EACCES', 'EACCES', 'ok'],
      ['EACCES', 'EACCES', 'ok'],
    ],
    'the key that is there by then is found by all',
  );
});

t.test('O-90 one user gets 32 connections, and the others theirs', async (t) => {
  const daemon = await openToAll(t);
  const crowd = `
    const sockets = [];
    let open = 0, full = 0;
    const next = () => {
      if (open + full === 40) { process.stdout.write(JSON.stringify([open, full])); return; }
      const socket = require('node:net').connect(process.argv[1]);
      sockets.push(socket);
      socket.write('{"id":1,"op":"enum","path":"Machine"}\\n');
      socket.once('data', (text) => { if (String(text).includes('EBUSY')) full += 1; else open += 1; next(); });
    };
    next();`;
  const child = spawn(process.execPath, ['-e', crowd, daemon.socket], { uid: 1000, gid: 1000, env: {} });
  t.teardown(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (piece) => {
    text += String(piece);
  });
  await until('all of them', () => text !== '');
  t.equal(text, '[32,8]');
  t.strictSame(await answers(daemon, { uid: 1001 }, [{ op: 'enum', path: 'Machine' }]), ['ok']);
});

t.test('SEC-001 the files of the store are refused by the kernel to everybody else', async (t) => {
  const daemon = await openToAll(t);
  const store = join(daemon.directory, 'store');
  const script = `
    const { readdirSync, openSync } = require('node:fs');
    const code = (act) => { try { act(); return 'done'; } catch (error) { return error.code; } };
    const [store, ...files] = process.argv.slice(1);
    console.log(JSON.stringify([code(() => readdirSync(store)), ...files.map((file) => code(() => openSync(store + '/' + file)))]));`;
  const files = readdirSync(store);
  t.ok(files.includes('machine.db'));
  const child = spawn(process.execPath, ['-e', script, store, ...files], { uid: 1000, gid: 1000, env: {} });
  let text = '';
  child.stdout.on('data', (piece) => {
    text += String(piece);
  });
  await new Promise((resolve) => child.once('close', resolve));
  t.strictSame(
    JSON.parse(text),
    Array.from({ length: files.length + 1 }, () => 'EACCES'),
  );
});
