import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreConnection } from './connection.ts';
import { makeDirectory, removeFile, syncPath } from './files.ts';
import { checkStore } from './open.ts';
import { openSnapshot } from './read-only.ts';
import type { StoreKind, StorePaths } from './store.ts';
import { backupCount } from './store.ts';

/**
 * The backup of every start, newest first in 0.db to 4.db. It is made once the daemon serves and has a quiet moment, from a store
 * whose whole content was checked, and only when something changed since the newest one: a daemon that crashes in a loop must not
 * push the good backups out. BOOT-067.
 */

/** The startup backup waits for this much quiet, so that it is never in the way of a boot, but not for ever. */
const quietMs = 2_000;
const latestMs = 30_000;

/** Runs `make` in the first quiet moment. `lastRequestMs` is the instant of the last request in milliseconds of performance.now(). */
export function inQuietMoment(lastRequestMs: () => number, make: () => void): void {
  const begun = performance.now();
  const attempt = (): void => {
    const now = performance.now();
    const waitMs = quietMs - (now - lastRequestMs());
    if (waitMs > 0 && now - begun < latestMs) setTimeout(attempt, Math.ceil(waitMs)).unref();
    else make();
  };
  setTimeout(attempt, quietMs).unref();
}

/** Revision of a sound backup; null: there is none, or it cannot be trusted. */
function backupRevision(kind: StoreKind, path: string): number | null {
  if (!existsSync(path)) return null;
  let connection: StoreConnection | null = null;
  try {
    connection = openSnapshot(path);
    checkStore(kind, connection, path, true);
    return kind.revision(connection);
  } catch {
    return null;
  } finally {
    connection?.close();
  }
}

/** False: the newest backup holds this state already. Throws when the store is not sound or the backup cannot be written. */
export function makeBackup(kind: StoreKind, connection: StoreConnection, paths: StorePaths): boolean {
  if (backupRevision(kind, paths.backup(0)) === kind.revision(connection)) return false;
  makeDirectory(paths.backups);
  checkStore(kind, connection, paths.database, true);
  const fresh = join(paths.backups, 'new.db');
  removeFile(fresh);
  try {
    connection.database.prepare('VACUUM INTO ?').run(fresh);
    syncPath(fresh);
  } catch (error) {
    // Half of it helps nobody, and takes the room that is missing.
    removeFile(fresh);
    throw error;
  }
  for (let number = backupCount - 1; number > 0; number -= 1) {
    if (existsSync(paths.backup(number - 1))) renameSync(paths.backup(number - 1), paths.backup(number));
  }
  renameSync(fresh, paths.backup(0));
  syncPath(paths.backups);
  return true;
}

/** Number of the newest sound backup; null: there is none. */
export function newestBackup(kind: StoreKind, paths: StorePaths): number | null {
  for (let number = 0; number < backupCount; number += 1) {
    if (backupRevision(kind, paths.backup(number)) !== null) return number;
  }
  return null;
}
