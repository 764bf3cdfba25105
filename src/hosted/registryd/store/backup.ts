import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StoreConnection } from './connection.ts';
import { checkStore, makeDirectory, syncPath } from './open.ts';
import { messageOf } from './sqlite-errors.ts';
import type { StorePaths } from './store-paths.ts';
import { backupCount } from './store-paths.ts';

/**
 * The backup of every start, newest first in 0.db to 4.db. It is made once the daemon serves and has a quiet moment, from a store
 * whose whole content was checked, and only when something changed since the newest one: a daemon that crashes in a loop must not
 * push the good backups out. BOOT-067.
 */

/** Sequence of a sound backup; null: there is none, or it cannot be trusted. */
export function backupSequence(path: string): number | null {
  if (!existsSync(path)) return null;
  let connection: StoreConnection | null = null;
  try {
    connection = openSnapshot(path);
    checkStore(connection, path, true);
    return storeSequence(connection);
  } catch {
    return null;
  } finally {
    connection?.close();
  }
}

/** Opens a file that nobody writes, without needing to write beside it. */
export function openSnapshot(path: string): StoreConnection {
  const url = new URL(`file://${encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23')}`);
  url.searchParams.set('immutable', '1');
  return new StoreConnection(url.href, { readOnly: true });
}

export function storeSequence(connection: StoreConnection): number {
  return Number(connection.statement('SELECT sequence FROM store').get()?.['sequence']);
}

/** False: the newest backup holds this state already. Throws when the store is not sound or the backup cannot be written. */
export function makeBackup(connection: StoreConnection, paths: StorePaths): boolean {
  if (backupSequence(paths.backup(0)) === storeSequence(connection)) return false;
  makeDirectory(paths.backups);
  checkStore(connection, paths.database, true);
  const fresh = join(paths.backups, 'new.db');
  rmSync(fresh, { force: true });
  connection.database.prepare('VACUUM INTO ?').run(fresh);
  syncPath(fresh);
  for (let number = backupCount - 1; number > 0; number -= 1) {
    if (existsSync(paths.backup(number - 1))) renameSync(paths.backup(number - 1), paths.backup(number));
  }
  renameSync(fresh, paths.backup(0));
  syncPath(paths.backups);
  return true;
}

/** Number of the newest sound backup; null: there is none. */
export function newestBackup(paths: StorePaths): number | null {
  for (let number = 0; number < backupCount; number += 1) {
    if (backupSequence(paths.backup(number)) !== null) return number;
  }
  return null;
}

/** Puts a sound backup in the place of the store, at once or not at all; what was there is set aside and its path returned. */
export function restoreBackup(paths: StorePaths, number: number): string | null {
  const fresh = `${paths.database}.new`;
  copyFileSync(paths.backup(number), fresh);
  syncPath(fresh);
  const aside = setAside(paths);
  renameSync(fresh, paths.database);
  syncPath(paths.directory);
  return aside;
}

/** Keeps the present store beside its place and takes its log away; the store itself stays until it is replaced. */
function setAside(paths: StorePaths): string | null {
  if (!existsSync(paths.database)) return null;
  const aside = `${paths.database}.before-recovery`;
  for (const suffix of ['', '-wal']) {
    rmSync(aside + suffix, { force: true });
    if (existsSync(paths.database + suffix)) copyFileSync(paths.database + suffix, aside + suffix);
  }
  // A log that belongs to other content must never meet the restored file.
  for (const suffix of ['-wal', '-shm']) rmSync(paths.database + suffix, { force: true });
  return aside;
}

/** Removes the store and its log; the backups stay. */
export function removeStore(paths: StorePaths): void {
  for (const suffix of ['', '-wal', '-shm']) {
    try {
      rmSync(paths.database + suffix, { force: true });
    } catch (error) {
      throw new Error(`${paths.database}${suffix} cannot be removed: ${messageOf(error)}`);
    }
  }
}
