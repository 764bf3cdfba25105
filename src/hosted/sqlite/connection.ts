import type { StatementSync } from 'node:sqlite';
import { DatabaseSync } from 'node:sqlite';

/** A commit that was answered survives the loss of power. The wait covers a checkpoint or the other connection of this process. */
const carefulSettings = 'PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000';

/** A connection to the store with its prepared statements, each prepared at its first use. */
export class StoreConnection {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, options: { readonly readOnly: boolean; readonly settings?: string }) {
    this.database = new DatabaseSync(path, { readOnly: options.readOnly, enableForeignKeyConstraints: true });
    try {
      this.database.exec(options.settings ?? carefulSettings);
    } catch (error) {
      this.database.close();
      throw error;
    }
  }

  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Runs `body` as one transaction, or within the one that is open; a throw undoes all of it. */
  atomically<T>(body: () => T): T {
    if (this.database.isTransaction) return body();
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = body();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    if (this.database.isOpen) this.database.close();
  }
}
