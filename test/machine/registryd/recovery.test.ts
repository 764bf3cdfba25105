import { copyFileSync, existsSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { until } from '../../support/wait.ts';
import { runRegistryd, startDaemon, temporaryDirectory } from './daemon.ts';

/** A stopped store that holds x = 1, with the startup backup that a daemon made of it. */
async function storeWithBackup(t: Parameters<typeof startDaemon>[0]): Promise<string> {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  await registry.set({ path: 'Machine', name: 'x', type: 'DWORD', data: 1 });
  const backup = join(daemon.directory, 'store/backup/0.db');
  await until('the startup backup', () => existsSync(backup));
  await registry.set({ path: 'Machine', name: 'x', type: 'DWORD', data: 2 });
  t.same(await daemon.stop(), { code: 0, signal: null });
  return daemon.directory;
}

function damage(path: string): void {
  const bytes = statSync(path).size;
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, Buffer.alloc(bytes - 4096, 0x5a), 0, bytes - 4096, 4096);
}

t.test(
  'BOOT-067 --recover-from-backup puts the newest sound backup in the place of a damaged store and keeps that beside it',
  async (t) => {
    const directory = await storeWithBackup(t);
    const store = join(directory, 'store');
    damage(join(store, 'machine.db'));
    await t.rejects(startDaemon(t, directory), /"code":1.*is damaged[\s\S]*--recover-from-backup[\s\S]*--dangerously-clear-database/);
    const broken = readFileSync(join(store, 'machine.db'));
    t.match(runRegistryd(['--store', store, '--recover-from-backup']), { status: 0, stderr: '' });
    t.same(readFileSync(join(store, 'machine.db.before-recovery')), broken);
    const registry = await (await startDaemon(t, directory)).connect();
    t.match(await registry.query({ path: 'Machine', name: 'x' }), { data: 1 }, 'the state the daemon started with');
  },
);

t.test('BOOT-067 a damaged backup is passed over for the next one, and without a sound one nothing is touched', async (t) => {
  const directory = await storeWithBackup(t);
  const store = join(directory, 'store');
  const backup = (number: number): string => join(store, `backup/${number}.db`);
  copyFileSync(backup(0), backup(1));
  damage(backup(0));
  t.match(runRegistryd(['--store', store, '--recover-from-backup']), { status: 0, stdout: /1\.db/ });
  t.match(runRegistryd(['--store', store, '--inspector', 'Machine']).stdout, /x {2}REG_DWORD {2}1 /);
  damage(backup(1));
  const before = readFileSync(join(store, 'machine.db'));
  t.match(runRegistryd(['--store', store, '--recover-from-backup']), {
    status: 1,
    stderr: /no sound backup[\s\S]*--dangerously-clear-database/,
  });
  t.same(readFileSync(join(store, 'machine.db')), before);
});

t.test('BOOT-067 --dangerously-clear-database leaves an empty registry that boots, and the backups', async (t) => {
  const directory = await storeWithBackup(t);
  const store = join(directory, 'store');
  damage(join(store, 'machine.db'));
  t.match(runRegistryd(['--store', store, '--dangerously-clear-database']), { status: 0, stderr: '' });
  t.ok(existsSync(join(store, 'backup/0.db')));
  const registry = await (await startDaemon(t, directory)).connect();
  t.same((await registry.queryAll({ path: 'Machine' })).values, []);
  t.match(await registry.query({ path: 'Machine\\System\\Services', name: 'SchemaVersion' }), { type: 'DWORD', data: 1 });
});

