/** Callers with tokens, and descriptors that say what each may do. */
import type { Caller } from '../../src/control/caller.ts';
import { summaryOf } from '../../src/platform/hosted/identity/summary.ts';
import type { SecurityValues } from '../../src/policy/definition/security.ts';
import type { Ace } from '../../src/security/ace.ts';
import { aclOf } from '../../src/security/acl.ts';
import { descriptorOf, encodeDescriptor } from '../../src/security/descriptor.ts';
import type { Sid } from '../../src/security/sid.ts';
import type { Token } from '../../src/security/token.ts';
import { ordinaryGroup } from '../../src/security/token.ts';
import { integrity, wellKnown } from '../../src/security/well-known.ts';

export const alice: Sid = 'S-1-5-21-1-2-3-1001';
export const bob: Sid = 'S-1-5-21-1-2-3-1002';

export const tokenOf = (user: Sid, groups: readonly Sid[] = [], change: Partial<Token> = {}): Token => ({
  user,
  userDenyOnly: false,
  groups: groups.map((sid) => ({ sid, attributes: ordinaryGroup })),
  type: 'primary',
  level: 0,
  privilegesPresent: 0n,
  privilegesEnabled: 0n,
  integrity: user === wellKnown.system ? integrity.system : integrity.medium,
  mandatoryPolicy: 1,
  restricted: [],
  writeRestricted: false,
  confinement: null,
  capabilities: [],
  confinementExempt: false,
  ...change,
});

export const callerOf = (token: Token, change: Partial<Caller> = {}): Caller => ({
  token,
  tokenId: null,
  spec: null,
  pid: 33,
  uid: 1000,
  summary: summaryOf(token, change.tokenId ?? null),
  ...change,
});

export interface Entry {
  readonly type?: 'allow' | 'deny';
  readonly sid: Sid;
  readonly mask: number;
}

/** A descriptor with these entries in this order; SYSTEM owns it. */
export const descriptorWith = (entries: readonly Entry[] | null): Uint8Array =>
  encodeDescriptor(
    descriptorOf({
      owner: wellKnown.system,
      group: wellKnown.system,
      sacl: null,
      dacl: entries === null ? null : aclOf(entries.map(aceOf)),
    }),
  );

const aceOf = ({ type = 'allow', sid, mask }: Entry): Ace => ({ kind: 'known', type, flags: 0, mask, sid, object: null, data: null });

/** A descriptor that allows each of them that mask. */
export const allowing = (masks: Readonly<Record<Sid, number>>): Uint8Array =>
  descriptorWith(Object.entries(masks).map(([sid, mask]) => ({ sid, mask })));

export interface Guarding {
  readonly own?: Readonly<Record<string, SecurityValues['inherited']>>;
  readonly inherited?: SecurityValues['inherited'];
  readonly machine?: SecurityValues['machine'];
}

export const securityOf = ({ own = {}, inherited = null, machine = null }: Guarding): SecurityValues => ({
  own: new Map(Object.entries(own).flatMap(([key, value]) => (value === null ? [] : [[key, value]]))),
  inherited,
  machine,
});
