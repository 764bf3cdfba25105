import type { SecurityDescriptor } from '../../security/descriptor.ts';
import { decodeDescriptor, encodeDescriptor } from '../../security/descriptor.ts';
import { formatSddl } from '../../security/sddl.ts';
import { inheritedDescriptor, systemCreator } from './inherit.ts';
import { ownDescriptor } from './own-descriptors.ts';

/** A key with its descriptor; null: it could not be read. */
interface Described {
  readonly path: string;
  readonly security: Uint8Array | null;
}

/**
 * Descriptors that an import, key by key in this order, would not bring about by itself. `above`: the descriptor of the key above the first
 * one; null: not known, or there is none.
 */
export function ownDescriptors(keys: readonly Described[], above: Uint8Array | null): ReadonlyMap<string, SecurityDescriptor> {
  const known = new Map(keys.map(({ path, security }) => [path, security]));
  const found = new Map<string, SecurityDescriptor>();
  for (const [index, { path, security }] of keys.entries()) {
    if (security === null) continue;
    const descriptor = decodeDescriptor(security);
    if ('malformed' in descriptor) continue;
    const parent = index === 0 ? above : (known.get(path.slice(0, Math.max(0, path.lastIndexOf('\\')))) ?? null);
    const made = ownDescriptor(path) ?? (parent === null ? null : inherited(parent));
    if (made === null || !Buffer.from(made).equals(encodeDescriptor(descriptor))) found.set(path, descriptor);
  }
  return found;
}

function inherited(parent: Uint8Array): Uint8Array | null {
  const descriptor = decodeDescriptor(parent);
  return 'malformed' in descriptor ? null : inheritedDescriptor(descriptor, systemCreator);
}

export const formatOwn = (descriptor: SecurityDescriptor | undefined): string | undefined =>
  descriptor === undefined ? undefined : formatSddl(descriptor);
