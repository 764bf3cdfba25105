/** Tokens of those who have none of this machine's: SYSTEM itself, users of Linux, nobody. PSD-004 2.2, platform.md 2.5. */
import { allPrivileges } from '../../../security/privileges.ts';
import type { Sid } from '../../../security/sid.ts';
import type { Token, TokenGroup } from '../../../security/token.ts';
import { groupAttributes, mandatoryPolicy, ordinaryGroup } from '../../../security/token.ts';
import type { TokenSpec } from '../../../security/token-spec.ts';
import { integrity, linuxGid, linuxGroup, linuxUser, wellKnown } from '../../../security/well-known.ts';
import type { PeerIdentity } from '../../identity.ts';

const plain = {
  userDenyOnly: false,
  type: 'primary',
  level: 0,
  privilegesPresent: 0n,
  privilegesEnabled: 0n,
  mandatoryPolicy: mandatoryPolicy.noWriteUp | mandatoryPolicy.newProcessMin,
  restricted: [],
  writeRestricted: false,
  confinement: null,
  capabilities: [],
  confinementExempt: false,
} as const satisfies Partial<Token>;

const group = (sid: Sid): TokenGroup => ({ sid, attributes: ordinaryGroup });

/** What peinit itself is, and the source of every token of SYSTEM. Nobody else ever has it. ID-001, PRIN-010. */
export const ownToken: Token = Object.freeze({
  ...plain,
  user: wellKnown.system,
  groups: Object.freeze([
    { sid: wellKnown.administrators, attributes: ordinaryGroup | groupAttributes.owner },
    group(wellKnown.everyone),
    group(wellKnown.authenticatedUsers),
    group(wellKnown.local),
  ]),
  privilegesPresent: allPrivileges,
  privilegesEnabled: allPrivileges,
  integrity: integrity.system,
});

/** A user of Linux that nobody vouches for: it belongs to its groups and may do what everybody may. */
export const linuxToken = (uid: number, gids: readonly number[]): Token => ({
  ...plain,
  user: linuxUser(uid),
  groups: [...Array.from(new Set(gids), (gid) => group(linuxGroup(gid))), group(wellKnown.everyone), group(wellKnown.authenticatedUsers)],
  integrity: integrity.medium,
});

export const anonymousToken: Token = Object.freeze({ ...plain, user: wellKnown.anonymous, groups: [], integrity: integrity.untrusted });

/** A user of Linux is in the groups that the kernel saw it in, whatever the files of the machine say of it now. platform.md 6.4. */
export function inGroupsOf(spec: TokenSpec, { token }: Pick<PeerIdentity, 'token'>): TokenSpec {
  const own = token.groups.filter(({ sid }) => linuxGid(sid) !== null);
  const [gid = spec.gid, ...supplementary] = own.flatMap(({ sid }) => linuxGid(sid) ?? []);
  const groups = [...spec.token.groups.filter(({ sid }) => linuxGid(sid) === null), ...own];
  return { ...spec, gid, supplementary, token: { ...spec.token, groups } };
}
