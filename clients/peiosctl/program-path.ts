import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Absolute path of the program that a shell would run by that name; null: there is none. */
export async function findProgram(
  name: string,
  path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  from = '/',
): Promise<string | null> {
  if (name.includes('/')) return (await isThere(resolve(from, name))) ? resolve(from, name) : null;
  if (name === '') return null;
  for (const directory of path.split(':')) {
    const candidate = resolve(from, directory, name);
    if (await isProgram(candidate)) return candidate;
  }
  return null;
}

/** Whether it can be run peinit finds out. */
async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
