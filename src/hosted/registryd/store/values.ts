import type { RegistryType } from '../../../../gen/registry/types.ts';
import { decodeData, encodeData, typeNumber, typeOfNumber } from '../../../registry/data.ts';
import { RegistryFailure } from '../../../registry/failure.ts';
import { foldName } from '../../../registry/folding.ts';
import { checkValueName } from '../../../registry/names.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import type { Change, Key } from './keys.ts';
import { nextSequence, touchKey } from './keys.ts';

/** Values of a key, in the wire's form. Every function works within whatever transaction its connection has open. */

export interface StoredValue {
  readonly name: string;
  readonly type: RegistryType;
  /** In the wire's form. */
  readonly data: string | number | string[];
  readonly sequence: number;
}

const querySql = "SELECT name, type, data, sequence FROM value WHERE key = ? AND folded = ? AND layer = 'base'";
const allSql = "SELECT name, type, data, sequence FROM value WHERE key = ? AND layer = 'base' ORDER BY folded";
const sequenceSql = "SELECT sequence FROM value WHERE key = ? AND folded = ? AND layer = 'base'";
// A value keeps the spelling of its name that it was created with.
const setSql = `INSERT INTO value (key, folded, name, type, data, sequence) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET type = excluded.type, data = excluded.data, sequence = excluded.sequence RETURNING name`;
const deleteSql = "DELETE FROM value WHERE key = ? AND folded = ? AND layer = 'base' RETURNING name";

function storedValue(row: Record<string, unknown>): StoredValue {
  const type = typeOfNumber(Number(row['type']));
  const column = row['data'];
  return {
    name: String(row['name']),
    type,
    data: decodeData(type, typeof column === 'number' ? column : String(column)),
    sequence: Number(row['sequence']),
  };
}

function noValue(key: Key, name: string): RegistryFailure {
  return new RegistryFailure('ENOENT', `the key ${key.path} has no value ${name === '' ? '(default)' : name}`);
}

/** One value, or ENOENT. */
export function queryValue(connection: StoreConnection, key: Key, name: string): StoredValue {
  checkValueName(name);
  const row = connection.statement(querySql).get(key.id, foldName(name));
  if (row === undefined) throw noValue(key, name);
  return storedValue(row);
}

/** All values, ordered by folded name. */
export function queryValues(connection: StoreConnection, key: Key): readonly StoredValue[] {
  return connection.statement(allSql).all(key.id).map(storedValue);
}

/** Compare-and-set: EAGAIN unless the value is at `expected` (0: is absent). Null asks for nothing. */
function checkSequence(connection: StoreConnection, key: Key, name: string, folded: string, expected: number | null): void {
  if (expected === null) return;
  const row = connection.statement(sequenceSql).get(key.id, folded);
  const present = row === undefined ? 0 : Number(row['sequence']);
  if (present !== expected) {
    throw new RegistryFailure('EAGAIN', `the value ${name} of ${key.path} is at sequence ${present}, not ${expected}`);
  }
}

/** Sets a value; the answer is the sequence of this change. Throws EINVAL, ENAMETOOLONG, ENOSPC, EAGAIN. */
export function setValue(
  connection: StoreConnection,
  key: Key,
  name: string,
  type: RegistryType,
  data: unknown,
  expected: number | null,
): { readonly sequence: number; readonly changes: readonly Change[] } {
  checkValueName(name);
  const column = encodeData(type, data);
  const folded = foldName(name);
  checkSequence(connection, key, name, folded, expected);
  const sequence = nextSequence(connection);
  const row = connection.statement(setSql).get(key.id, folded, name, typeNumber(type), column, sequence);
  touchKey(connection, key);
  return { sequence, changes: [{ type: 'value_set', key, name: String(row?.['name']) }] };
}

/** Deletes a value. Throws ENOENT, EAGAIN. */
export function deleteValue(connection: StoreConnection, key: Key, name: string, expected: number | null): readonly Change[] {
  checkValueName(name);
  const folded = foldName(name);
  checkSequence(connection, key, name, folded, expected);
  const row = connection.statement(deleteSql).get(key.id, folded);
  if (row === undefined) throw noValue(key, name);
  nextSequence(connection);
  touchKey(connection, key);
  return [{ type: 'value_deleted', key, name: String(row['name']) }];
}
