import { accessSync, constants, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, Problem } from '../daemon/problem.ts';

/** Primary result codes of SQLite. */
export const sqliteCode = {
  perm: 3,
  busy: 5,
  locked: 6,
  nomem: 7,
  readonly: 8,
  ioerr: 10,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  notadb: 26,
} as const;

/** Primary result code of an error thrown by node:sqlite; null for any other error. */
export function sqliteCodeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

/** The name of the errno that a call of the system ended with; null for any other error. */
export function errnoOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error) || typeof error.code !== 'string') return null;
  return error.code;
}

/** The file does not hold what it promises; `remedy` as the daemon of the store names it. */
export const damaged = (path: string, finding: string, remedy: string): Problem =>
  new Problem(`the store ${path} is damaged: ${finding}`, remedy);

/** Translates what SQLite and the system say about a file as a whole; other errors are defects and stay. */
export function problemOf(error: unknown, path: string, damagedRemedy: string): unknown {
  const code = sqliteCodeOf(error);
  if (code === sqliteCode.corrupt || code === sqliteCode.notadb) return damaged(path, messageOf(error), damagedRemedy);
  if (code === null && errnoOf(error) === null) return error;
  const [reason, remedy] = hindranceOf(dirname(path)) ?? [messageOf(error), 'check the directory, its disk and its free space'];
  return new Problem(`the store ${path} cannot be used: ${reason}`, remedy);
}

/** With less than this the log of a store has no room. */
const leastFreeBytes = 131_072;

/** What is wrong with a directory, and what to do: SQLite calls a full disk an I/O error, and a read-only one a file that does not open. */
function hindranceOf(directory: string): readonly [reason: string, remedy: string] | null {
  try {
    accessSync(directory, constants.W_OK);
    const { blocks, bfree, bsize, files, ffree } = statfsSync(directory);
    if (blocks > 0 && bfree * bsize < leastFreeBytes)
      return [`its disk is full (${Math.floor((bfree * bsize) / 1024)} KB are free)`, `make room on the disk of ${directory}`];
    if (files > 0 && ffree === 0) return ['its disk has no place for one more file', `remove files from the disk of ${directory}`];
    return null;
  } catch (error) {
    switch (errnoOf(error)) {
      case 'EROFS':
        return ['its file system is read-only', 'make it writable (`mount -o remount,rw`), or name another directory with --store'];
      case 'EACCES':
        return [`${directory} may not be written`, 'run it as root, or name another directory with --store'];
      default:
        return null;
    }
  }
}
