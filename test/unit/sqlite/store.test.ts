import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Test } from 'tap';
import t from 'tap';
import { makeDirectories } from '../../../src/hosted/daemon/directories.ts';
import { Problem } from '../../../src/hosted/daemon/problem.ts';
import { makeBackup } from '../../../src/hosted/sqlite/backup.ts';
import { StoreConnection } from '../../../src/hosted/sqlite/connection.ts';
import { createStore } from '../../../src/hosted/sqlite/create.ts';
import { lockStore } from '../../../src/hosted/sqlite/lock.ts';
import { closeStore, openStore } from '../../../src/hosted/sqlite/open.ts';
import { openForReading } from '../../../src/hosted/sqlite/read-only.ts';
import { restoreBackup } from '../../../src/hosted/sqlite/replace.ts';
import { addNote, createNotes, notes, notesDirectory, notesStore } from './notes.ts';

/** Message and remedy of the Problem that `body` throws. */
function problemOf(body: () => unknown): readonly [message: string, remedy: string] {
  try {
    body();
  } catch (error) {
    if (error instanceof Problem) return [error.message, error.remedy];
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** What opening says of a file that `write` has put in the place of the database. */
function refusalOf(t: Test, write: (path: string) => void): readonly [string, string] {
  const paths = notesDirectory(t);
  mkdirSync(paths.directory);
  write(paths.database);
  const before = readFileSync(paths.database);
  const [message, remedy] = problemOf(() => openStore(notesStore, paths));
  t.ok(readFileSync(paths.database).subarray(100).equals(before.subarray(100)), 'what is behind the header is left alone');
  return [message.replace(paths.database, 'FILE'), remedy];
}

t.test('a directory without a store gets one, filled, for nobody else to read; the next start finds it', async (t) => {
  const paths = notesDirectory(t);
  const lock = lockStore(notesStore, paths);
  t.equal(statSync(paths.directory).mode & 0o777, 0o700);
  const store = openStore(notesStore, paths);
  addNote(store, 'second');
  closeStore(store);
  t.strictSame(readdirSync(paths.directory).sort(), ['lock', 'notes.db'], 'the log is folded in');
  const again = openStore(notesStore, paths);
  t.strictSame(notes(again), ['first', 'second']);
  again.close();
  lock.release();
});

t.test('a commit is written through: a log and full synchronisation', async (t) => {
  const { store } = createNotes(t);
  t.strictSame({ ...store.statement('PRAGMA journal_mode').get() }, { journal_mode: 'wal' });
  t.strictSame({ ...store.statement('PRAGMA synchronous').get() }, { synchronous: 2 });
});

t.test('a transaction is all or nothing, also one within another', async (t) => {
  const { store } = createNotes(t);
  const fails = (): void =>
    store.atomically(() => {
      addNote(store, 'x');
      store.atomically(() => addNote(store, 'y'));
      throw new Error('on purpose');
    });
  t.throws(fails, { message: 'on purpose' });
  t.strictSame(notes(store), ['first']);
});

t.test('what is no store of this kind is refused with the next step', async (t) => {
  const other = (sql: string) => (path: string) => {
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
  };
  t.strictSame(refusalOf(t, other('CREATE TABLE t (x)')), [
    'FILE is a database, but not a store of notes',
    'name the right directory with --store',
  ]);
  t.strictSame(refusalOf(t, other('CREATE TABLE t (x); PRAGMA application_id = 0x6e6f7465; PRAGMA user_version = 4')), [
    'the store FILE has version 4, this noted knows version 3',
    'run the noted that wrote it',
  ]);
  const empty = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text); PRAGMA application_id = 0x6e6f7465; PRAGMA user_version = 3';
  t.strictSame(refusalOf(t, other(`PRAGMA journal_mode = WAL; ${empty}`)), [
    'the store FILE is damaged: it has no first note',
    'begin anew',
  ]);
  t.strictSame(
    refusalOf(t, (path) => writeFileSync(path, 'no database at all, whatever its name may be'.repeat(40))),
    ['the store FILE is damaged: file is not a database', 'begin anew'],
  );
  const newerFormat = (path: string): void => {
    other(empty)(path);
    const bytes = readFileSync(path);
    bytes[18] = 9;
    writeFileSync(path, bytes);
  };
  t.strictSame(refusalOf(t, newerFormat), ['the store FILE is damaged: its header says that it may only be read', 'begin anew']);
});

t.test('a store that is missing or empty beside backups is begun anew only on request', async (t) => {
  const { paths, store } = createNotes(t);
  makeBackup(notesStore, store, paths);
  closeStore(store);
  truncateSync(paths.database, 0);
  t.strictSame(
    problemOf(() => openStore(notesStore, paths)),
    [`the store ${paths.database} is empty, although it has backups`, 'begin anew'],
  );
  rmSync(paths.database);
  t.strictSame(
    problemOf(() => openStore(notesStore, paths)),
    [`the store ${paths.database} is missing, although it has backups`, 'begin anew'],
  );
  createStore(notesStore, paths);
  const begun = openStore(notesStore, paths);
  t.strictSame(notes(begun), ['first']);
  begun.close();
});

t.test('an emptied store without backups is begun anew, and that is told', async (t) => {
  const { paths, store } = createNotes(t);
  addNote(store, 'lost');
  closeStore(store);
  truncateSync(paths.database, 0);
  const told = t.capture(console, 'error', () => undefined);
  const begun = openStore(notesStore, paths);
  t.strictSame(notes(begun), ['first']);
  begun.close();
  t.strictSame(
    told().map(({ args }) => args),
    [[`noted: the store ${paths.database} was empty, and is begun anew`]],
  );
});

t.test('a new store is there as a whole or not at all, and the one before it until then', async (t) => {
  const { paths, store } = createNotes(t);
  addNote(store, 'second');
  closeStore(store);
  const fill = (connection: StoreConnection): void => {
    notesStore.fill(connection);
    throw new Error('on purpose');
  };
  t.throws(() => createStore({ ...notesStore, fill }, paths), { message: 'on purpose' });
  const kept = openStore(notesStore, paths);
  t.strictSame(notes(kept), ['first', 'second']);
  kept.close();
  rmSync(paths.database);
  t.throws(() => openStore({ ...notesStore, fill }, paths), { message: 'on purpose' });
  t.strictSame(readdirSync(paths.directory), []);
});

t.test('a directory in the place of a file of the store is told, and left alone', async (t) => {
  for (const path of ['lock', 'notes.db', 'notes.db-wal', 'notes.db.new', 'notes.db.before-recovery'] as const) {
    const paths = notesDirectory(t);
    mkdirSync(join(paths.directory, path, 'something'), { recursive: true });
    t.strictSame(
      problemOf(() => lockStore(notesStore, paths)),
      [`${join(paths.directory, path)} is a directory, and must be a file`, 'move it away, or name another directory with --store'],
    );
    t.strictSame(readdirSync(paths.directory), [path]);
  }
  const paths = notesDirectory(t);
  mkdirSync(paths.database, { recursive: true });
  t.match(problemOf(() => openForReading(notesStore, paths)).join('; '), /notes.db is a directory, and must be a file; move it away/);
});

t.test('a file without any table is no store to be read', async (t) => {
  const paths = notesDirectory(t);
  mkdirSync(paths.directory);
  writeFileSync(paths.database, '');
  t.strictSame(
    problemOf(() => openForReading(notesStore, paths)),
    [`the store ${paths.database} is empty`, 'begin anew'],
  );
  const other = new DatabaseSync(paths.database);
  other.exec('CREATE TABLE t (x)');
  other.close();
  t.strictSame(
    problemOf(() => openForReading(notesStore, paths)),
    [`${paths.database} is a database, but not a store of notes`, 'name the right directory with --store'],
  );
});

t.test('one process at a time has a store; its end gives it back', async (t) => {
  const paths = notesDirectory(t);
  const lock = lockStore(notesStore, paths);
  t.strictSame(
    problemOf(() => lockStore(notesStore, paths)),
    [`another noted runs on ${paths.directory}`, 'stop it first'],
  );
  lock.release();
  lockStore(notesStore, paths).release();
});

t.test('a backup takes the place of a damaged store, which is kept beside it with its log', async (t) => {
  const { paths, store } = createNotes(t);
  makeBackup(notesStore, store, paths);
  addNote(store, 'lost');
  const other = new StoreConnection(paths.database, { readOnly: false });
  store.close();
  const log = readFileSync(`${paths.database}-wal`);
  t.equal(restoreBackup(paths, 0), `${paths.database}.before-recovery`);
  other.close();
  t.ok(readFileSync(`${paths.database}.before-recovery-wal`).equals(log));
  const restored = openStore(notesStore, paths);
  t.strictSame(notes(restored), ['first']);
  restored.close();
  t.strictSame(readdirSync(paths.directory).sort(), ['backup', 'notes.db', 'notes.db.before-recovery', 'notes.db.before-recovery-wal']);
});

t.test('reading goes on beside a writer and makes nothing', async (t) => {
  const { paths, store } = createNotes(t);
  addNote(store, 'second');
  const reader = openForReading(notesStore, paths);
  t.strictSame(notes(reader), ['first', 'second'], 'what is only in the log too');
  reader.close();
  const nowhere = notesDirectory(t);
  t.strictSame(
    problemOf(() => openForReading(notesStore, nowhere)),
    [`there is no store ${nowhere.database}`, 'name its directory with --store'],
  );
});

t.test('a directory that cannot be made is told at once, and where one is nothing is to do', async (t) => {
  const directory = t.testdir({});
  makeDirectories(`${directory}/a/b`);
  makeDirectories(`${directory}/a/b`);
  t.throws(() => makeDirectories('/proc/nope/deeper'), { code: 'ENOENT' });
  t.throws(() => makeDirectories('/dev/null/deeper'), { code: 'ENOTDIR' });
});
