import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null);

/**
 * Makes a directory and those above it that are missing, each once: Node's own way of it goes on for ever where a file system has none to
 * make (/proc). Throws what the system says.
 */
export function makeDirectories(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path && !isDirectory(dirname(path))) {
      makeDirectories(dirname(path));
      mkdirSync(path, { mode });
    } else if (!isDirectory(path)) throw error;
  }
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
