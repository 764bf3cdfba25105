import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { StoreConnection } from '../../../src/hosted/registryd/store/connection.ts';
import { openStore } from '../../../src/hosted/registryd/store/open.ts';
import type { StorePaths } from '../../../src/hosted/registryd/store/store-paths.ts';
import { storePaths } from '../../../src/hosted/registryd/store/store-paths.ts';

/** A new store in a directory that goes with the test. */
export function createStore(t: Test): { readonly paths: StorePaths; readonly store: StoreConnection; second(): StoreConnection } {
  const directory = mkdtempSync(join(tmpdir(), 'registryd-store-'));
  const paths = storePaths(directory);
  const store = openStore(paths);
  t.teardown(() => {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return { paths, store, second: () => new StoreConnection(paths.database, { readOnly: false }) };
}
