import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { messageOf } from '../daemon/problem.ts';
import { syncPath } from './files.ts';
import type { StorePaths } from './store.ts';

/** Another file in the place of a store. The caller holds the lock. */

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
