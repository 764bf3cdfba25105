import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mock } from 'node:test';
import t from 'tap';
import { inQuietMoment, makeBackup, newestBackup } from '../../../src/hosted/sqlite/backup.ts';
import { openSnapshot } from '../../../src/hosted/sqlite/read-only.ts';
import { addNote, createNotes, notes, notesStore } from './notes.ts';

t.test('backups go from 0.db to 4.db, the newest first, and the sixth pushes the oldest out', async (t) => {
  const { paths, store } = createNotes(t);
  for (let number = 1; number <= 6; number += 1) {
    addNote(store, `${number}`);
    t.equal(makeBackup(notesStore, store, paths), true);
  }
  const held = [0, 1, 2, 3, 4].map((number) => {
    const snapshot = openSnapshot(paths.backup(number));
    const last = notes(snapshot).at(-1);
    snapshot.close();
    return last;
  });
  t.strictSame(held, ['6', '5', '4', '3', '2']);
  t.equal(existsSync(paths.backup(5)), false);
  t.equal(newestBackup(notesStore, paths), 0);
});

t.test('nothing is made while the newest backup holds this state, so that restarts push no good one out', async (t) => {
  const { paths, store } = createNotes(t);
  t.equal(makeBackup(notesStore, store, paths), true);
  t.equal(makeBackup(notesStore, store, paths), false);
  t.equal(existsSync(paths.backup(1)), false);
});

t.test('a newest backup that is damaged is replaced although nothing changed, and passed over meanwhile', async (t) => {
  const { paths, store } = createNotes(t);
  makeBackup(notesStore, store, paths);
  addNote(store, 'x');
  makeBackup(notesStore, store, paths);
  const bytes = readFileSync(paths.backup(0));
  bytes.fill(0x5a, 4096);
  writeFileSync(paths.backup(0), bytes);
  t.equal(newestBackup(notesStore, paths), 1);
  t.equal(makeBackup(notesStore, store, paths), true);
  t.equal(newestBackup(notesStore, paths), 0);
});

t.test('what is left of a backup that was interrupted is no hindrance', async (t) => {
  const { paths, store } = createNotes(t);
  makeBackup(notesStore, store, paths);
  addNote(store, 'x');
  writeFileSync(`${paths.backups}/new.db`, 'half');
  t.equal(makeBackup(notesStore, store, paths), true);
  t.equal(newestBackup(notesStore, paths), 0);
});

t.test('no backup is made of a store that misses what every one of its kind has', async (t) => {
  const { paths, store } = createNotes(t);
  store.database.exec('DELETE FROM note');
  t.throws(() => makeBackup(notesStore, store, paths), { message: `the store ${paths.database} is damaged: it has no first note` });
  t.equal(newestBackup(notesStore, paths), null);
});

t.test('the quiet moment comes 2 s after the latest request, and after 30 s it is waited for no more', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  const clock = mock.method(performance, 'now', () => nowMs);
  t.teardown(() => {
    mock.timers.reset();
    clock.mock.restore();
  });
  const pass = (ms: number): void => {
    nowMs += ms;
    mock.timers.tick(ms);
  };
  let lastMs = 0;
  let made = 0;
  inQuietMoment(
    () => lastMs,
    () => {
      made += 1;
    },
  );
  pass(1_500);
  lastMs = nowMs;
  pass(1_999);
  t.equal(made, 0);
  pass(1);
  t.equal(made, 1, 'once it is quiet');
  pass(60_000);
  t.equal(made, 1, 'and not again');
  inQuietMoment(
    () => nowMs,
    () => {
      made += 1;
    },
  );
  for (let step = 0; step < 29; step += 1) pass(1_000);
  t.equal(made, 1);
  for (let step = 0; step < 3; step += 1) pass(1_000);
  t.equal(made, 2, 'however busy it is');
});
