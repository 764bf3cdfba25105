/** The machine that definitions are verified for: the files below a directory. */
import { accessSync, constants, lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseLinuxUsers } from '../../../src/authority/linux-users.ts';
import type { Ground } from '../../../src/judge/strict.ts';

export function groundAt(root: string): Ground {
  const textOf = (path: string): string => {
    try {
      return readFileSync(inside(root, path), 'latin1');
    } catch {
      return '';
    }
  };
  return {
    unrunnable: (path) => unrunnable(root, path),
    users: parseLinuxUsers(textOf('/etc/passwd'), textOf('/etc/group')),
    now: Temporal.Now.instant().epochNanoseconds as Ground['now'],
    zone: Temporal.Now.timeZoneId(),
  };
}

const mostLinks = 40;

/** Where a path of that machine lies here: its links lead to places below the root, not of this host. */
function inside(root: string, path: string): string {
  if (root === '/') return path;
  let rest = resolve('/', path)
    .split('/')
    .filter((part) => part !== '');
  let done = '/';
  for (let links = 0; rest.length > 0; ) {
    const [part = '', ...further] = rest;
    const next = resolve(done, part);
    rest = further;
    if (!isLink(join(root, next))) done = next;
    else if (links++ > mostLinks) throw new Error(`too many links at ${path}`);
    else {
      const target = resolve(dirname(next), readlinkSync(join(root, next)));
      rest = [...target.split('/').filter((each) => each !== ''), ...further];
      done = '/';
    }
  }
  return join(root, done);
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function unrunnable(root: string, path: string): string | null {
  try {
    const file = inside(root, path);
    if (statSync(file).isDirectory()) return 'which is a directory';
    accessSync(file, constants.X_OK);
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return root === '/' ? 'which does not exist' : `which does not exist below ${root}`;
    return code === 'EACCES' ? 'which is not executable' : `which cannot be looked at (${String(code)})`;
  }
}
