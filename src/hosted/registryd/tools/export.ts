import { resolve } from 'node:path';
import { hives, splitPath } from '../../../registry/names.ts';
import { formatOwn, ownDescriptors } from '../../../registry/security/exported.ts';
import type { SeedSourceKey } from '../../../seed/write-seed.ts';
import { writeSeed } from '../../../seed/write-seed.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { problemOf } from '../../sqlite/errors.ts';
import { openForReading } from '../../sqlite/read-only.ts';
import { storePaths } from '../../sqlite/store.ts';
import type { Key } from '../store/keys.ts';
import { keySecurity, listSubkeys, requireKey } from '../store/keys.ts';
import { registryStore } from '../store/registry-store.ts';
import { queryValues } from '../store/values.ts';

/** Depth first, the key itself first. */
export function* keysBelow(store: StoreConnection, key: Key): Generator<Key> {
  yield key;
  for (const name of listSubkeys(store, key)) yield* keysBelow(store, requireKey(store, key, name));
}

function securityAbove(store: StoreConnection, path: string): Uint8Array | null {
  const names = splitPath(path).slice(0, -1);
  return names.length === 0 ? null : keySecurity(store, requireKey(store, null, names.join('\\')));
}

/** `--export`: a key and all below it as a seed on standard output. Throws Problem, RegistryFailure. */
export function exportStore(directory: string, path: string | null, format: 'yaml' | 'json'): number {
  const paths = storePaths(registryStore, resolve(directory));
  const store = openForReading(registryStore, paths);
  try {
    const keys: SeedSourceKey[] = [];
    for (const top of path === null ? hives : [path]) {
      const below = [...keysBelow(store, requireKey(store, null, top))];
      const described = below.map((key) => ({ path: key.path, security: keySecurity(store, key) }));
      const own = ownDescriptors(described, securityAbove(store, top));
      for (const key of below) keys.push({ path: key.path, values: queryValues(store, key), security: formatOwn(own.get(key.path)) });
    }
    process.stdout.write(writeSeed(keys, format));
    return 0;
  } catch (error) {
    throw problemOf(error, paths.database, registryStore.damagedRemedy);
  } finally {
    store.close();
  }
}
