import { errnoOf, sqliteCode, sqliteCodeOf } from '../../sqlite/errors.ts';

/** What the store could not do: nothing was changed by it. `remedy` is the next step for the administrator. */
export class StoreFailure extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = 'StoreFailure';
    this.remedy = remedy;
  }
}

/** The database does not hold what it promises, although SQLite finds nothing wrong. */
export class Damage extends Error {}

const passing: ReadonlySet<number> = new Set([
  sqliteCode.perm,
  sqliteCode.busy,
  sqliteCode.locked,
  sqliteCode.nomem,
  sqliteCode.readonly,
  sqliteCode.ioerr,
  sqliteCode.full,
  sqliteCode.cantopen,
]);

/** SQLITE_IOERR_CORRUPTFS: the file system itself says so. */
const corruptFileSystem = 8458;

/**
 * What an error says of the database: that it is damaged, or that it cannot be used now and may be used later. Null: it says nothing of
 * it, and is a defect of ours.
 */
export function verdictOf(error: unknown): 'damaged' | 'unavailable' | null {
  if (error instanceof Damage) return 'damaged';
  const code = sqliteCodeOf(error);
  if (code !== null) return passing.has(code) && !hasCode(error, 'errcode', corruptFileSystem) ? 'unavailable' : 'damaged';
  // An integer that no row of ours has.
  if (hasCode(error, 'code', 'ERR_OUT_OF_RANGE')) return 'damaged';
  return errnoOf(error) === null ? null : 'unavailable';
}

const hasCode = (error: unknown, member: string, value: unknown): boolean =>
  error instanceof Error && Object.getOwnPropertyDescriptor(error, member)?.value === value;
