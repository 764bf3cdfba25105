import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { removeFile, syncPath } from './files.ts';
import type { StorePaths } from './store.ts';

/** Another file in the place of a store. The caller holds the lock. */

/** Takes `fresh` for the store from now on. */
export function putInPlace(paths: StorePaths): void {
  syncPath(paths.fresh);
  // A log that belongs to other content must never meet the new file.
  for (const suffix of ['-wal', '-shm']) removeFile(paths.database + suffix);
  renameSync(paths.fresh, paths.database);
  syncPath(paths.directory);
}

/** Puts a sound backup in the place of the store, at once or not at all; what was there is set aside and its path returned. */
export function restoreBackup(paths: StorePaths, number: number): string | null {
  try {
    copyFileSync(paths.backup(number), paths.fresh);
    const aside = keepAside(paths);
    putInPlace(paths);
    return aside;
  } catch (error) {
    removeFile(paths.fresh);
    throw error;
  }
}

/** A copy of the present store with its log beside its place. */
function keepAside(paths: StorePaths): string | null {
  if (!existsSync(paths.database)) return null;
  const aside = `${paths.database}.before-recovery`;
  try {
    for (const suffix of ['', '-wal']) {
      removeFile(aside + suffix);
      if (existsSync(paths.database + suffix)) copyFileSync(paths.database + suffix, aside + suffix);
    }
  } catch (error) {
    // Half of it helps nobody, and takes the room that is missing.
    for (const suffix of ['', '-wal']) removeFile(aside + suffix);
    throw error;
  }
  return aside;
}
