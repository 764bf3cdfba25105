import { hives, splitPath } from '../../../registry/names.ts';
import { systemCreator } from '../../../registry/security/inherit.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import type { StoreKind } from '../../sqlite/store.ts';
import { createPath, findKey, nextSequence, stampDescriptors } from './keys.ts';
import { firstKeys, schemaSql, storeApplication, storeVersion, versionSql } from './schema.ts';
import { setValue } from './values.ts';

/** Tables, hives and the keys peinit asks for, SchemaVersion stamped: an empty registry boots. O-04. */
function fill(connection: StoreConnection): void {
  connection.database.exec(schemaSql);
  for (const hive of hives) createPath(connection, splitPath(hive), systemCreator);
  for (const path of firstKeys) createPath(connection, splitPath(path), systemCreator);
  const services = createPath(connection, splitPath(firstKeys[0]), systemCreator).key;
  setValue(connection, services, 'SchemaVersion', 'DWORD', 1, null);
}

const bareSql = 'SELECT name FROM key WHERE security IS NULL LIMIT 1';

/** The registry among the stores. */
export const registryStore: StoreKind = {
  daemon: 'registryd',
  name: 'a registry store',
  file: 'machine.db',
  application: storeApplication,
  version: storeVersion,
  fill,
  upgrade(connection) {
    stampDescriptors(connection, systemCreator);
    connection.database.exec(versionSql);
    // A backup of before does not hold this state.
    nextSequence(connection);
  },
  flaw(connection, version) {
    const missing = hives.find((hive) => findKey(connection, null, hive) === null);
    if (missing !== undefined) return `it has no hive ${missing}`;
    const bare = version === storeVersion ? connection.statement(bareSql).get() : undefined;
    return bare === undefined ? null : `the key ${String(bare['name'])} has no descriptor`;
  },
  revision: (connection) => Number(connection.statement('SELECT sequence FROM store').get()?.['sequence']),
  damagedRemedy:
    'restore the newest backup with `registryd --recover-from-backup`, look at what can be read with `registryd --inspector`, ' +
    'or begin with an empty registry with `registryd --dangerously-clear-database`',
  heldRemedy: 'stop it first, or change the registry through it with `peiosctl registry`',
};
