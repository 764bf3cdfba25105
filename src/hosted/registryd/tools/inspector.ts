import { resolve } from 'node:path';
import { hives } from '../../../registry/names.ts';
import { formatTimestamp } from '../../../wire/timestamp.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { problemOf } from '../../sqlite/errors.ts';
import { openForReading } from '../../sqlite/read-only.ts';
import { storePaths } from '../../sqlite/store.ts';
import type { Key } from '../store/keys.ts';
import { keyInfo, requireKey } from '../store/keys.ts';
import { registryStore } from '../store/registry-store.ts';
import type { StoredValue } from '../store/values.ts';
import { queryValues } from '../store/values.ts';
import { keysBelow } from './export.ts';

/** `--inspector`: what is in the file, for people, without the daemon. BOOT-067. */

function formatValue({ name, type, data, sequence }: StoredValue): string {
  return `  ${name === '' ? '(default)' : name}  REG_${type}  ${JSON.stringify(data)}  #${sequence}`;
}

function printKey(store: StoreConnection, key: Key): void {
  const lines = [`${key.path}  (written ${formatTimestamp(keyInfo(store, key).lastWriteNs)})`];
  for (const value of queryValues(store, key)) lines.push(formatValue(value));
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Prints as far as the file can be read. Throws Problem where it cannot, RegistryFailure when there is no such key. */
export function inspect(directory: string, path: string | null): number {
  const paths = storePaths(registryStore, resolve(directory));
  const store = openForReading(registryStore, paths);
  try {
    for (const top of path === null ? hives : [path]) {
      for (const key of keysBelow(store, requireKey(store, null, top))) printKey(store, key);
    }
    return 0;
  } catch (error) {
    throw problemOf(error, paths.database, registryStore.damagedRemedy);
  } finally {
    store.close();
  }
}
