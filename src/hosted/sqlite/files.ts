import { closeSync, fsyncSync, openSync } from 'node:fs';
import { makeDirectories } from '../daemon/directories.ts';
import { messageOf, Problem } from '../daemon/problem.ts';

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

/** A file, or the names in a directory, are on the disk. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
