import { statSync } from 'node:fs';
import type { StoreConnection } from '../../sqlite/connection.ts';
import { pragma } from '../../sqlite/open.ts';
import { integerOf, textOf } from './columns.ts';
import { Damage } from './failures.ts';
import { Names } from './names.ts';

/**
 * A database in use: its connection, and what of it is kept in memory. That is bounded, and read again whenever a transaction was undone.
 */
export class Opened {
  readonly connection: StoreConnection;
  readonly path: string;
  readonly generation: string;
  readonly names: Names;
  /** The sequence that comes next. */
  next: number;
  /** What comes before it is deleted, or about to be. */
  floor: number;
  /** The minute that is not over, and the last of the sequence in it. */
  minute: { readonly minute: number; last: number } | null;

  constructor(connection: StoreConnection, path: string) {
    const store = storeRow(connection);
    this.connection = connection;
    this.path = path;
    this.generation = textOf(store, 'generation');
    this.names = new Names(connection);
    this.next = integerOf(store, 'next');
    this.floor = integerOf(store, 'floor');
    this.minute = openMinute(connection, this.next);
  }

  /** A transaction; a throw undoes it, in the database and here. */
  atomically<T>(body: () => T): T {
    const { next, floor, minute } = this;
    try {
      return this.connection.atomically(body);
    } catch (error) {
      Object.assign(this, { next, floor, minute: minute === null ? null : { ...minute } });
      this.names.forget();
      throw error;
    }
  }

  /** Within a transaction. */
  saveSequence(): void {
    this.connection.statement('UPDATE store SET next = ?, floor = ?').run(this.next, this.floor);
  }

  /** Bytes of the database, and how many of them are in use. */
  size(): { readonly total: number; readonly used: number } {
    const page = Number(pragma(this.connection, 'page_size'));
    const pages = Number(pragma(this.connection, 'page_count'));
    return { total: pages * page, used: (pages - Number(pragma(this.connection, 'freelist_count'))) * page };
  }

  logBytes(): number {
    return statSync(`${this.path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }
}

function storeRow(connection: StoreConnection): Record<string, unknown> {
  const row = connection.statement('SELECT generation, next, floor FROM store').get();
  if (row === undefined) throw new Damage('it has no row of its own');
  return row;
}

function openMinute(connection: StoreConnection, next: number): Opened['minute'] {
  const row = connection.statement('SELECT minute FROM minute WHERE last IS NULL ORDER BY first DESC LIMIT 1').get();
  return row === undefined ? null : { minute: integerOf(row, 'minute'), last: next - 1 };
}
