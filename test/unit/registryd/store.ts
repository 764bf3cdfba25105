import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { registryStore } from '../../../src/hosted/registryd/store/registry-store.ts';
import { StoreConnection } from '../../../src/hosted/sqlite/connection.ts';
import { openStore } from '../../../src/hosted/sqlite/open.ts';
import type { StorePaths } from '../../../src/hosted/sqlite/store.ts';
import { storePaths } from '../../../src/hosted/sqlite/store.ts';

/** A new store in a directory that goes with the test. */
export function createStore(t: Test): { readonly paths: StorePaths; readonly store: StoreConnection; second(): StoreConnection } {
  const directory = mkdtempSync(join(tmpdir(), 'registryd-store-'));
  const paths = storePaths(registryStore, directory);
  const store = openStore(registryStore, paths);
  t.teardown(() => {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return { paths, store, second: () => new StoreConnection(paths.database, { readOnly: false }) };
}
