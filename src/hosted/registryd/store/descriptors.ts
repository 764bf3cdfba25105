import { RegistryFailure } from '../../../registry/failure.ts';
import type { SecurityDescriptor } from '../../../security/descriptor.ts';
import { decodeDescriptor } from '../../../security/descriptor.ts';

/** Bytes as a text, to find them again. */
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** Keys share few descriptors: those that were read last are kept as they were understood. */
const known = new Map<string, SecurityDescriptor>();
const mostKnown = 256;

/** What the store has as the descriptor of a key. Throws EIO: it cannot be understood, and nobody gets in by it. */
export function storedDescriptor({ path }: { readonly path: string }, bytes: Uint8Array): SecurityDescriptor {
  const text = textOf(bytes);
  const found = known.get(text);
  if (found !== undefined) return found;
  const descriptor = decodeDescriptor(bytes);
  if ('malformed' in descriptor) throw brokenDescriptor(path, descriptor.malformed);
  if (known.size >= mostKnown) known.clear();
  known.set(text, descriptor);
  return descriptor;
}

export const brokenDescriptor = (path: string, reason: string): RegistryFailure =>
  new RegistryFailure(
    'EIO',
    `the key ${path} has a broken descriptor (${reason}), so nobody is let in; stop registryd, and give it another one with ` +
      '`registryd --import` and a file with (security)',
  );
