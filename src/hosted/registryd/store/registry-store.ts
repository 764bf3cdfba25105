import { hives, splitPath } from '../../../registry/names.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import type { StoreKind } from '../../sqlite/store.ts';
import { createPath, findKey } from './keys.ts';
import { firstKeys, schemaSql, storeApplication, storeVersion } from './schema.ts';
import { setValue } from './values.ts';

/** Tables, hives and the keys peinit asks for, SchemaVersion stamped: an empty registry boots. O-04. */
function fill(connection: StoreConnection): void {
  connection.database.exec(schemaSql);
  for (const hive of hives) createPath(connection, splitPath(hive));
  for (const path of firstKeys) createPath(connection, splitPath(path));
  const services = createPath(connection, splitPath(firstKeys[0])).key;
  setValue(connection, services, 'SchemaVersion', 'DWORD', 1, null);
}

/** The registry among the stores. */
export const registryStore: StoreKind = {
  daemon: 'registryd',
  name: 'a registry store',
  file: 'machine.db',
  application: storeApplication,
  version: storeVersion,
  fill,
  flaw(connection) {
    const missing = hives.find((hive) => findKey(connection, null, hive) === null);
    return missing === undefined ? null : `it has no hive ${missing}`;
  },
  revision: (connection) => Number(connection.statement('SELECT sequence FROM store').get()?.['sequence']),
  damagedRemedy:
    'restore the newest backup with `registryd --recover-from-backup`, look at what can be read with `registryd --inspector`, ' +
    'or begin with an empty registry with `registryd --dangerously-clear-database`',
  heldRemedy: 'stop it first, or change the registry through it with `peiosctl registry`',
};
