import { join } from 'node:path';
import type { StoreConnection } from './connection.ts';

/** The files that one daemon keeps: everything that tells them from those of the others. */
export interface StoreFormat {
  /** Program that writes it, for messages: `registryd`. */
  readonly daemon: string;
  /** For messages: `a registry store`. */
  readonly name: string;
  /** Name of the database in the store's directory. */
  readonly file: string;
  /** application_id of its files. */
  readonly application: number;
  /** Version of its tables, in user_version; a newer one is never touched, an older one is brought up to it. */
  readonly version: number;
  /** Pragmas that must come before the first table. */
  readonly layout?: string;
  /** Makes the tables, stamps application_id and user_version, and adds what a new store begins with; within one transaction. */
  fill(connection: StoreConnection): void;
  /** What to do about a damaged or lost store. */
  readonly damagedRemedy: string;
  /** What to do while another process holds the store. */
  readonly heldRemedy: string;
}

/** A store that is never given up: it has backups, and what is damaged waits for somebody to say what is meant. */
export interface StoreKind extends StoreFormat {
  /** Brings the tables of version `from` up to `version` and stamps that; within one transaction. Left out: there is no older version. */
  upgrade?(connection: StoreConnection, from: number): void;
  /** What is missing in a file of that version that SQLite finds sound; null: nothing. */
  flaw(connection: StoreConnection, version: number): string | null;
  /** Another number after every change, so that a backup is known to hold the present state. */
  revision(connection: StoreConnection): number;
}

/** Backups kept, the newest one is number 0. */
export const backupCount = 5;

/** Files of a store directory. */
export interface StorePaths {
  readonly directory: string;
  readonly database: string;
  /** Another one on its way to that place. */
  readonly fresh: string;
  /** Held by whoever may write. */
  readonly lock: string;
  readonly backups: string;
  backup(number: number): string;
}

export function storePaths({ file }: Pick<StoreFormat, 'file'>, directory: string): StorePaths {
  const backups = join(directory, 'backup');
  return {
    directory,
    database: join(directory, file),
    fresh: join(directory, `${file}.new`),
    lock: join(directory, 'lock'),
    backups,
    backup: (number) => join(backups, `${number}.db`),
  };
}
