/** The values of one key by their names, which are compared without case. */
import type { RawValue } from './set.ts';

/** All names asked for are in the form of {@link foldValueName}. */
export interface ValueIndex {
  readonly find: (folded: string) => RawValue | null;
  /** Whether the key holds that name more than once. DEF-060. */
  readonly repeated: (folded: string) => boolean;
}

export const foldValueName = (name: string): string => name.toLowerCase();

export function indexValues(values: readonly RawValue[]): ValueIndex {
  const byName = new Map<string, RawValue>();
  let twice: Set<string> | null = null;
  for (const value of values) {
    const name = foldValueName(value.name);
    if (!byName.has(name)) byName.set(name, value);
    else {
      twice ??= new Set();
      twice.add(name);
    }
  }
  return {
    find: (folded) => byName.get(folded) ?? null,
    repeated: (folded) => twice?.has(folded) ?? false,
  };
}
