import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Shim } from '../../linux/shim.ts';
import { loadShim } from '../../linux/shim.ts';
import type { RegistryServer } from './serve/server.ts';
import { startServer } from './serve/server.ts';
import { makeBackup } from './store/backup.ts';
import { StoreConnection } from './store/connection.ts';
import { lockStore } from './store/lock.ts';
import { makeDirectory, openStore } from './store/open.ts';
import { messageOf } from './store/sqlite-errors.ts';
import type { StorePaths } from './store/store-paths.ts';
import { storePaths } from './store/store-paths.ts';

/** Serving: from the store's lock to READY=1, and to the end on SIGTERM. */

/** The startup backup waits for this much quiet, so that it is never in the way of a boot, but not for ever. */
const backupQuietMs = 2_000;
const backupLatestMs = 30_000;

/** The addon lies beside the bundle, in development where it was built. */
function openShim(): Shim {
  const beside = join(import.meta.dirname, 'shim.node');
  return loadShim(existsSync(beside) ? beside : join(import.meta.dirname, '../../../build/shim.node'));
}

function peerUidReader(shim: Shim): (descriptor: number) => number {
  const pidUidGid = new Int32Array(3);
  return (descriptor) => {
    const result = shim.peerCredentials(descriptor, pidUidGid);
    return result < 0 ? result : (pidUidGid[1] ?? -1);
  };
}

/** Tells the one who started us, if it wants to know. */
function notifyReady(shim: Shim): void {
  const path = process.env['NOTIFY_SOCKET'];
  if (path === undefined || path === '') return;
  const result = shim.sendDatagram(path, Buffer.from('READY=1\n'), new Int32Array(0));
  if (result < 0) console.error(`registryd: READY=1 could not be sent to ${path}: errno ${-result}`);
}

/** Makes the startup backup in the first quiet moment; a failure is told and changes nothing. */
function backupSoon(store: StoreConnection, paths: StorePaths, server: RegistryServer): void {
  const begun = performance.now();
  const attempt = (): void => {
    const now = performance.now();
    const waitMs = backupQuietMs - (now - server.lastRequestMs);
    if (waitMs > 0 && now - begun < backupLatestMs) {
      setTimeout(attempt, Math.ceil(waitMs)).unref();
      return;
    }
    try {
      makeBackup(store, paths);
    } catch (error) {
      console.error(`registryd: the startup backup failed: ${messageOf(error)}`);
    }
  };
  setTimeout(attempt, backupQuietMs).unref();
}

function terminated(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

/** Serves until it is told to end; the answer is the exit status. Throws StoreProblem. */
export async function serve(directory: string, socket: string): Promise<number> {
  const end = terminated();
  const paths = storePaths(resolve(directory));
  makeDirectory(paths.directory);
  const lock = lockStore(paths);
  const store = openStore(paths);
  const shim = openShim();
  const server = await startServer({
    path: socket,
    store,
    openSecond: () => new StoreConnection(paths.database, { readOnly: false }),
    peerUid: peerUidReader(shim),
  });
  notifyReady(shim);
  backupSoon(store, paths, server);
  await end;
  await server.close();
  store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  store.close();
  lock.release();
  return 0;
}
