import { RegistryFailure } from '../../../registry/failure.ts';

/** Rights on a key. PSD-005 3.1. */
export const keyRight = {
  queryValue: 0x1,
  setValue: 0x2,
  createSubkey: 0x4,
  enumerate: 0x8,
  notify: 0x10,
  delete: 0x1_0000,
  readControl: 0x2_0000,
  writeDac: 0x4_0000,
} as const;

const all = 0xf_003f;
const valid = 0xf30f_003f;
const maximumAllowed = 0x0200_0000;
const generic = [
  [0x8000_0000, 0x2_0019],
  [0x4000_0000, 0x2_0006],
  [0x2000_0000, 0],
  [0x1000_0000, all],
] as const;

/**
 * Rights that a handle gets for the ones asked for. Only SYSTEM reaches this daemon so far, and SYSTEM may have all of them.
 * Throws EINVAL for none or unknown ones.
 */
export function grantedRights(asked: number | undefined): number {
  if (asked === undefined) return all;
  if (asked === 0 || (asked & ~valid) !== 0) {
    throw new RegistryFailure('EINVAL', `access 0x${asked.toString(16)} asks for no right or for unknown ones`);
  }
  let granted = asked & all;
  for (const [bit, rights] of generic) if ((asked & bit) !== 0) granted |= rights;
  if ((asked & maximumAllowed) !== 0) granted |= all;
  return granted >>> 0;
}
