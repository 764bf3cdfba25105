/**
 * What is taken from the authority: a token of the principal that was asked for, for the service that was asked for, and never one that is
 * as good as peinit itself. Whatever the authority is, nothing else comes through here. PRIN-004, PRIN-011.
 */
import { allPrivileges, privilegeNames, systemPrivileges } from '../../../security/privileges.ts';
import { isServiceSid, serviceSid } from '../../../security/service-sid.ts';
import { parseSid } from '../../../security/sid.ts';
import { ordinaryGroup } from '../../../security/token.ts';
import type { TokenSpec } from '../../../security/token-spec.ts';
import { integrity, linuxUid, principalNamed, wellKnown } from '../../../security/well-known.ts';
import type { IdMaps } from './machine.ts';

/** What the authority may give, whatever it is. */
export const grantable: bigint = allPrivileges & ~systemPrivileges;

export interface Asked {
  readonly identity: string;
  /** Null: for no service. */
  readonly service: string | null;
}

/** The token as it is used, or what is wrong with it in words that follow "it sent a token". */
export function acceptToken(spec: TokenSpec, { identity, service }: Asked, ids: IdMaps): TokenSpec | string {
  const { token } = spec;
  const wanted = parseSid(identity) ?? principalNamed(identity);
  if (wanted !== null && token.user !== wanted) return `of ${token.user}, and ${wanted} was asked for`;
  if (token.user === wellKnown.system || token.groups.some(({ sid }) => sid === wellKnown.system))
    return 'of SYSTEM, which is not its to give';
  const uid = linuxUid(token.user);
  if (uid !== null && uid !== spec.uid) return `of ${token.user} with uid ${spec.uid}`;
  const excess = token.privilegesPresent & ~grantable;
  if (excess !== 0n) return `with privileges that are not its to give (${privilegeNames(excess).join(', ') || 'unknown ones'})`;
  if (token.integrity >= integrity.system) return 'with the integrity level of SYSTEM';
  const own = service === null ? null : serviceSid(service);
  const foreign = token.groups.find(({ sid }) => isServiceSid(sid) && sid !== own);
  if (foreign !== undefined) return `with the SID of another service (${foreign.sid})`;
  const wrong = ids.refuses(spec);
  if (wrong !== null) return wrong;
  const others = token.groups.filter(({ sid }) => sid !== own);
  const groups = own === null ? others : [...others, { sid: own, attributes: ordinaryGroup }];
  return { ...spec, token: { ...token, type: 'primary', level: 0, groups } };
}
