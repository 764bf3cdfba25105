import type { RegistryConnection } from '../typescript/registry.ts';
import type { Command, Context } from './command.ts';
import { UsageError } from './usage-error.ts';

/** A command of the registry: `peiosctl registry VERB`. */
export interface RegistryVerb extends Omit<Command, 'run'> {
  /** Arguments at least. */
  readonly least: number;
  /** Arguments at most; null: any number. */
  readonly most: number | null;
  readonly run: (registry: RegistryConnection, context: Context, words: readonly string[]) => Promise<number>;
}

/** Where a key is left out: everything that this registry serves. */
export const wholeHive = 'Machine';

export function need(words: readonly string[], index: number, name: string): string {
  const word = words[index];
  if (word === undefined) throw new UsageError(`${name} is missing`);
  return word;
}
