import { StoreConnection } from './connection.ts';
import { removeFile } from './files.ts';
import { putInPlace } from './replace.ts';
import type { StoreFormat, StorePaths } from './store.ts';

/** A new store in the place of what is there, at once or not at all: nobody finds one that is half filled. The caller holds the lock. */
export function createStore(kind: StoreFormat, paths: StorePaths): void {
  try {
    removeFile(paths.fresh);
    const fresh = new StoreConnection(paths.fresh, { readOnly: false });
    try {
      // Nothing is there that a journal could save.
      fresh.database.exec('PRAGMA journal_mode = OFF');
      if (kind.layout !== undefined) fresh.database.exec(kind.layout);
      fresh.atomically(() => kind.fill(fresh));
    } finally {
      fresh.close();
    }
    putInPlace(paths);
  } catch (error) {
    removeFile(paths.fresh);
    throw error;
  }
}
