import { DatabaseSync } from 'node:sqlite';
import { sqliteCode, sqliteCodeOf } from './sqlite-errors.ts';
import type { StorePaths } from './store-paths.ts';
import { StoreProblem } from './store-problem.ts';

export interface StoreLock {
  release(): void;
}

/**
 * Takes the store for this process: one daemon, import or recovery at a time. Node has no file locks of its own, SQLite does: an
 * exclusive transaction on an empty file beside the store, which the kernel ends with the process, however it dies.
 */
export function lockStore(paths: StorePaths): StoreLock {
  const database = new DatabaseSync(paths.lock);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (sqliteCodeOf(error) !== sqliteCode.busy) throw error;
    throw new StoreProblem(
      `another registryd runs on ${paths.directory}`,
      'stop it first, or change the registry through it with `peiosctl registry`',
    );
  }
  return { release: () => database.close() };
}
