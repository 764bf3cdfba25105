/** What a token says of its holder. It is never changed: what a changed one would say is a new value. PSD-004 4. */
import type { Sid } from './sid.ts';

/** Bits of the attributes of a group. PSD-004 4.2. */
export const groupAttributes = {
  mandatory: 0x01,
  byDefault: 0x02,
  enabled: 0x04,
  owner: 0x08,
  denyOnly: 0x10,
  integrity: 0x20,
  integrityEnabled: 0x40,
  resource: 0x20000000,
  logonId: 0xc0000000,
} as const;

/** What a group has that holds for its member and cannot be switched off (ID-006). */
export const ordinaryGroup: number = groupAttributes.mandatory | groupAttributes.byDefault | groupAttributes.enabled;

export interface TokenGroup {
  readonly sid: Sid;
  readonly attributes: number;
}

/** How far an impersonation token reaches. */
export const impersonationLevel = { anonymous: 0, identification: 1, impersonation: 2, delegation: 3 } as const;
export type ImpersonationLevel = 0 | 1 | 2 | 3;

/** Bits of {@link Token.mandatoryPolicy}. */
export const mandatoryPolicy = { noWriteUp: 1, newProcessMin: 2 } as const;

export interface Token {
  readonly user: Sid;
  /** The user counts where access is denied and not where it is allowed. */
  readonly userDenyOnly: boolean;
  readonly groups: readonly TokenGroup[];
  readonly type: 'primary' | 'impersonation';
  /** Of an impersonation token. */
  readonly level: ImpersonationLevel;
  readonly privilegesPresent: bigint;
  readonly privilegesEnabled: bigint;
  /** Last part of the SID of the integrity level. */
  readonly integrity: number;
  readonly mandatoryPolicy: number;
  /** Access needs a grant to one of these too; empty: the token is not restricted. */
  readonly restricted: readonly Sid[];
  /** Only writing needs the grant to one of the restricting SIDs. */
  readonly writeRestricted: boolean;
  /** Access needs a grant to this one or a capability as well; null: the token is not confined. */
  readonly confinement: Sid | null;
  readonly capabilities: readonly Sid[];
  readonly confinementExempt: boolean;
}

/** The token without the privileges outside of `keep`: nothing is ever added (ID-010 to ID-013). */
export const withoutPrivileges = (token: Token, keep: bigint): Token => ({
  ...token,
  privilegesPresent: token.privilegesPresent & keep,
  privilegesEnabled: token.privilegesEnabled & keep,
});

/** Whether the SID is in the token and counts where access is allowed. */
export const holds = (token: Token, sid: Sid): boolean =>
  (token.user === sid && !token.userDenyOnly) ||
  token.groups.some(
    (group) => group.sid === sid && (group.attributes & (groupAttributes.enabled | groupAttributes.denyOnly)) === groupAttributes.enabled,
  );

/** Whether it may use the privilege now. */
export const holdsPrivilege = (token: Token, bit: bigint): boolean => (token.privilegesPresent & token.privilegesEnabled & bit) !== 0n;
