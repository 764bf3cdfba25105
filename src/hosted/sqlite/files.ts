import { closeSync, fsyncSync, openSync, statSync, unlinkSync } from 'node:fs';
import { makeDirectories } from '../daemon/directories.ts';
import { messageOf, Problem } from '../daemon/problem.ts';
import { errnoOf } from './errors.ts';

/** A directory of ours alone; those above it, where they are missing, are for everyone to pass. Throws Problem. */
export function makeDirectory(path: string): void {
  const mask = process.umask(0o022);
  try {
    makeDirectories(path, 0o700);
  } catch (error) {
    throw new Problem(`the directory ${path} cannot be made: ${messageOf(error)}`, 'name another one with --store');
  } finally {
    process.umask(mask);
  }
}

/** Throws Problem where a directory stands in the place of a file of the store: it is not ours to remove. */
export function refuseDirectories(paths: readonly string[]): void {
  for (const path of paths) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
      throw new Problem(`${path} is a directory, and must be a file`, 'move it away, or name another directory with --store');
  }
}

/** Nothing is there afterwards. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** A file, or the names in a directory, are on the disk. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