t.test('BOOT-067 --inspector shows the store without the daemon, as a whole or from a key on, also what is only in the log', async (t) => {
  const daemon = await startDaemon(t);
  const registry = await daemon.connect();
  await registry.create({ path: 'Machine\\K' });
  await registry.set({ path: 'Machine\\K', name: 'List', type: 'MULTI_SZ', data: ['a', 'b'] });
  daemon.signal('SIGKILL');
  await daemon.ended;
  const store = join(daemon.directory, 'store');
  t.match(
    runRegistryd(['--store', store, '--inspector']).stdout,
    /^Machine {2}\(written [\s\S]*\nMachine\\K {2}[\s\S]*\n {2}List {2}REG_MULTI_SZ {2}\["a","b"\] {2}#\d+\n[\s\S]*\nUsers /,
  );
  const below = runRegistryd(['--store', store, '--inspector', 'machine\\k']).stdout;
  t.match(below, /^Machine\\K /);
  t.notMatch(below, 'Users');
  t.match(runRegistryd(['--store', join(daemon.directory, 'none'), '--inspector']), { status: 1, stderr: /there is no store/ });
  t.equal(existsSync(join(daemon.directory, 'none')), false);
});

t.test('a store that is missing or empty beside backups is not silently begun anew', async (t) => {
  const directory = await storeWithBackup(t);
  const path = join(directory, 'store/machine.db');
  truncateSync(path, 0);
  await t.rejects(startDaemon(t, directory), /is empty, although it has backups[\s\S]*--recover-from-backup/);
  rmSync(path);
  await t.rejects(startDaemon(t, directory), /is missing, although it has backups[\s\S]*--recover-from-backup/);
});

t.test('a file that is no store of ours, or one of a newer version, is refused and left alone', async (t) => {
  const directory = temporaryDirectory(t);
  const store = join(directory, 'store');
  const path = join(store, 'machine.db');
  t.equal(runRegistryd(['--store', store, '--dangerously-clear-database']).status, 0);
  const newer = new DatabaseSync(path);
  newer.exec('PRAGMA user_version = 3');
  newer.close();
  await t.rejects(startDaemon(t, directory), /has version 3, this registryd knows version 2/);
  rmSync(path);
  const other = new DatabaseSync(path);
  other.exec('CREATE TABLE t (x)');
  other.close();
  await t.rejects(startDaemon(t, directory), /not a registry store/);
  writeFileSync(path, 'this is text and no database at all, whatever its name may be'.repeat(40));
  await t.rejects(startDaemon(t, directory), /is damaged: file is not a database/);
  t.match(readFileSync(path, 'utf8'), /^this is text/);
});

t.test('one registryd at a time may have a store; reading tools run beside it', async (t) => {
  const daemon = await startDaemon(t);
  const store = join(daemon.directory, 'store');
  const seed = join(daemon.directory, 'seed.yaml');
  writeFileSync(seed, 'Machine\\X: {}\n');
  for (const arguments_ of [
    ['--import', seed],
    ['--recover-from-backup'],
    ['--dangerously-clear-database'],
    ['--socket', join(store, 'x.sock')],
  ]) {
    t.match(runRegistryd(['--store', store, ...arguments_]), { status: 1, stderr: /another registryd runs on/ }, arguments_[0] ?? '');
  }
  t.match(runRegistryd(['--store', store, '--export', 'Machine\\System\\Services']), { status: 0, stdout: /SchemaVersion: 1/ });
  t.equal(runRegistryd(['--store', store, '--inspector']).status, 0);
  const registry = await daemon.connect();
  t.same((await registry.enum({ path: 'Machine' })).names, ['System']);
});

t.test('the store is for its owner alone, the directories above it and that of the socket are for everyone to pass', async (t) => {
  const directory = temporaryDirectory(t);
  const store = join(directory, 'var/lib/registryd');
  t.equal(runRegistryd(['--store', store, '--dangerously-clear-database']).status, 0);
  const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  t.equal(mode(join(directory, 'var')), '755');
  t.equal(mode(join(directory, 'var/lib')), '755');
  t.equal(mode(store), '700');
  t.equal(mode(join(store, 'machine.db')), '600');
});

t.test('a wrong command line ends with 2 and says how', async (t) => {
  const wrong = [
    ['--nonsense'],
    ['--store'],
    ['--import'],
    ['--export', 'a', 'b'],
    ['--inspector', '--export'],
    ['--export', '--format', 'xml'],
    ['operand'],
  ];
  for (const arguments_ of wrong) t.match(runRegistryd(arguments_), { status: 2, stderr: /see registryd --help/ }, arguments_.join(' '));
  t.match(runRegistryd(['--help']), { status: 0, stdout: /--recover-from-backup/ });
});
