import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { MovedAside } from '../../../../gen/output/types.ts';
import { removeFile, syncPath } from '../../sqlite/files.ts';
import type { StorePaths } from '../../sqlite/store.ts';

/** Databases that were damaged. They stay beside the one in use, for whoever wants to look; nothing reads them. */

/** So many are kept, since each may be as large as one may be. */
const mostKept = 3;

/** Files of a database besides itself; those of what SQLite has not folded in come first, so that they never meet another one. */
const ends = ['-wal', '-shm', '-journal', ''] as const;

const form = /\.damaged-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:-\d+)?$/;

/** The path where it is now. Throws what the system says. */
export function moveAside(paths: StorePaths, now: bigint): string {
  const stamp = `${new Date(Number(now / 1_000_000n)).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const wanted = `${paths.database}.damaged-${stamp}`;
  let aside = wanted;
  for (let number = 2; ends.some((end) => existsSync(aside + end)); number += 1) aside = `${wanted}-${number}`;
  for (const end of ends) if (existsSync(paths.database + end)) renameSync(paths.database + end, aside + end);
  syncPath(paths.directory);
  for (const { path } of listAside(paths).slice(mostKept)) for (const end of ends) forget(path + end);
  return aside;
}

/** A directory stays: it was never ours. */
function forget(path: string): void {
  if (!isDirectory(path)) removeFile(path);
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** What lies there and is no file, which no database can become; null: a file, or nothing. */
export function notFileAt(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return null;
  return found.isDirectory() ? 'it is a directory' : 'it is no file';
}

/** The latest first. */
export function listAside(paths: StorePaths): MovedAside[] {
  const found: MovedAside[] = [];
  for (const name of readdirSync(paths.directory)) {
    const [, year, month, day, hour, minute, second] = form.exec(name) ?? [];
    if (year === undefined || !name.startsWith(basename(paths.database))) continue;
    const path = join(paths.directory, name);
    const bytes = ends.reduce((sum, end) => sum + (statSync(path + end, { throwIfNoEntry: false })?.size ?? 0), 0);
    found.push({ path, bytes, moved_at: `${year}-${month}-${day}T${hour}:${minute}:${second}.000000000Z` });
  }
  return found.sort((a, b) =>
    a.moved_at === b.moved_at ? b.path.length - a.path.length || (a.path < b.path ? 1 : -1) : a.moved_at < b.moved_at ? 1 : -1,
  );
}
