import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreConnection } from '../../sqlite/connection.ts';
import { createStore } from '../../sqlite/create.ts';
import { hasReadOnlyHeader, isEmpty, pragma, readOnlyHeader } from '../../sqlite/open.ts';
import type { StoreFormat, StorePaths } from '../../sqlite/store.ts';
import { integerOf, integerOrNull } from './columns.ts';
import { Damage } from './failures.ts';
import { Opened } from './opened.ts';
import { layoutSql, schemaSql, storeApplication, storeVersion } from './schema.ts';

export const eventStore: StoreFormat = {
  daemon: 'eventd',
  name: 'a database of eventd',
  file: 'events.db',
  application: storeApplication,
  version: storeVersion,
  layout: layoutSql,
  fill({ database }) {
    database.exec(schemaSql);
    database.exec(`PRAGMA application_id = ${storeApplication}; PRAGMA user_version = ${storeVersion}`);
    database.prepare('INSERT INTO store (one, generation, next, floor) VALUES (1, ?, 1, 1)').run(randomBytes(8).toString('hex'));
  },
  damagedRemedy: 'eventd moves it aside and begins a new one',
  heldRemedy: 'stop it first',
};

/**
 * NORMAL: what was committed survives the end of the process; only the loss of power may take the last moments, and nothing else with
 * them. The log is folded in after every 4 MB, so that this takes some milliseconds each time. Nobody else opens the file, so the index
 * of the log is in memory, where a full disk is in nobody's way.
 */
export const settings = `
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA synchronous = NORMAL;
PRAGMA wal_autocheckpoint = 512;
PRAGMA journal_size_limit = 8388608;
PRAGMA cache_size = -4096;
PRAGMA temp_store = MEMORY;
PRAGMA cell_size_check = ON;
PRAGMA trusted_schema = OFF`;

/** Made when there is none. Throws what SQLite and the system say, and Damage. The caller holds the lock. */
export function openDatabase(paths: StorePaths): Opened {
  const isThere = existsSync(paths.database);
  if (!isThere) createStore(eventStore, paths);
  const connection = new StoreConnection(paths.database, { readOnly: false, settings });
  try {
    if (isEmpty(connection)) throw new Damage('it is empty');
    if (hasReadOnlyHeader(connection, paths.database)) throw new Damage(readOnlyHeader);
    checkTables(connection);
    connection.database.exec('PRAGMA journal_mode = WAL');
    checkEnds(connection);
    return new Opened(connection, paths.database);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Throws Damage unless its tables are ours. */
function checkTables(connection: StoreConnection): void {
  if (pragma(connection, 'application_id') !== storeApplication) throw new Damage('it is no database of eventd');
  const version = pragma(connection, 'user_version');
  if (version !== storeVersion) throw new Damage(`it has version ${version}, and this eventd knows version ${storeVersion}`);
  if (schemaOf(connection.database) !== ownSchema()) throw new Damage('it has not the tables of eventd');
}

const schemaOf = (database: DatabaseSync): string =>
  JSON.stringify(database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all());

let known: string | null = null;

function ownSchema(): string {
  if (known === null) {
    const database = new DatabaseSync(':memory:');
    database.exec(schemaSql);
    known = schemaOf(database);
    database.close();
  }
  return known;
}

/**
 * Looks at both ends of every table and index that grows, which takes no longer in a large database; what is wrong in the middle is found
 * when it is read. Throws Damage.
 */
function checkEnds(connection: StoreConnection): void {
  const next = integerOf(connection.statement('SELECT next FROM store').get() ?? {}, 'next');
  for (const [table, content] of [
    ['burst', 'text'],
    ['event', 'payload'],
    ['gap', 'last_id'],
  ] as const) {
    const last = integerOrNull(connection.statement(`SELECT max(seq) AS seq FROM ${table}`).get() ?? {}, 'seq');
    for (const order of ['ASC', 'DESC']) connection.statement(`SELECT ${content} FROM ${table} ORDER BY seq ${order} LIMIT 1`).get();
    if (last !== null && last >= next) throw new Damage(`its table ${table} has rows that were not given a place yet`);
  }
  for (const column of ['channel', 'source']) {
    for (const order of ['ASC', 'DESC']) connection.statement(`SELECT ${column} FROM burst ORDER BY ${column} ${order} LIMIT 1`).get();
  }
}
