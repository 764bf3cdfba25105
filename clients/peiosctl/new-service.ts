import { builtInServices, judgedKey } from '../../src/judge/judge.ts';
import { nearest } from '../../src/registry/nearest.ts';
import type { RegistryConnection } from '../typescript/registry.ts';
import { RegistryCallError } from '../typescript/registry.ts';

const servicesKey = `${judgedKey}\\Services`;
const above = servicesKey.toLowerCase().split('\\');

/** A service that a key would make, and the one that may be meant instead. */
export interface NewService {
  readonly name: string;
  readonly meant: string;
}

/** The first value below a name makes a service of it, so a typing error would too; null: it is one, or no other is near. */
export async function mistypedService(registry: RegistryConnection, path: readonly string[]): Promise<NewService | null> {
  const name = path[above.length];
  if (name === undefined || above.some((part, index) => path[index]?.toLowerCase() !== part)) return null;
  const known = [...(await subkeys(registry)), ...builtInServices];
  if (known.some((other) => other.toLowerCase() === name.toLowerCase())) return null;
  // worker-2 beside worker-1 is no mistake.
  const meant = nearest(
    name,
    known.filter((other) => unnumbered(other) !== unnumbered(name)),
  );
  return meant === null ? null : { name, meant };
}

const unnumbered = (name: string): string => name.toLowerCase().replace(/[-_.]?\d+/g, '');

async function subkeys(registry: RegistryConnection): Promise<readonly string[]> {
  try {
    return (await registry.enum({ path: servicesKey })).names;
  } catch (error) {
    if (error instanceof RegistryCallError && error.error === 'ENOENT') return [];
    throw error;
  }
}
