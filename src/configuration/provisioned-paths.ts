/** Provisioned paths as they stand in the registry. What is wrong with one of them harms it alone. BOOT-080, BOOT-082. */
import { pathDefaults, pathFields, pathKey } from '../../gen/paths/facts.ts';
import type { PathKind, ProvisionedPath } from '../../gen/paths/types.ts';
import { authorityStateKey } from '../../gen/principals/facts.ts';
import type { RegistryNode, RegistryPort } from '../platform/registry.ts';
import { decodeKey, problemOf } from '../policy/definition/decode-key.ts';

/** Its parent: the last component stands for each entry. */
export const pathsKey = pathKey.path.slice(0, pathKey.path.lastIndexOf('\\'));

export interface PathWish {
  readonly kind: PathKind;
  readonly path: string;
  /** Null: the built-in one, for what is made. */
  readonly security: Uint8Array | null;
}

/** An entry: what it asks for, or why it cannot be told. */
export type PathEntry = {
  /** Name of its key. */
  readonly name: string;
  /** The machine does not boot without it. */
  readonly required: boolean;
} & ({ readonly kind: 'wanted'; readonly wish: PathWish } | { readonly kind: 'malformed'; readonly message: string });

/** The entries, and the keys of the authority, where one of them needs to know whose ids there are. */
export interface PathsRead {
  readonly entries: readonly PathEntry[];
  readonly authority: readonly RegistryNode[];
}

export function decodePaths(nodes: readonly RegistryNode[]): readonly PathEntry[] {
  return nodes.filter(({ path }) => path !== '' && !path.includes('\\')).map(decodeEntry);
}

function decodeEntry({ path: name, values, denied }: RegistryNode): PathEntry {
  const key = `${pathsKey}\\${name}`;
  const none: Partial<ProvisionedPath> & Pick<ProvisionedPath, 'required'> = pathDefaults;
  const { fields, problems } = decodeKey(key, pathFields, none, values);
  const { required } = fields;
  const malformed = (message: string): PathEntry => ({ kind: 'malformed', name, required, message });
  if (denied === true) return malformed(problemOf(key, null, 'does not let SYSTEM read it', 'Change the security of the key.').message);
  const { kind, path, security } = fields;
  // The syntax of Kind lets its words pass alone.
  if (problems.length > 0 || kind === undefined || path === undefined) return malformed(problems.map(({ message }) => message).join(' '));
  return { kind: 'wanted', name, required, wish: { kind: kind as PathKind, path, security: security ?? null } };
}

/** Reads them; a text says why that was not possible. A registry without the key has none. */
export function readPaths(registry: Pick<RegistryPort, 'readTree'>, done: (outcome: PathsRead | string) => void): void {
  registry.readTree(pathsKey, null, (outcome) => {
    if (!outcome.ok && outcome.error === 'ENOENT') return done({ entries: [], authority: [] });
    if (!outcome.ok) return done(`registryd did not deliver ${pathsKey}: ${outcome.message}`);
    const entries = decodePaths(outcome.value);
    if (!entries.some((entry) => entry.kind === 'wanted' && entry.wish.security !== null)) return done({ entries, authority: [] });
    registry.readTree(authorityStateKey.path, null, (read) => {
      if (read.ok) return done({ entries, authority: read.value });
      done(read.error === 'ENOENT' ? { entries, authority: [] } : `registryd did not deliver ${authorityStateKey.path}: ${read.message}`);
    });
  });
}
