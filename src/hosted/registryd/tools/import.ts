import { resolve } from 'node:path';
import type { SeedKey } from '../../../seed/read-seed.ts';
import { readSeed } from '../../../seed/read-seed.ts';
import { placed, SeedError } from '../../../seed/seed-error.ts';
import { readSource } from '../../../seed/seed-source.ts';
import { unknownFields } from '../../../seed/unknown-fields.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { lockStore } from '../../sqlite/lock.ts';
import { openStore } from '../../sqlite/open.ts';
import { storePaths } from '../../sqlite/store.ts';
import { createPath } from '../store/keys.ts';
import { registryStore } from '../store/registry-store.ts';
import { setValue } from '../store/values.ts';

/** `--import`: all files as one transaction, without the daemon. */

function applySeed(store: StoreConnection, keys: readonly SeedKey[]): void {
  for (const { path, values } of keys) {
    const { key } = createPath(store, path);
    for (const { name, type, data } of values) setValue(store, key, name, type, data, null);
  }
}

/** 2: a file has an error, told on standard error, and nothing was changed. Throws Problem. */
export async function importSeeds(directory: string, files: readonly string[]): Promise<number> {
  const seeds: (readonly SeedKey[])[] = [];
  let failed = false;
  for (const file of files) {
    try {
      const { name, text } = readSource(file);
      const keys = await readSeed(name, text);
      seeds.push(keys);
      for (const { line, message } of unknownFields(keys)) console.error(`${placed(name, line)}: warning: ${message}`);
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      console.error(error.message);
      failed = true;
    }
  }
  if (failed) {
    console.error('registryd: nothing was imported');
    return 2;
  }
  const paths = storePaths(registryStore, resolve(directory));
  const lock = lockStore(registryStore, paths);
  try {
    const store = openStore(registryStore, paths);
    try {
      store.atomically(() => {
        for (const keys of seeds) applySeed(store, keys);
      });
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
  return 0;
}
