import { DatabaseSync } from 'node:sqlite';
import { Problem } from '../daemon/problem.ts';
import { sqliteCode, sqliteCodeOf } from './errors.ts';
import { makeDirectory } from './files.ts';
import type { StoreKind, StorePaths } from './store.ts';

export interface StoreLock {
  release(): void;
}

/**
 * Takes the store's directory, made if needed, for this process: one daemon, import or recovery at a time. Node has no file locks
 * of its own, SQLite does: an exclusive transaction on an empty file beside the store, which the kernel ends with the process,
 * however it dies. Throws Problem.
 */
export function lockStore(kind: StoreKind, paths: StorePaths): StoreLock {
  makeDirectory(paths.directory);
  const database = new DatabaseSync(paths.lock);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (sqliteCodeOf(error) !== sqliteCode.busy) throw error;
    throw new Problem(`another ${kind.daemon} runs on ${paths.directory}`, kind.heldRemedy);
  }
  return { release: () => database.close() };
}
