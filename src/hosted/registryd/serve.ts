import { resolve } from 'node:path';
import { createIdentityReader } from '../daemon/identities.ts';
import { messageOf } from '../daemon/problem.ts';
import { serveUntilTerminated } from '../daemon/process.ts';
import { inQuietMoment, makeBackup } from '../sqlite/backup.ts';
import { StoreConnection } from '../sqlite/connection.ts';
import { lockStore } from '../sqlite/lock.ts';
import { closeStore, openStore } from '../sqlite/open.ts';
import type { StorePaths } from '../sqlite/store.ts';
import { storePaths } from '../sqlite/store.ts';
import { program } from './program.ts';
import { startServer } from './serve/server.ts';
import { registryStore } from './store/registry-store.ts';

/** A failure of the startup backup is told and changes nothing. */
function backUp(store: StoreConnection, paths: StorePaths): void {
  try {
    makeBackup(registryStore, store, paths);
  } catch (error) {
    console.error(`registryd: the startup backup failed: ${messageOf(error)}`);
  }
}

/** Serves until it is told to end; the answer is the exit status. Throws Problem. */
export function serve(directory: string, socket: string): Promise<number> {
  return serveUntilTerminated(program.name, async (shim) => {
    const paths = storePaths(registryStore, resolve(directory));
    const lock = lockStore(registryStore, paths);
    const store = openStore(registryStore, paths);
    const server = await startServer({
      path: socket,
      store,
      openSecond: () => new StoreConnection(paths.database, { readOnly: false }),
      identityOf: createIdentityReader(shim, (text) => console.error(`registryd: ${text}`)),
    });
    return {
      ready() {
        inQuietMoment(
          () => server.lastLineMs,
          () => backUp(store, paths),
        );
      },
      async close() {
        await server.close();
        closeStore(store);
        lock.release();
      },
    };
  });
}
