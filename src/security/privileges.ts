/** Privileges by name, and as bits of a mask of 64 bits (ID-014). */
import { privilegeFacts } from '../../gen/security/facts.ts';
import type { Privilege } from '../../gen/security/types.ts';
import { privilegeNames as allNames } from '../../gen/security/types.ts';

export const isPrivilege = (name: string): name is Privilege => Object.hasOwn(privilegeFacts, name);

export const privilegeBit = (name: Privilege): bigint => 1n << BigInt(privilegeFacts[name].number);

/** The mask of these, or the first name that is none; repeated names count once. */
export function privilegeMask(names: readonly string[]): bigint | { readonly unknown: string } {
  let mask = 0n;
  for (const name of names) {
    if (!isPrivilege(name)) return { unknown: name };
    mask |= privilegeBit(name);
  }
  return mask;
}

/** In the order of their bits; bits without a privilege have no name. */
export const privilegeNames = (mask: bigint): readonly Privilege[] => allNames.filter((name) => (mask & privilegeBit(name)) !== 0n);

/** Every privilege there is. */
export const allPrivileges: bigint = allNames.reduce((mask, name) => mask | privilegeBit(name), 0n);

/** With one of these a holder could be whoever it likes: they are SYSTEM's alone. O-81. */
export const systemPrivileges: bigint =
  privilegeBit('SeCreateTokenPrivilege') | privilegeBit('SeAssignPrimaryTokenPrivilege') | privilegeBit('SeTcbPrivilege');
