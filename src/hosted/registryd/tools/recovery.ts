import { resolve } from 'node:path';
import { Problem } from '../../daemon/problem.ts';
import { newestBackup } from '../../sqlite/backup.ts';
import { createStore } from '../../sqlite/create.ts';
import { problemOf } from '../../sqlite/errors.ts';
import { lockStore } from '../../sqlite/lock.ts';
import { openStore } from '../../sqlite/open.ts';
import { restoreBackup } from '../../sqlite/replace.ts';
import { storePaths } from '../../sqlite/store.ts';
import { registryStore } from '../store/registry-store.ts';

/** The two recovery modes that change the store. Both need the daemon stopped. BOOT-067. */

export function recoverFromBackup(directory: string): number {
  const paths = storePaths(registryStore, resolve(directory));
  const lock = lockStore(registryStore, paths);
  try {
    const number = newestBackup(registryStore, paths);
    if (number === null) {
      throw new Problem(
        `there is no sound backup in ${paths.backups}`,
        'begin with an empty registry with `registryd --dangerously-clear-database` and import your seed files again',
      );
    }
    const aside = restoreBackup(paths, number);
    openStore(registryStore, paths).close();
    console.log(`registryd: ${paths.database} is now the backup ${paths.backup(number)}`);
    if (aside !== null) console.log(`registryd: what was there before is kept as ${aside}`);
    return 0;
  } catch (error) {
    throw problemOf(error, paths.database, registryStore.damagedRemedy);
  } finally {
    lock.release();
  }
}

export function clearDatabase(directory: string): number {
  const paths = storePaths(registryStore, resolve(directory));
  const lock = lockStore(registryStore, paths);
  try {
    createStore(registryStore, paths);
    openStore(registryStore, paths).close();
    console.log(`registryd: ${paths.database} is empty now; backups in ${paths.backups} are untouched`);
    return 0;
  } catch (error) {
    throw problemOf(error, paths.database, registryStore.damagedRemedy);
  } finally {
    lock.release();
  }
}
