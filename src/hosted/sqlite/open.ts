import { accessSync, constants, existsSync } from 'node:fs';
import { Problem } from '../daemon/problem.ts';
import { StoreConnection } from './connection.ts';
import { createStore } from './create.ts';
import { damaged, problemOf, sqliteCode, sqliteCodeOf } from './errors.ts';
import type { StoreFormat, StoreKind, StorePaths } from './store.ts';
import { backupCount } from './store.ts';

/** Opening a store: created when there is none, checked, and refused with the next step when it cannot be trusted. */

export function pragma(connection: StoreConnection, name: string): unknown {
  return Object.values(connection.statement(`PRAGMA ${name}`).get() ?? {})[0];
}

/** Nothing was ever made in it. */
export const isEmpty = (connection: StoreConnection): boolean => pragma(connection, 'schema_version') === 0;

export const readOnlyHeader = 'its header says that it may only be read';

/** A header may claim a newer format: SQLite opens such a file, and refuses every write. On a read-only medium no header is to blame. */
export function hasReadOnlyHeader({ database }: StoreConnection, path: string): boolean {
  try {
    // It stays in memory. A transaction without a change would pass.
    database.exec('BEGIN; PRAGMA user_version = 0; ROLLBACK');
    return false;
  } catch (error) {
    if (sqliteCodeOf(error) !== sqliteCode.readonly) throw error;
    return mayBeWritten(path);
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

function mayBeWritten(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Throws unless the file is a store of this kind, of whatever version. */
export function checkKind(kind: StoreFormat, connection: StoreConnection, path: string): void {
  if (pragma(connection, 'application_id') !== kind.application) {
    throw new Problem(`${path} is a database, but not ${kind.name}`, 'name the right directory with --store');
  }
}

/**
 * Throws unless the file is a store of this kind, of a version we know, and sound. `thorough` also checks the indexes. The answer is its
 * version.
 */
export function checkStore(kind: StoreKind, connection: StoreConnection, path: string, thorough: boolean): number {
  checkKind(kind, connection, path);
  const version = Number(pragma(connection, 'user_version'));
  const oldest = kind.upgrade === undefined ? kind.version : 1;
  if (!(version >= oldest && version <= kind.version)) {
    throw new Problem(
      `the store ${path} has version ${version}, this ${kind.daemon} knows version ${kind.version}`,
      `run the ${kind.daemon} that wrote it`,
    );
  }
  const finding = pragma(connection, thorough ? 'integrity_check(1)' : 'quick_check(1)');
  const flaw = finding === 'ok' ? kind.flaw(connection, version) : String(finding);
  if (flaw !== null) throw damaged(path, flaw, kind.damagedRemedy);
  return version;
}

/** For writing; the caller holds the lock. Throws Problem. */
export function openStore(kind: StoreKind, paths: StorePaths): StoreConnection {
  let connection: StoreConnection | null = null;
  try {
    if (!existsSync(paths.database)) begin(kind, paths, 'missing');
    connection = new StoreConnection(paths.database, { readOnly: false });
    if (isEmpty(connection)) {
      connection.close();
      begin(kind, paths, 'empty');
      connection = new StoreConnection(paths.database, { readOnly: false });
    }
    if (hasReadOnlyHeader(connection, paths.database)) throw damaged(paths.database, readOnlyHeader, kind.damagedRemedy);
    connection.database.exec('PRAGMA journal_mode = WAL');
    const version = checkStore(kind, connection, paths.database, false);
    if (version !== kind.version) upgradeStore(kind, connection, paths, version);
    return connection;
  } catch (error) {
    connection?.close();
    throw problemOf(error, paths.database, kind.damagedRemedy);
  }
}

/** At once or not at all; the daemon that wrote it does not know it afterwards. */
function upgradeStore(kind: StoreKind, connection: StoreConnection, paths: StorePaths, from: number): void {
  connection.atomically(() => kind.upgrade?.(connection, from));
  checkStore(kind, connection, paths.database, false);
  console.error(`${kind.daemon}: the store ${paths.database} had version ${from} and has version ${kind.version} now`);
}

/** Where there are backups something was lost, and somebody has to say what is meant. */
function begin(kind: StoreKind, paths: StorePaths, was: 'missing' | 'empty'): void {
  if (hasBackup(paths)) throw new Problem(`the store ${paths.database} is ${was}, although it has backups`, kind.damagedRemedy);
  if (was === 'empty') console.error(`${kind.daemon}: the store ${paths.database} was empty, and is begun anew`);
  createStore(kind, paths);
}

function hasBackup(paths: StorePaths): boolean {
  for (let number = 0; number < backupCount; number += 1) {
    if (existsSync(paths.backup(number))) return true;
  }
  return false;
}

/** Folds the log into the database and closes both: the directory holds one file then. */
export function closeStore(connection: StoreConnection): void {
  connection.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  connection.close();
}
