import { existsSync } from 'node:fs';
import { openSnapshot } from '../store/backup.ts';
import { StoreConnection } from '../store/connection.ts';
import { storeProblemOf } from '../store/open.ts';
import { messageOf } from '../store/sqlite-errors.ts';
import type { StorePaths } from '../store/store-paths.ts';
import { StoreProblem } from '../store/store-problem.ts';

/**
 * Opens the store for reading only, beside a running daemon or without one. On a file system that cannot be written the log of
 * the store cannot be read either; then the file is shown as it is, and that is said.
 */
export function openForReading(paths: StorePaths): StoreConnection {
  if (!existsSync(paths.database)) {
    throw new StoreProblem(`there is no store ${paths.database}`, 'name its directory with --store');
  }
  let connection: StoreConnection | null = null;
  try {
    connection = new StoreConnection(paths.database, { readOnly: true });
    connection.statement('SELECT count(*) FROM sqlite_schema').get();
    return connection;
  } catch (error) {
    connection?.close();
    return openAsItIs(paths, error);
  }
}

function openAsItIs(paths: StorePaths, reason: unknown): StoreConnection {
  try {
    const connection = openSnapshot(paths.database);
    connection.statement('SELECT count(*) FROM sqlite_schema').get();
    console.error(`registryd: shown without the latest changes, which are in its log: ${messageOf(reason)}`);
    return connection;
  } catch (error) {
    throw storeProblemOf(error, paths.database);
  }
}
