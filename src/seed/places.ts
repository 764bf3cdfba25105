import { foldName } from '../registry/folding.ts';
import type { SeedKey } from './read-seed.ts';
import { placed } from './seed-error.ts';

/** Where keys and values stand in the files that name them; of several the last, which wins. */
export interface Places {
  add(file: string, keys: readonly SeedKey[]): void;
  /** `FILE:LINE` of a value, or of its key where no file has the value; null: no file has the key. */
  of(path: string, name: string | null): string | null;
}

export function createPlaces(): Places {
  const places = new Map<string, string>();
  const identity = (path: string, name: string | null): string =>
    [...path.split('\\'), ...(name === null ? [] : ['', name])].map(foldName).join('\\');
  return {
    add(file, keys) {
      for (const { path, line, values } of keys) {
        const key = path.join('\\');
        places.set(identity(key, null), placed(file, line));
        for (const value of values) places.set(identity(key, value.name), placed(file, value.line));
      }
    },
    of: (path, name) => places.get(identity(path, name)) ?? places.get(identity(path, null)) ?? null,
  };
}
