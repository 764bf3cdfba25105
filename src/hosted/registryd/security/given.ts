import { RegistryFailure } from '../../../registry/failure.ts';
import type { SecurityDescriptor } from '../../../security/descriptor.ts';
import { decodeDescriptor, encodeDescriptor } from '../../../security/descriptor.ts';
import { keyDescriptorProblem } from './parts.ts';

/** A descriptor that somebody gives, in base64. Throws EINVAL with the reason. */
export function givenDescriptor(text: string): SecurityDescriptor {
  if (!isBase64(text)) throw new RegistryFailure('EINVAL', 'the descriptor is not base64');
  const descriptor = decodeDescriptor(Buffer.from(text, 'base64'));
  if ('malformed' in descriptor) throw new RegistryFailure('EINVAL', `the descriptor is broken: ${descriptor.malformed}`);
  return descriptor;
}

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

/** Bytes of a descriptor that a key may have. Throws EINVAL with the reason. */
export function keyDescriptor(descriptor: SecurityDescriptor): Uint8Array {
  const bytes = encodeDescriptor(descriptor);
  const written = decodeDescriptor(bytes);
  const problem = 'malformed' in written ? written.malformed : keyDescriptorProblem(written);
  if (problem !== null) throw new RegistryFailure('EINVAL', `no key can have this descriptor: ${problem}`);
  return bytes;
}
