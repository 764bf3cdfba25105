import { resolve } from 'node:path';
import { newestBackup, removeStore, restoreBackup } from '../store/backup.ts';
import { lockStore } from '../store/lock.ts';
import { makeDirectory, openStore } from '../store/open.ts';
import { storePaths } from '../store/store-paths.ts';
import { StoreProblem } from '../store/store-problem.ts';

/** The two recovery modes that change the store. Both need the daemon stopped. BOOT-067. */

export function recoverFromBackup(directory: string): number {
  const paths = storePaths(resolve(directory));
  makeDirectory(paths.directory);
  const lock = lockStore(paths);
  try {
    const number = newestBackup(paths);
    if (number === null) {
      throw new StoreProblem(
        `there is no sound backup in ${paths.backups}`,
        'begin with an empty registry with `registryd --dangerously-clear-database` and import your seed files again',
      );
    }
    const aside = restoreBackup(paths, number);
    openStore(paths).close();
    console.log(`registryd: ${paths.database} is now the backup ${paths.backup(number)}`);
    if (aside !== null) console.log(`registryd: what was there before is kept as ${aside}`);
    return 0;
  } finally {
    lock.release();
  }
}

export function clearDatabase(directory: string): number {
  const paths = storePaths(resolve(directory));
  makeDirectory(paths.directory);
  const lock = lockStore(paths);
  try {
    removeStore(paths);
    openStore(paths, { begin: true }).close();
    console.log(`registryd: ${paths.database} is empty now; backups in ${paths.backups} are untouched`);
    return 0;
  } finally {
    lock.release();
  }
}
