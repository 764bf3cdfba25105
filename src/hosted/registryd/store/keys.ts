import type { WatchType } from '../../../../gen/registry/types.ts';
import { RegistryFailure } from '../../../registry/failure.ts';
import { foldName } from '../../../registry/folding.ts';
import { limits, splitPath } from '../../../registry/names.ts';
import type { Creator } from '../../../registry/security/inherit.ts';
import { inheritedDescriptor } from '../../../registry/security/inherit.ts';
import { ownDescriptor } from '../../../registry/security/own-descriptors.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { storedDescriptor } from './descriptors.ts';

/** Keys: finding, creating, deleting, listing. Every function works within whatever transaction its connection has open. */

/** A key that was found. Keys are never renamed, so all of this holds as long as the key exists. */
export interface Key {
  readonly id: number;
  /** Ids from the hive to this key, itself last. */
  readonly chain: readonly number[];
  /** From the hive on, in stored spelling. */
  readonly path: string;
}

/** What a write changed, for the watches. */
export interface Change {
  readonly type: WatchType;
  /** The key it happened to. */
  readonly key: Key;
  /** The value or subkey; empty where there is none. */
  readonly name: string;
  /** Descriptor of the key, where it is gone by now. */
  readonly security?: Uint8Array;
}

const childSql = "SELECT id, name FROM key WHERE parent = ? AND folded = ? AND layer = 'base'";
const existsSql = 'SELECT 1 FROM key WHERE id = ?';
const insertSql = 'INSERT INTO key (id, parent, folded, name, security, last_write) VALUES (?, ?, ?, ?, ?, ?)';
const touchSql = 'UPDATE key SET last_write = ? WHERE id = ?';
const deleteSql = 'DELETE FROM key WHERE id = ?';
const childrenSql = "SELECT id, name, security FROM key WHERE parent = ? AND layer = 'base' ORDER BY folded";
const namesSql = "SELECT name FROM key WHERE parent = ? AND layer = 'base' ORDER BY folded";
const infoSql = `SELECT (SELECT count(*) FROM key WHERE parent = ?1) AS subkeys, (SELECT count(*) FROM value WHERE key = ?1) AS "values",
  CAST(last_write AS TEXT) AS last_write FROM key WHERE id = ?1`;
const securitySql = 'SELECT security FROM key WHERE id = ?';
const setSecuritySql = 'UPDATE key SET security = ? WHERE id = ?';
const sequenceSql = 'UPDATE store SET sequence = sequence + 1 RETURNING sequence';

