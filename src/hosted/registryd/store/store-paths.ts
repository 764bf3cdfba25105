import { join } from 'node:path';

/** Backups kept, the newest one is number 0. */
export const backupCount = 5;

/** Files of a store directory. */
export interface StorePaths {
  readonly directory: string;
  readonly database: string;
  /** Held by whoever may write. */
  readonly lock: string;
  readonly backups: string;
  backup(number: number): string;
}

export function storePaths(directory: string): StorePaths {
  const backups = join(directory, 'backup');
  return {
    directory,
    database: join(directory, 'machine.db'),
    lock: join(directory, 'lock'),
    backups,
    backup: (number) => join(backups, `${number}.db`),
  };
}
