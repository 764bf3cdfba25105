import { RegistryFailure } from '../../../registry/failure.ts';
import { messageOf } from '../../daemon/problem.ts';
import { sqliteCode, sqliteCodeOf } from '../../sqlite/errors.ts';

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
