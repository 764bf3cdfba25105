import { aclOf } from '../../security/acl.ts';
import type { SecurityDescriptor } from '../../security/descriptor.ts';
import { decodeDescriptor, descriptorOf, encodeDescriptor } from '../../security/descriptor.ts';
import { parseSddl } from '../../security/sddl.ts';
import { wellKnown } from '../../security/well-known.ts';
import { RegistryFailure } from '../failure.ts';
import { keyDescriptorProblem, partsOf, withParts } from './parts.ts';

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

/** Bytes of a descriptor for a key, or of parts of one, from SDDL. Throws EINVAL with the place and the reason. */
export function keyDescriptorFrom(sddl: string): Uint8Array {
  const descriptor = parseSddl(sddl);
  if ('problem' in descriptor) throw new RegistryFailure('EINVAL', `sddl, character ${descriptor.at + 1}: ${descriptor.problem}`);
  // What it leaves out the key has already.
  const problem = keyDescriptorProblem({ ...descriptor, owner: descriptor.owner ?? wellKnown.system });
  if (problem !== null) throw new RegistryFailure('EINVAL', `no key can have this descriptor: ${problem}`);
  return encodeDescriptor(descriptor);
}

/** The descriptor with the parts that the given one has; one that is broken is replaced. Throws EINVAL with the reason. */
export function descriptorWith(present: Uint8Array, given: Uint8Array): Uint8Array {
  const [before, after] = [decodeDescriptor(present), decodeDescriptor(given)];
  if ('malformed' in after) throw new RegistryFailure('EINVAL', `the descriptor is broken: ${after.malformed}`);
  const whole = 'malformed' in before ? descriptorOf({ owner: wellKnown.system, group: null, sacl: null, dacl: aclOf([]) }) : before;
  return keyDescriptor(withParts(whole, after, partsOf(after)));
}
