import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { hives, splitPath } from '../../../registry/names.ts';
import { StoreConnection } from './connection.ts';
import { createPath, findKey } from './keys.ts';
import { firstKeys, schemaSql, storeApplication, storeVersion } from './schema.ts';
import { messageOf, sqliteCode, sqliteCodeOf } from './sqlite-errors.ts';
import type { StorePaths } from './store-paths.ts';
import { backupCount } from './store-paths.ts';
import { damagedRemedy, StoreProblem } from './store-problem.ts';
import { setValue } from './values.ts';

/** Opening a store: created when there is none, checked, and refused with the next step when it cannot be trusted. */

/** A directory of ours alone; those above it, where they are missing, are for everyone to pass. Throws StoreProblem. */
export function makeDirectory(path: string): void {
  const mask = process.umask(0o022);
  try {
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StoreProblem(`the directory ${path} cannot be made: ${messageOf(error)}`, 'name another one with --store');
  } finally {
    process.umask(mask);
  }
}

export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Translates what SQLite says about a file as a whole. */
export function storeProblemOf(error: unknown, path: string): unknown {
  if (error instanceof StoreProblem) return error;
  const code = sqliteCodeOf(error);
  if (code === null) return error;
  if (code === sqliteCode.corrupt || code === sqliteCode.notadb) {
    return new StoreProblem(`the store ${path} is damaged: ${messageOf(error)}`, damagedRemedy);
  }
  return new StoreProblem(`the store ${path} cannot be opened: ${messageOf(error)}`, 'check the directory, its disk and its free space');
}

function pragma(connection: StoreConnection, name: string): unknown {
  return Object.values(connection.statement(`PRAGMA ${name}`).get() ?? {})[0];
}

/** Throws unless the file is a store of ours, of a version we know, and sound. `thorough` also checks the indexes. */
export function checkStore(connection: StoreConnection, path: string, thorough: boolean): void {
  if (pragma(connection, 'application_id') !== storeApplication) {
    throw new StoreProblem(`${path} is a database, but not a registry store`, 'name the right directory with --store');
  }
  const version = pragma(connection, 'user_version');
  if (version !== storeVersion) {
    throw new StoreProblem(
      `the store ${path} has version ${version}, this registryd knows version ${storeVersion}`,
      'run the registryd that wrote it',
    );
  }
  const finding = pragma(connection, thorough ? 'integrity_check(1)' : 'quick_check(1)');
  if (finding !== 'ok') throw new StoreProblem(`the store ${path} is damaged: ${finding}`, damagedRemedy);
  for (const hive of hives) {
    if (findKey(connection, null, hive) === null)
      throw new StoreProblem(`the store ${path} is damaged: it has no hive ${hive}`, damagedRemedy);
  }
}

/** Tables, hives and the keys peinit asks for, SchemaVersion stamped: an empty registry boots. O-04. */
function fill(connection: StoreConnection): void {
  connection.atomically(() => {
    connection.database.exec(schemaSql);
    for (const hive of hives) createPath(connection, splitPath(hive));
    for (const path of firstKeys) createPath(connection, splitPath(path));
    const services = createPath(connection, splitPath(firstKeys[0])).key;
    setValue(connection, services, 'SchemaVersion', 'DWORD', 1, null);
  });
}

/** For writing; the caller holds the lock. With `begin` an empty store is right even beside backups. Throws StoreProblem. */
export function openStore(paths: StorePaths, { begin = false } = {}): StoreConnection {
  let connection: StoreConnection | null = null;
  try {
    const fresh = !existsSync(paths.database);
    connection = new StoreConnection(paths.database, { readOnly: false });
    if (pragma(connection, 'schema_version') === 0) {
      if (!begin && hasBackup(paths)) {
        throw new StoreProblem(`the store ${paths.database} is ${fresh ? 'missing' : 'empty'}, although it has backups`, damagedRemedy);
      }
      connection.database.exec('PRAGMA journal_mode = WAL');
      fill(connection);
      syncPath(paths.directory);
    } else {
      connection.database.exec('PRAGMA journal_mode = WAL');
    }
    checkStore(connection, paths.database, false);
    return connection;
  } catch (error) {
    connection?.close();
    throw storeProblemOf(error, paths.database);
  }
}

function hasBackup(paths: StorePaths): boolean {
  for (let number = 0; number < backupCount; number += 1) {
    if (existsSync(paths.backup(number))) return true;
  }
  return false;
}
