import { resolve } from 'node:path';
import { hives } from '../../../registry/names.ts';
import type { SeedSourceKey } from '../../../seed/write-seed.ts';
import { writeSeed } from '../../../seed/write-seed.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { problemOf } from '../../sqlite/errors.ts';
import { openForReading } from '../../sqlite/read-only.ts';
import { storePaths } from '../../sqlite/store.ts';
import type { Key } from '../store/keys.ts';
import { listSubkeys, requireKey } from '../store/keys.ts';
import { registryStore } from '../store/registry-store.ts';
import { queryValues } from '../store/values.ts';

/** Depth first, the key itself first. */
export function* keysBelow(store: StoreConnection, key: Key): Generator<Key> {
  yield key;
  for (const name of listSubkeys(store, key)) yield* keysBelow(store, requireKey(store, key, name));
}

/** `--export`: a key and all below it as a seed on standard output. Throws Problem, RegistryFailure. */
export function exportStore(directory: string, path: string | null, format: 'yaml' | 'json'): number {
  const paths = storePaths(registryStore, resolve(directory));
  const store = openForReading(registryStore, paths);
  try {
    const keys: SeedSourceKey[] = [];
    for (const top of path === null ? hives : [path]) {
      for (const key of keysBelow(store, requireKey(store, null, top))) keys.push({ path: key.path, values: queryValues(store, key) });
    }
    process.stdout.write(writeSeed(keys, format));
    return 0;
  } catch (error) {
    throw problemOf(error, paths.database, registryStore.damagedRemedy);
  } finally {
    store.close();
  }
}
