import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Shim } from '../../linux/shim.ts';
import { loadShim } from '../../linux/shim.ts';
import { messageOf } from '../daemon/problem.ts';
import { inQuietMoment, makeBackup } from '../sqlite/backup.ts';
import { StoreConnection } from '../sqlite/connection.ts';
import { lockStore } from '../sqlite/lock.ts';
import { closeStore, openStore } from '../sqlite/open.ts';
import type { StorePaths } from '../sqlite/store.ts';
import { storePaths } from '../sqlite/store.ts';
import { startServer } from './serve/server.ts';
import { registryStore } from './store/registry-store.ts';

/** Serving: from the store's lock to READY=1, and to the end on SIGTERM. */

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

/** A failure of the startup backup is told and changes nothing. */
function backUp(store: StoreConnection, paths: StorePaths): void {
  try {
    makeBackup(registryStore, store, paths);
  } catch (error) {
    console.error(`registryd: the startup backup failed: ${messageOf(error)}`);
  }
}

function terminated(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

/** Serves until it is told to end; the answer is the exit status. Throws Problem. */
export async function serve(directory: string, socket: string): Promise<number> {
  const end = terminated();
  const paths = storePaths(registryStore, resolve(directory));
  const lock = lockStore(registryStore, paths);
  const store = openStore(registryStore, paths);
  const shim = openShim();
  const server = await startServer({
    path: socket,
    store,
    openSecond: () => new StoreConnection(paths.database, { readOnly: false }),
    peerUid: peerUidReader(shim),
  });
  notifyReady(shim);
  inQuietMoment(
    () => server.lastRequestMs,
    () => backUp(store, paths),
  );
  await end;
  await server.close();
  closeStore(store);
  lock.release();
  return 0;
}
