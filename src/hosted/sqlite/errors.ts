import { messageOf, Problem } from '../daemon/problem.ts';

/** Primary result codes of SQLite. */
export const sqliteCode = { perm: 3, busy: 5, readonly: 8, ioerr: 10, corrupt: 11, full: 13, cantopen: 14, notadb: 26 } as const;

/** Primary result code of an error thrown by node:sqlite; null for any other error. */
export function sqliteCodeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

/** The file does not hold what it promises; `remedy` as the daemon of the store names it. */
export const damaged = (path: string, finding: string, remedy: string): Problem =>
  new Problem(`the store ${path} is damaged: ${finding}`, remedy);

/** Translates what SQLite says about a file as a whole; other errors are defects and stay. */
export function problemOf(error: unknown, path: string, damagedRemedy: string): unknown {
  const code = sqliteCodeOf(error);
  if (code === null) return error;
  if (code === sqliteCode.corrupt || code === sqliteCode.notadb) return damaged(path, messageOf(error), damagedRemedy);
  return new Problem(`the store ${path} cannot be opened: ${messageOf(error)}`, 'check the directory, its disk and its free space');
}
