import type { RegistryConnection } from '../typescript/registry.ts';
import type { Context } from './command.ts';
import type { Description } from './description.ts';

/** A command of a group that speaks to registryd, as `peiosctl registry VERB` does. */
export interface RegistryVerb extends Description {
  readonly peer?: undefined;
  readonly run: (registry: RegistryConnection, context: Context, words: readonly string[]) => Promise<number>;
}

/** Where a key is left out: everything that this registry serves. */
export const wholeHive = 'Machine';
