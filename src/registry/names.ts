import { RegistryFailure } from './failure.ts';

/** Hives of every registry. PSD-005 2.2. */
export const hives = ['Machine', 'Users'] as const;

/** Names and limits of the registry. PSD-005 2.3, 2.5 and its appendix A.4 (the defaults). */
export const limits = {
  /** UTF-8 bytes of one key or value name. */
  nameBytes: 255,
  /** UTF-8 bytes of a path with its separators. */
  pathBytes: 16383,
  /** Levels of keys, the hive included. */
  depth: 512,
  /** Bytes of one value's data. */
  valueBytes: 1_048_576,
} as const;

function checkText(what: string, name: string): void {
  if (!name.isWellFormed()) throw new RegistryFailure('EINVAL', `${what} is not valid Unicode`);
  if (name.includes('\0')) throw new RegistryFailure('EINVAL', `${what} contains NUL`);
}

/** Throws EINVAL or ENAMETOOLONG unless `name` can be a key's. */
function checkKeyName(name: string): void {
  if (name === '') throw new RegistryFailure('EINVAL', 'a path has an empty component');
  checkText('a key name', name);
  if (name.includes('\\') || name.includes('/')) throw new RegistryFailure('EINVAL', `the key name ${name} contains a separator`);
  if (Buffer.byteLength(name) > limits.nameBytes) {
    throw new RegistryFailure('ENAMETOOLONG', `the key name ${name.slice(0, 40)}... has more than ${limits.nameBytes} bytes`);
  }
}

/** Throws EINVAL or ENAMETOOLONG unless `name` can be a value's; the empty name is that of the default value. */
export function checkValueName(name: string): void {
  checkText('a value name', name);
  if (Buffer.byteLength(name) > limits.nameBytes) {
    throw new RegistryFailure('ENAMETOOLONG', `the value name ${name.slice(0, 40)}... has more than ${limits.nameBytes} bytes`);
  }
}

/** Components of a path; both separators are read. The empty path has none. Throws EINVAL or ENAMETOOLONG. */
export function splitPath(path: string): readonly string[] {
  if (path === '') return [];
  if (Buffer.byteLength(path) > limits.pathBytes) {
    throw new RegistryFailure('ENAMETOOLONG', `a path has more than ${limits.pathBytes} bytes`);
  }
  const components = path.split(/[\\/]/);
  for (const component of components) checkKeyName(component);
  if (components.length > limits.depth) throw new RegistryFailure('EINVAL', `a path has more than ${limits.depth} levels`);
  return components;
}
