import { existsSync } from 'node:fs';
import { messageOf, Problem } from '../daemon/problem.ts';
import { StoreConnection } from './connection.ts';
import { problemOf } from './errors.ts';
import { refuseDirectories } from './files.ts';
import { checkKind, isEmpty } from './open.ts';
import type { StoreKind, StorePaths } from './store.ts';

/** Opens a file that nobody writes, without needing to write beside it. */
export function openSnapshot(path: string): StoreConnection {
  const url = new URL(`file://${encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23')}`);
  url.searchParams.set('immutable', '1');
  return new StoreConnection(url.href, { readOnly: true });
}

/**
 * Opens the store for reading only, beside a running daemon or without one. On a file system that cannot be written the log of
 * the store cannot be read either; then the file is shown as it is, and that is said. Throws Problem.
 */
export function openForReading(kind: StoreKind, paths: StorePaths): StoreConnection {
  if (!existsSync(paths.database)) {
    throw new Problem(`there is no store ${paths.database}`, 'name its directory with --store');
  }
  refuseDirectories([paths.database]);
  const connection = openWithLog(kind, paths);
  try {
    if (isEmpty(connection)) throw new Problem(`the store ${paths.database} is empty`, kind.damagedRemedy);
    checkKind(kind, connection, paths.database);
    return connection;
  } catch (error) {
    connection.close();
    throw problemOf(error, paths.database, kind.damagedRemedy);
  }
}

function openWithLog(kind: StoreKind, paths: StorePaths): StoreConnection {
  let connection: StoreConnection | null = null;
  try {
    connection = new StoreConnection(paths.database, { readOnly: true });
    connection.statement('SELECT count(*) FROM sqlite_schema').get();
    return connection;
  } catch (error) {
    connection?.close();
    return openAsItIs(kind, paths, error);
  }
}

function openAsItIs(kind: StoreKind, paths: StorePaths, reason: unknown): StoreConnection {
  try {
    const connection = openSnapshot(paths.database);
    connection.statement('SELECT count(*) FROM sqlite_schema').get();
    console.error(`${kind.daemon}: shown without the latest changes, which are in its log: ${messageOf(reason)}`);
    return connection;
  } catch (error) {
    throw problemOf(error, paths.database, kind.damagedRemedy);
  }
}
