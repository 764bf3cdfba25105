/** The values of one key by their names, which are compared without case. */
import type { RawValue } from './set.ts';

export interface ValueIndex {
  readonly find: (name: string) => RawValue | null;
  readonly present: (name: string) => boolean;
  /** Whether the key holds that name more than once. DEF-060. */
  readonly repeated: (name: string) => boolean;
}

export function indexValues(values: readonly RawValue[]): ValueIndex {
  const byName = new Map<string, RawValue>();
  const twice = new Set<string>();
  for (const value of values) {
    const name = value.name.toLowerCase();
    if (byName.has(name)) twice.add(name);
    else byName.set(name, value);
  }
  return {
    find: (name) => byName.get(name.toLowerCase()) ?? null,
    present: (name) => byName.has(name.toLowerCase()),
    repeated: (name) => twice.has(name.toLowerCase()),
  };
}