/** The next number of the store: of a change, or of a new key. */
export function nextSequence(connection: StoreConnection): number {
  return Number(connection.statement(sequenceSql).get()?.['sequence']);
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** Marks a key as written now. */
export function touchKey(connection: StoreConnection, key: Key): void {
  connection.statement(touchSql).run(nowNs(), key.id);
}

function child(connection: StoreConnection, parent: Key | null, name: string): Key | null {
  const row = connection.statement(childSql).get(parent?.id ?? 0, foldName(name));
  if (row === undefined) return null;
  const id = Number(row['id']);
  const stored = String(row['name']);
  return parent === null ? { id, chain: [id], path: stored } : { id, chain: [...parent.chain, id], path: `${parent.path}\\${stored}` };
}

/** The key at `path` below `base` (null: from the hives on), or null. Throws EINVAL or ENAMETOOLONG for a malformed path. */
export function findKey(connection: StoreConnection, base: Key | null, path: string): Key | null {
  let key = base;
  for (const name of splitPath(path)) {
    const next: Key | null = child(connection, key, name);
    if (next === null) return null;
    key = next;
  }
  return key;
}

function shown(base: Key | null, path: string): string {
  return base === null ? path : path === '' ? base.path : `${base.path}\\${path}`;
}

/** As findKey, but ENOENT is thrown; also when `base` was deleted meanwhile. */
export function requireKey(connection: StoreConnection, base: Key | null, path: string): Key {
  if (base === null && path === '') throw new RegistryFailure('EINVAL', 'the path is empty');
  if (base !== null && connection.statement(existsSql).get(base.id) === undefined) {
    throw new RegistryFailure('ENOENT', `the key ${base.path} was deleted`);
  }
  const key = findKey(connection, base, path);
  if (key === null) throw new RegistryFailure('ENOENT', `there is no key ${shown(base, path)}`);
  return key;
}

/** Guards the making of a key below `parent`; throws where it is refused. */
export type Guard = (parent: Key) => void;

function createChild(connection: StoreConnection, parent: Key | null, name: string, creator: Creator): { key: Key; change: Change | null } {
  const path = parent === null ? name : `${parent.path}\\${name}`;
  if (Buffer.byteLength(path) > limits.pathBytes) {
    throw new RegistryFailure('ENAMETOOLONG', `the path of ${name.slice(0, 40)} would have more than ${limits.pathBytes} bytes`);
  }
  const depth = parent?.chain.length ?? 0;
  if (depth >= limits.depth) throw new RegistryFailure('EINVAL', `the key would lie more than ${limits.depth} levels deep`);
  const security = firstDescriptor(connection, parent, path, creator);
  const id = nextSequence(connection);
  connection.statement(insertSql).run(id, parent?.id ?? 0, foldName(name), name, security, nowNs());
  if (parent !== null) touchKey(connection, parent);
  const key: Key = { id, chain: [...(parent?.chain ?? []), id], path };
  return { key, change: parent === null ? null : { type: 'subkey_created', key: parent, name } };
}

/** What a key begins with. */
function firstDescriptor(connection: StoreConnection, parent: Key | null, path: string, creator: Creator): Uint8Array {
  const own = ownDescriptor(path);
  if (own !== null) return own;
  if (parent === null) throw new RegistryFailure('EINVAL', `there is no hive ${path}`);
  return inheritedDescriptor(storedDescriptor(parent, keySecurity(connection, parent)), creator);
}

export interface Created {
  readonly key: Key;
  readonly created: boolean;
  readonly changes: readonly Change[];
}

/** Creates the last key of `path`; the others must be there (ENOENT), as must the hive. An existing one is found, unguarded. */
export function createKey(connection: StoreConnection, base: Key | null, path: string, creator: Creator, guard: Guard): Created {
  const names = splitPath(path);
  const last = names.at(-1);
  // Below nothing there are only the hives, and those cannot be made.
  if (last === undefined || (base === null && names.length === 1)) {
    return { key: requireKey(connection, base, path), created: false, changes: [] };
  }
  const parent = requireKey(connection, base, names.slice(0, -1).join('\\'));
  const found = child(connection, parent, last);
  if (found !== null) return { key: found, created: false, changes: [] };
  guard(parent);
  const { key, change } = createChild(connection, parent, last, creator);
  return { key, created: true, changes: change === null ? [] : [change] };
}

/** Creates every key of a path that is not there; for imports without the daemon and the first fill. */
export function createPath(connection: StoreConnection, names: readonly string[], creator: Creator): Created {
  let key: Key | null = null;
  let created = false;
  const changes: Change[] = [];
  for (const name of names) {
    const found: Key | null = child(connection, key, name);
    if (found !== null) {
      key = found;
      continue;
    }
    const made = createChild(connection, key, name, creator);
    key = made.key;
    created = true;
    if (made.change !== null) changes.push(made.change);
  }
  if (key === null) throw new RegistryFailure('EINVAL', 'the path is empty');
  return { key, created, changes };
}

function parentOf(key: Key): Key {
  const chain = key.chain.slice(0, -1);
  const id = chain.at(-1);
  if (id === undefined) throw new RegistryFailure('EINVAL', `${key.path} is a hive and cannot be deleted`);
  return { id, chain, path: key.path.slice(0, key.path.lastIndexOf('\\')) };
}

/**
 * Deletes a key with its values, with `recursive` also what lies below, deepest first; each of those below is guarded. Throws ENOTEMPTY, or
 * EINVAL for a hive.
 */
export function deleteKey(connection: StoreConnection, key: Key, recursive: boolean, guard: (key: Key) => void): readonly Change[] {
  const changes: Change[] = [];
  const parent = parentOf(key);
  deleteBelow(connection, key, recursive, guard, changes);
  changes.push({ type: 'subkey_deleted', key: parent, name: key.path.slice(parent.path.length + 1) });
  touchKey(connection, parent);
  return changes;
}

function deleteBelow(connection: StoreConnection, key: Key, recursive: boolean, guard: (key: Key) => void, changes: Change[]): void {
  const security = keySecurity(connection, key);
  for (const row of connection.statement(childrenSql).all(key.id)) {
    if (!recursive) throw new RegistryFailure('ENOTEMPTY', `the key ${key.path} has subkeys`);
    const id = Number(row['id']);
    const name = String(row['name']);
    const below = { id, chain: [...key.chain, id], path: `${key.path}\\${name}` };
    guard(below);
    deleteBelow(connection, below, true, guard, changes);
    changes.push({ type: 'subkey_deleted', key, name, security });
  }
  connection.statement(deleteSql).run(key.id);
  changes.push({ type: 'key_deleted', key, name: '', security });
}

export function listSubkeys(connection: StoreConnection, key: Key): readonly string[] {
  return connection
    .statement(namesSql)
    .all(key.id)
    .map((row) => String(row['name']));
}

export interface KeyInfo {
  readonly subkeys: number;
  readonly values: number;
  /** Nanoseconds since the epoch. */
  readonly lastWriteNs: bigint;
}

export function keyInfo(connection: StoreConnection, key: Key): KeyInfo {
  const row = connection.statement(infoSql).get(key.id);
  if (row === undefined) throw new RegistryFailure('ENOENT', `the key ${key.path} was deleted`);
  return { subkeys: Number(row['subkeys']), values: Number(row['values']), lastWriteNs: BigInt(String(row['last_write'])) };
}

/** The descriptor of a key. Throws ENOENT. */
export function keySecurity(connection: StoreConnection, key: Key): Uint8Array {
  const row = connection.statement(securitySql).get(key.id);
  if (row === undefined) throw new RegistryFailure('ENOENT', `the key ${key.path} was deleted`);
  const security = row['security'];
  // A store without them is refused when it is opened.
  return security instanceof Uint8Array ? security : new Uint8Array();
}

/** Gives a key another descriptor; keys below it keep theirs. */
export function setKeySecurity(connection: StoreConnection, key: Key, security: Uint8Array): readonly Change[] {
  connection.statement(setSecuritySql).run(security, key.id);
  nextSequence(connection);
  touchKey(connection, key);
  return [{ type: 'sd_changed', key, name: '' }];
}

/** Every key of a store of version 1 gets the descriptor that it would begin with now, made by SYSTEM. */
export function stampDescriptors(connection: StoreConnection, creator: Creator): void {
  const stamp = (key: Key | null): void => {
    for (const row of connection.statement(childrenSql).all(key?.id ?? 0)) {
      const id = Number(row['id']);
      const name = String(row['name']);
      const path = key === null ? name : `${key.path}\\${name}`;
      connection.statement(setSecuritySql).run(firstDescriptor(connection, key, path, creator), id);
      stamp({ id, chain: [...(key?.chain ?? []), id], path });
    }
  };
  stamp(null);
}
