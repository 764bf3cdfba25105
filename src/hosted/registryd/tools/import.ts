import { resolve } from 'node:path';
import type { Objection } from '../../../judge/judge.ts';
import { judgedKey, judgeRegistry, newObjections } from '../../../judge/judge.ts';
import { descriptorWith } from '../../../registry/security/given.ts';
import { systemCreator } from '../../../registry/security/inherit.ts';
import { createPlaces } from '../../../seed/places.ts';
import type { SeedKey } from '../../../seed/read-seed.ts';
import { readSeed } from '../../../seed/read-seed.ts';
import { placed, SeedError } from '../../../seed/seed-error.ts';
import { readSource } from '../../../seed/seed-source.ts';
import { unknownFields } from '../../../seed/unknown-fields.ts';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { problemOf } from '../../sqlite/errors.ts';
import { lockStore } from '../../sqlite/lock.ts';
import { openStore } from '../../sqlite/open.ts';
import { storePaths } from '../../sqlite/store.ts';
import { createPath, findKey, keySecurity, setKeySecurity } from '../store/keys.ts';
import { registryStore } from '../store/registry-store.ts';
import { queryValues, setValue } from '../store/values.ts';
import { keysBelow } from './export.ts';

/** `--import`: all files as one transaction, without the daemon. */

function applySeed(store: StoreConnection, keys: readonly SeedKey[]): void {
  for (const { path, values, security } of keys) {
    const { key } = createPath(store, path, systemCreator);
    for (const { name, type, data } of values) setValue(store, key, name, type, data, null);
    if (security !== undefined) setKeySecurity(store, key, descriptorWith(keySecurity(store, key), security));
  }
}

/** As peinit would judge what the store holds now. */
function judge(store: StoreConnection): readonly Objection[] {
  const top = findKey(store, null, judgedKey);
  if (top === null) return [];
  const nodes = Array.from(keysBelow(store, top), (key) => ({
    path: key.path.slice(top.path.length + 1),
    values: queryValues(store, key),
  }));
  return judgeRegistry(nodes);
}

/** Undoes the import. */
class Refused extends Error {}

const mostTold = 20;

/**
 * 2: a file has an error, or holds what peinit would refuse, told on standard error, and nothing was changed. With `force` what would be
 * refused is only told: a boot leaves it out. Throws Problem. D-15, O-48.
 */
export async function importSeeds(directory: string, files: readonly string[], force: boolean): Promise<number> {
  const seeds: (readonly SeedKey[])[] = [];
  const places = createPlaces();
  let failed = false;
  for (const file of files) {
    try {
      const { name, text } = readSource(file);
      const keys = await readSeed(name, text);
      seeds.push(keys);
      places.add(name, keys);
      for (const { line, message } of unknownFields(keys)) console.error(`${placed(name, line)}: warning: ${message}`);
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      console.error(error.message);
      failed = true;
    }
  }
  if (failed) return nothingImported('');
  const told = (objections: readonly Objection[], kind: string): void => {
    for (const { path, name, message } of objections.slice(0, mostTold)) {
      const place = places.of(path, name);
      console.error(`${place === null ? '' : `${place}: `}${kind}${message}`);
    }
    if (objections.length > mostTold) console.error(`and ${objections.length - mostTold} more`);
  };
  const paths = storePaths(registryStore, resolve(directory));
  const lock = lockStore(registryStore, paths);
  try {
    const store = openStore(registryStore, paths);
    try {
      const fresh = store.atomically(() => {
        const before = judge(store);
        for (const keys of seeds) applySeed(store, keys);
        const found = newObjections(before, judge(store));
        const grave = found.filter(({ weight }) => weight !== 'warning');
        if (grave.length > 0 && !force) {
          told(grave, '');
          throw new Refused();
        }
        return found;
      });
      told(fresh, 'warning: ');
    } finally {
      store.close();
    }
  } catch (error) {
    if (error instanceof Refused) return nothingImported(': peinit would refuse it; --force imports it all the same');
    throw problemOf(error, paths.database, registryStore.damagedRemedy);
  } finally {
    lock.release();
  }
  return 0;
}

function nothingImported(reason: string): number {
  console.error(`registryd: nothing was imported${reason}`);
  return 2;
}
