/** What the authority answers, and to whom, whatever is sent to it. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import t from 'tap';
import { keyDescriptorFrom } from '../../../src/registry/security/given.ts';
import { serviceSid } from '../../../src/security/service-sid.ts';
import { until } from '../../support/wait.ts';
import { startDaemon } from '../registryd/daemon.ts';
import { readUsers, startAuthority, token, writeUsers } from './authority.ts';

/** Empty: it is gone already. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const skip = process.getuid?.() === 0 ? false : 'needs root';
const authority = 'Machine\\System\\Authority';

t.test('ID-004 ID-005 ID-006 O-30 pipelined requests are answered in their order, each with one descriptor', { skip }, async (t) => {
  const daemon = await startDaemon(t);
  const authd = await startAuthority(t, daemon.directory);
  t.equal(statSync(authd.socket).mode & 0o777, 0o600);
  const peer = authd.connect();
  const count = 1000;
  const services = Array.from({ length: count }, (_, index) => `s${index}`);
  const identities = ['LocalService', 'nobody-at-all', 'NetworkService'] as const;
  for (let from = 0; from < count; from += 100)
    peer.ask(...services.slice(from, from + 100).map((service, index) => [identities[(from + index) % 3] ?? '', service] as const));
  const answers = await peer.answers(count);
  const wrong = answers.flatMap((answer, index) => {
    if (index % 3 === 1) return answer.status === 'error' && answer.code === 'IDENTITY_NOT_FOUND' ? [] : [index];
    const { user, groups } = token(answer).token;
    return user === (index % 3 === 0 ? 'S-1-5-19' : 'S-1-5-20') && groups.at(-1)?.sid === serviceSid(`s${index}`) ? [] : [index];
  });
  t.strictSame(wrong, []);
  const tokens = answers.flatMap((answer) => (answer.status === 'ok' ? [answer.spec] : []));
  t.equal(new Set(tokens.flatMap(({ uid, gid }) => [uid, gid])).size, 2 * tokens.length, 'no number twice');
  await until('it tells so', () => authd.said().includes(`STATUS=accounts: 0, ids given: ${2 * tokens.length}`));
  const { passwd } = readUsers(authd.etc);
  t.equal(passwd.split('\n').filter((line) => line.includes(':!peinit:')).length, tokens.length);
  authd.signal('SIGTERM');
  t.strictSame(await authd.ended, { code: 0, signal: null });
  t.equal(authd.stderr(), '');
});

t.test('nonsense is refused in its place, and the connection goes on; a line that is too long ends it', { skip }, async (t) => {
  const daemon = await startDaemon(t);
  const authd = await startAuthority(t, daemon.directory);
  const peer = authd.connect();
  const lines = [
    'x',
    '[]',
    '{"identity":7}',
    '{"identity":"LocalService","service":""}',
    `{"identity":"LocalService","service":"${'n'.repeat(300)}"}`,
    '{"identity":"LocalService","identity":"SYSTEM"}',
    '\xff\x00\x01',
    '{"identity":"LocalService","service":"web"}',
  ];
  peer.send(`${lines.join('\n')}\n`);
  const answers = await peer.answers(lines.length);
  t.strictSame(
    answers.map((answer) => (answer.status === 'ok' ? 'ok' : answer.code)),
    [...Array.from({ length: 7 }, () => 'INVALID_REQUEST'), 'ok'],
  );
  peer.send('x'.repeat(5000));
  const [last] = await peer.answers(1);
  t.match(last, { code: 'INVALID_REQUEST', message: /more than 4096 bytes/ });
  await until('the connection is over', () => peer.isOver());
  t.equal((await authd.ask('LocalService', 'web')).status, 'ok');
});

t.test('whoever is not root gets no token', { skip }, async (t) => {
  const daemon = await startDaemon(t);
  const authd = await startAuthority(t, daemon.directory);
  const script =
    'import socket,sys,os\nos.setgroups([]); os.setgid(65534); os.setuid(65534)\n' +
    's=socket.socket(socket.AF_UNIX)\ntry:\n s.connect(sys.argv[1]); s.send(b\'{"identity":"LocalService"}\\n\')\n' +
    ' print(s.recv(999).decode())\n' +
    'except OSError as e: print(e.errno)\n';
  const run = (): string => spawnSync('python3', ['-c', script, authd.socket], { encoding: 'utf8' }).stdout.trim();
  t.equal(run(), '13');
  spawnSync('chmod', ['-R', 'a+rwx', daemon.directory]);
  t.match(run(), /"code":"DENIED"/);
});

t.test('one that never reads harms nobody else, and is let go', { skip }, async (t) => {
  const daemon = await startDaemon(t);
  const authd = await startAuthority(t, daemon.directory);
  const [deaf, other] = [authd.connect(), authd.connect()];
  for (let round = 0; round < 20; round++) deaf.ask(...Array.from({ length: 100 }, () => ['LocalService', 'web'] as const));
  for (let round = 0; round < 20; round++) {
    other.ask(['LocalService', 'web']);
    t.equal((await other.answers(1)).length, 1);
  }
  const descriptors = (): number => Number(spawnSync('sh', ['-c', `ls /proc/${authd.pid}/fd | wc -l`], { encoding: 'utf8' }).stdout);
  await until('what it did not read is closed', () => descriptors() < 60, { limitMs: 30_000, more: () => String(descriptors()) });
});

t.test('O-81 what is changed in the registry counts with the next token', { skip }, async (t) => {
  const daemon = await startDaemon(t);
  const authd = await startAuthority(t, daemon.directory);
  const registry = await daemon.connect();
  t.match(await authd.ask('app', 'web'), { status: 'error', code: 'IDENTITY_NOT_FOUND' });
  await registry.create({ path: `${authority}\\Accounts\\app` });
  const first = token(await authd.ask('app', 'web'));
  t.match(first.token.user, /^S-1-5-21-\d+-\d+-\d+-1000$/);
  await registry.create({ path: `${authority}\\Privileges\\service:web` });
  const grant = { path: `${authority}\\Privileges\\service:web`, name: 'Privileges', type: 'MULTI_SZ' } as const;
  for (const [names, mask] of [
    [['SeLockMemoryPrivilege'], (1n << 23n) | (1n << 4n)],
    [[], 1n << 23n],
  ] as const) {
    await registry.set({ ...grant, data: [...names] });
    t.equal(token(await authd.ask('app', 'web')).token.privilegesPresent, mask);
  }
  await registry.set({ path: `${authority}\\Accounts\\app`, name: 'Uid', type: 'SZ', data: 'x' });
  t.match(await authd.ask('app', 'web'), { status: 'error', code: 'IDENTITY_BROKEN', message: /Accounts\\app\\Uid is of type SZ/ });
  t.equal((await authd.ask('LocalService', 'web')).status, 'ok');
});

t.test('it outlives registryd: what is known is given meanwhile, what is new waits for it', { skip }, async (t) => {
  const daemon = await startDaemon(t);
  const authd = await startAuthority(t, daemon.directory);
  const before = token(await authd.ask('LocalService', 'web'));
  daemon.signal('SIGKILL');
  await daemon.ended;
  t.strictSame(token(await authd.ask('LocalService', 'web')), before);
  const waiting = authd.ask('LocalService', 'db');
  await startDaemon(t, daemon.directory);
  t.equal(token(await waiting).uid, before.gid + 1);
  t.strictSame(token(await authd.ask('LocalService', 'web')), before);
});

t.test('without a registry what is new is refused as BUSY before PID 1 gives up', { skip }, async (t) => {
  const daemon = await startDaemon(t);
  const authd = await startAuthority(t, daemon.directory);
  await daemon.stop();
  const begun = performance.now();
  t.match(await authd.ask('LocalService', 'db'), { status: 'error', code: 'BUSY' });
  t.ok(performance.now() - begun < 5_000 * 1.5, `${performance.now() - begun} ms`);
});

t.test('O-31 O-80 names stand in the files of users, lines of others are untouched, and a lock is waited for', { skip }, async (t) => {
  const daemon = await startDaemon(t);
  const foreign = { passwd: 'root:x:0:0:root:/root:/bin/sh\n\n# mine\nx:y\nbin\xe9:x:7:7::/:/bin/sh', group: 'root:x:0:\n' };
  const etc = writeUsers(daemon.directory, foreign.passwd, foreign.group);
  const authd = await startAuthority(t, daemon.directory);
  await authd.ask('LocalService', 'web');
  const ours = 'ls-web:!peinit:40000:40001:LocalService of web:/:/usr/sbin/nologin\n';
  t.strictSame(readUsers(etc), { passwd: `${foreign.passwd}\n${ours}`, group: `${foreign.group}svc-web:!peinit:40001:\n` });
  t.equal(statSync(`${etc}/passwd`).mode & 0o777, 0o644);
  // As the shadow tools do it: read, and written back while nobody else may.
  const script = [
    'import fcntl, sys',
    'lock = open(sys.argv[1] + "/.pwd.lock", "w"); fcntl.lockf(lock, fcntl.LOCK_EX)',
    'text = open(sys.argv[1] + "/passwd", encoding="latin1").read()',
    'print("held", flush=True); sys.stdin.readline()',
    'open(sys.argv[1] + "/passwd", "w", encoding="latin1").write(text + "new:x:999:999::/:/bin/sh\\n")',
  ].join('\n');
  const holder = spawn('python3', ['-c', script, etc], { stdio: ['pipe', 'pipe', 'inherit'] });
  const released = new Promise((resolve) => holder.once('close', resolve));
  t.teardown(() => void holder.kill());
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  const answer = authd.ask('LocalService', 'db');
  const waits = (): boolean =>
    readdirSync(`/proc/${authd.pid}/fd`).some((fd) => linkOf(`/proc/${authd.pid}/fd/${fd}`).endsWith('.pwd.lock'));
  // Whoever does not mind the lock has it open for a moment as well.
  let looks = 0;
  const goesOnWaiting = (): boolean => waits() && ++looks > 50;
  await until('authd waits for the lock, or has not minded it', () => goesOnWaiting() || readUsers(etc).passwd.includes('ls-db'));
  holder.stdin.end('go on\n');
  await released;
  await answer;
  const { passwd } = readUsers(etc);
  t.match(passwd, 'new:x:999:999::/:/bin/sh\n');
  t.match(passwd, 'ls-db:!peinit:40002:40003:');
});

t.test('O-79 accounts and services of the registry have numbers and names before anybody asks', { skip }, async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  const services = 'Machine\\System\\Services';
  for (const path of [authority, `${authority}\\Accounts`, `${authority}\\Accounts\\app`]) await registry.create({ path });
  for (const [name, identity] of [
    ['web', ''],
    ['job', 'app'],
    ['bad', 'nobody-at-all'],
    ['own', 'SYSTEM'],
  ] as const) {
    await registry.create({ path: `${services}\\${name}` });
    await registry.set({ path: `${services}\\${name}`, name: 'Identity', type: 'SZ', data: identity });
  }
  const { etc } = await startAuthority(t, daemon.directory);
  const named = (text: string): readonly string[] =>
    text.split('\n').flatMap((line) => (line.includes(':!peinit:') ? [line.split(':')[0] ?? ''] : []));
  const { passwd, group } = readUsers(etc);
  t.strictSame(
    [named(passwd), named(group).toSorted()],
    [
      ['app', 'ls-web'],
      ['app', 'svc-job', 'svc-web'],
    ],
  );
  await registry.create({ path: `${authority}\\Accounts\\late` });
  await until('a later account has its own', () => named(readUsers(etc).passwd).includes('late'));
});

t.test('O-78 an account that may not be written harms nobody that asks beside it, and has no number', { skip }, async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  const authd = await startAuthority(t, daemon.directory);
  const peer = authd.connect();
  peer.ask(['LocalService', 'first']);
  await peer.answers(1);
  const path = `${authority}\\Accounts\\lone`;
  const { transaction } = await registry.begin({});
  await registry.create({ path, transaction });
  const security = Buffer.from(keyDescriptorFrom('D:P(A;;KR;;;SY)O:S-1-22-1-33')).toString('base64');
  await registry.securitySet({ path, security, transaction });
  await registry.commit({ transaction });
  peer.ask(['LocalService', 'web'], ['lone', 'lone'], ['LocalService', 'mail']);
  const [web, lone, mail] = await peer.answers(3);
  t.strictSame([web?.status, mail?.status], ['ok', 'ok']);
  t.match(lone, { status: 'error', code: 'IDENTITY_BROKEN', message: /lone with KEY_SET_VALUE/ });
  await registry.create({ path: `${authority}\\Accounts\\next` });
  await until('the next one has its number', () => readUsers(authd.etc).passwd.includes('next:!peinit:'));
});
