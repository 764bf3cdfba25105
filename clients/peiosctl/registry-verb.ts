import type { RegistryConnection } from '../typescript/registry.ts';
import type { Context } from './command.ts';
import type { Description } from './description.ts';

/** A command of the registry: `peiosctl registry VERB`. */
export interface RegistryVerb extends Description {
  readonly run: (registry: RegistryConnection, context: Context, words: readonly string[]) => Promise<number>;
}

/** Where a key is left out: everything that this registry serves. */
export const wholeHive = 'Machine';
