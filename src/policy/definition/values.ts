/** The values of one key by their names, which are compared without case. */
import type { RegistryValue } from '../../registry/value.ts';

/** All names asked for are in the form of {@link foldValueName}. */
export interface ValueIndex {
  readonly find: (folded: string) => RegistryValue | null;
  /** Whether the key holds that name more than once. DEF-060. */
  readonly repeated: (folded: string) => boolean;
}

export const foldValueName = (name: string): string => name.toLowerCase();

export function indexValues(values: readonly RegistryValue[]): ValueIndex {
  const byName = new Map<string, RegistryValue>();
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
