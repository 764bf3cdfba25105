import { RegistryFailure } from '../../../registry/failure.ts';

/** Primary result codes of SQLite. */
export const sqliteCode = { perm: 3, busy: 5, readonly: 8, ioerr: 10, corrupt: 11, full: 13, cantopen: 14, notadb: 26 } as const;

/** Primary result code of an error thrown by node:sqlite; null for any other error. */
export function sqliteCodeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a call answers when SQLite failed beneath it; other errors are defects and pass through. */
export function registryFailureOf(error: unknown): unknown {
  switch (sqliteCodeOf(error)) {
    case null:
      return error;
    case sqliteCode.full:
      return new RegistryFailure('ENOSPC', 'the disk of the store is full');
    case sqliteCode.busy:
      return new RegistryFailure('EBUSY', 'the store is held by another program');
    case sqliteCode.corrupt:
    case sqliteCode.notadb:
      return new RegistryFailure('EIO', 'the store is damaged; restart registryd to have it checked');
    default:
      return new RegistryFailure('EIO', `the store failed: ${messageOf(error)}`);
  }
}
