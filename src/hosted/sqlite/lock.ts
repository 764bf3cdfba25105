import { DatabaseSync } from 'node:sqlite';
import { Problem } from '../daemon/problem.ts';
import { problemOf, sqliteCode, sqliteCodeOf } from './errors.ts';
import { makeDirectory, refuseDirectories } from './files.ts';
import type { StoreFormat, StorePaths } from './store.ts';

export interface StoreLock {
  release(): void;
}

/** Somebody else has it; every other Problem with a lock may pass by itself. */
export class StoreHeld extends Problem {}

/**
 * Takes the store's directory, made if needed, for this process: one daemon, import or recovery at a time. Node has no file locks
 * of its own, SQLite does: an exclusive transaction on an empty file beside the store, which the kernel ends with the process,
 * however it dies. Throws Problem.
 */
export function lockStore(kind: StoreFormat, paths: StorePaths): StoreLock {
  const { directory, database, fresh, lock } = paths;
  makeDirectory(directory);
  refuseDirectories([lock, database, fresh, ...['-wal', '-shm', '.before-recovery', '.before-recovery-wal'].map((end) => database + end)]);
  let held: DatabaseSync | null = null;
  try {
    const opened = new DatabaseSync(lock);
    held = opened;
    // Nothing is ever written, so a disk without room for a journal is in nobody's way.
    opened.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return { release: () => opened.close() };
  } catch (error) {
    held?.close();
    if (sqliteCodeOf(error) !== sqliteCode.busy) throw problemOf(error, database, kind.damagedRemedy);
    throw new StoreHeld(`another ${kind.daemon} runs on ${directory}`, kind.heldRemedy);
  }
}
