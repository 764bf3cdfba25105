import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { makeBackup, newestBackup, openSnapshot } from '../../../src/hosted/registryd/store/backup.ts';
import { requireKey } from '../../../src/hosted/registryd/store/keys.ts';
import { queryValue, setValue } from '../../../src/hosted/registryd/store/values.ts';
import { createStore } from './store.ts';

t.test('backups go from 0.db to 4.db, the newest first, and the sixth pushes the oldest out', async (t) => {
  const { paths, store } = createStore(t);
  for (let data = 1; data <= 6; data += 1) {
    setValue(store, requireKey(store, null, 'Machine'), 'x', 'DWORD', data, null);
    t.equal(makeBackup(store, paths), true);
  }
  const held = [0, 1, 2, 3, 4].map((number) => {
    const snapshot = openSnapshot(paths.backup(number));
    const { data } = queryValue(snapshot, requireKey(snapshot, null, 'Machine'), 'x');
    snapshot.close();
    return data;
  });
  t.same(held, [6, 5, 4, 3, 2]);
  t.equal(existsSync(paths.backup(5)), false);
  t.equal(newestBackup(paths), 0);
});

t.test('nothing is made while the newest backup holds this state, so that restarts push no good one out', async (t) => {
  const { paths, store } = createStore(t);
  t.equal(makeBackup(store, paths), true);
  t.equal(makeBackup(store, paths), false);
  t.equal(existsSync(paths.backup(1)), false);
});

t.test('a newest backup that is damaged is replaced although nothing changed, and passed over meanwhile', async (t) => {
  const { paths, store } = createStore(t);
  makeBackup(store, paths);
  setValue(store, requireKey(store, null, 'Machine'), 'x', 'DWORD', 1, null);
  makeBackup(store, paths);
  const bytes = readFileSync(paths.backup(0));
  bytes.fill(0x5a, 4096);
  writeFileSync(paths.backup(0), bytes);
  t.equal(newestBackup(paths), 1);
  t.equal(makeBackup(store, paths), true);
  t.equal(newestBackup(paths), 0);
});

t.test('what is left of a backup that was interrupted is no hindrance', async (t) => {
  const { paths, store } = createStore(t);
  makeBackup(store, paths);
  setValue(store, requireKey(store, null, 'Machine'), 'x', 'DWORD', 1, null);
  writeFileSync(`${paths.backups}/new.db`, 'half');
  t.equal(makeBackup(store, paths), true);
  t.equal(newestBackup(paths), 0);
});
