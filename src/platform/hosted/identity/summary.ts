import type { TokenSummary } from '../../../../gen/service/types.ts';
import { privilegeNames } from '../../../security/privileges.ts';
import { isServiceSid } from '../../../security/service-sid.ts';
import type { Token } from '../../../security/token.ts';
import { integrity, principalName } from '../../../security/well-known.ts';

const shownGroups = 64;
const levels = ['system', 'high', 'medium', 'low'] as const;

/** By mask: few are in use. */
const named = new Map<bigint, TokenSummary['privileges']>();
const mostMasks = 64;

function namesOf(mask: bigint): TokenSummary['privileges'] {
  const known = named.get(mask);
  if (known !== undefined) return known;
  const names = Object.freeze([...privilegeNames(mask)]);
  if (named.size >= mostMasks) named.clear();
  named.set(mask, names);
  return names;
}

/** What a token says, for events and answers. PSD-007 7.1. */
export function summaryOf(token: Token, id: string | null, userName: string | null = null): TokenSummary {
  const { groups } = token;
  return {
    user: token.user,
    user_name: principalName(token.user) ?? userName,
    // Frozen: they are told again and again, and never change.
    groups: Object.freeze(groups.slice(0, shownGroups).map(({ sid }) => sid)),
    more_groups: Math.max(0, groups.length - shownGroups),
    service_sid: groups.find(({ sid }) => isServiceSid(sid))?.sid ?? null,
    privileges: namesOf(token.privilegesPresent),
    integrity: levels.find((level) => token.integrity >= integrity[level]) ?? 'untrusted',
    token_id: id,
  };
}
