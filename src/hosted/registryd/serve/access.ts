import { keyRightFacts } from '../../../../gen/security/facts.ts';
import { RegistryFailure } from '../../../registry/failure.ts';
import { keyMapping } from '../../../security/mappings.ts';
import { access, genericBits, maskText } from '../../../security/masks.ts';

/** Rights on a key. PSD-005 3.1. */
export const keyRight = {
  queryValue: keyRightFacts.KEY_QUERY_VALUE.bit,
  setValue: keyRightFacts.KEY_SET_VALUE.bit,
  createSubkey: keyRightFacts.KEY_CREATE_SUB_KEY.bit,
  enumerate: keyRightFacts.KEY_ENUMERATE_SUB_KEYS.bit,
  notify: keyRightFacts.KEY_NOTIFY.bit,
  delete: access.delete,
} as const;

/** What a handle may have. */
export const concrete: number = keyMapping.all | access.systemSecurity;

const valid = (concrete | access.maximumAllowed | genericBits) >>> 0;

/** Rights that an open asks for; absent: all that the caller may have. Throws EINVAL for none or unknown ones. */
export function desiredAccess(asked: number | undefined): number {
  if (asked === undefined) return access.maximumAllowed;
  if (asked === 0 || (asked & ~valid) !== 0)
    throw new RegistryFailure('EINVAL', `access ${maskText(asked)} asks for no right or for unknown ones`);
  return asked >>> 0;
}
