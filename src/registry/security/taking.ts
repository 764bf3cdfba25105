/** Whom a caller may make the owner of a key, and how trusted it may call it, beside the rights on it. PSD-004 3.7, 11.6. */
import type { SecurityPart } from '../../../gen/registry/types.ts';
import type { SecurityDescriptor } from '../../security/descriptor.ts';
import { privilegeBit } from '../../security/privileges.ts';
import { subAuthorities } from '../../security/sid.ts';
import type { Token } from '../../security/token.ts';
import { groupAttributes, holdsPrivilege } from '../../security/token.ts';
import { RegistryFailure } from '../failure.ts';

/** Throws EPERM. */
export function checkTaking(token: Token, present: SecurityDescriptor, given: SecurityDescriptor, parts: readonly SecurityPart[]): void {
  const { owner } = given;
  if (parts.includes('owner') && owner !== null && owner !== present.owner && !mayOwn(token, owner))
    throw new RegistryFailure(
      'EPERM',
      `the owner can be made ${token.user} itself or a group of it that owns; any other takes SeRestorePrivilege`,
    );
  const label = labelOf(given);
  const isHigher = parts.includes('sacl') && label !== null && label > token.integrity && label !== labelOf(present);
  if (isHigher && !holdsPrivilege(token, privilegeBit('SeRelabelPrivilege')))
    throw new RegistryFailure('EPERM', 'the label is above the integrity of the caller; that takes SeRelabelPrivilege');
}

const mayOwn = (token: Token, owner: string): boolean =>
  owner === token.user ||
  token.groups.some(({ sid, attributes }) => sid === owner && (attributes & groupAttributes.owner) !== 0) ||
  holdsPrivilege(token, privilegeBit('SeRestorePrivilege'));

/** Integrity level that a descriptor names; null: none. */
function labelOf({ sacl }: SecurityDescriptor): number | null {
  for (const ace of sacl?.aces ?? []) if (ace.kind === 'known' && ace.type === 'mandatory_label') return subAuthorities(ace.sid)[0] ?? 0;
  return null;
}
