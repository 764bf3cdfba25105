/**
 * The walk through a discretionary list: ACEs in order, and for each bit the first one that matches decides. It is made up to three times,
 * with the identity of the token, with its restricting SIDs, and with what confines it. PSD-004 10.2.
 */
import type { Ace, KnownAce } from './ace.ts';
import { aceFlag } from './ace.ts';
import type { SecurityDescriptor } from './descriptor.ts';
import type { GenericMapping } from './mappings.ts';
import { mapGeneric } from './mappings.ts';
import { access } from './masks.ts';
import type { Sid } from './sid.ts';
import type { Token } from './token.ts';
import { groupAttributes } from './token.ts';
import { wellKnown } from './well-known.ts';

/** Whose walk it is: which SIDs count. */
export interface WalkIdentity {
  readonly isOwner: boolean;
  /** The owner may read and change the list by itself, unless an ACE says what owners may. */
  readonly ownerImplicit: boolean;
  /** What S-1-5-10 stands for; null: nothing. */
  readonly self: Sid | null;
  /** Whether an ACE that allows, or one that denies, is about the caller. */
  matches(sid: Sid, allow: boolean): boolean;
}

/** Bits that are settled, and those of them that are granted. */
export interface Decided {
  readonly decided: number;
  readonly granted: number;
}

/** What is asked: `valid` is all that the kind of object has, `wanted` what is looked for. */
export interface Wanted {
  readonly valid: number;
  readonly wanted: number;
  /** Everything is looked for, and the walk goes to the end. */
  readonly maximum: boolean;
}

/** What settled bits: an ACE by its place in the list, the owner's own rights, or that there is no list. */
export type WalkStep =
  | { readonly by: 'ace'; readonly index: number; readonly ace: KnownAce; readonly granted: boolean; readonly bits: number }
  | { readonly by: 'owner'; readonly bits: number }
  | { readonly by: 'no_dacl'; readonly bits: number };

export function walkDacl(
  { dacl }: SecurityDescriptor,
  identity: WalkIdentity,
  { valid, wanted, maximum }: Wanted,
  mapping: GenericMapping,
  before: Decided,
  onStep: ((step: WalkStep) => void) | undefined,
): Decided {
  let { decided, granted } = before;
  if (identity.isOwner && identity.ownerImplicit && dacl?.aces.some(saysWhatOwnersMay) !== true) {
    const bits = (access.readControl | access.writeDac) & valid & ~decided;
    decided |= bits;
    granted |= bits;
    if (bits !== 0) onStep?.({ by: 'owner', bits });
  }
  if (dacl === null) {
    const bits = valid & ~decided;
    onStep?.({ by: 'no_dacl', bits });
    return { decided: decided | bits, granted: granted | bits };
  }
  for (let index = 0; index < dacl.aces.length; index++) {
    const ace = dacl.aces[index];
    if (ace === undefined || ace.kind !== 'known' || (ace.flags & aceFlag.inheritOnly) !== 0) continue;
    const effect = effectOf(ace);
    if (effect === null) continue;
    const bits = mapGeneric(ace.mask, mapping) & wanted & ~decided;
    if (bits === 0 || !concerns(ace.sid, effect === 'allow', identity)) continue;
    decided |= bits;
    if (effect === 'allow') granted |= bits;
    onStep?.({ by: 'ace', index, ace, granted: effect === 'allow', bits: bits >>> 0 });
    if (!maximum && (wanted & ~decided) === 0) break;
  }
  return { decided, granted };
}

/**
 * What an ACE does where it matches; null: nothing. A condition is never known to be true or false here: one that allows does nothing, one
 * that denies does. O-61. No part of an object is ever asked about, so that ACEs for parts are for the whole.
 */
function effectOf(ace: KnownAce): 'allow' | 'deny' | null {
  switch (ace.type) {
    case 'allow':
    case 'allow_object':
      return 'allow';
    case 'deny':
    case 'deny_object':
    case 'deny_callback':
    case 'deny_callback_object':
      return 'deny';
    default:
      return null;
  }
}

const accessTypes: ReadonlySet<KnownAce['type']> = new Set([
  'allow',
  'deny',
  'allow_object',
  'deny_object',
  'allow_callback',
  'deny_callback',
  'allow_callback_object',
  'deny_callback_object',
]);

const saysWhatOwnersMay = (ace: Ace): boolean =>
  ace.kind === 'known' && ace.sid === wellKnown.ownerRights && (ace.flags & aceFlag.inheritOnly) === 0 && accessTypes.has(ace.type);

/** Whether a SID of an ACE is about the caller, with those that stand for another one. */
export function concerns(sid: Sid, allow: boolean, identity: WalkIdentity): boolean {
  if (sid === wellKnown.ownerRights) return identity.isOwner;
  if (sid === wellKnown.self) return identity.self !== null && identity.matches(identity.self, allow);
  return identity.matches(sid, allow);
}

/** The owner is told by the SID alone, whatever the attributes of the group. */
const isOwner = ({ user, groups }: Token, owner: Sid | null): boolean => owner === user || groups.some(({ sid }) => sid === owner);

/** The token's own user and groups (SEC-017). */
export const ownIdentity = (token: Token, owner: Sid | null, self: Sid | null): WalkIdentity => ({
  isOwner: isOwner(token, owner),
  ownerImplicit: true,
  self,
  matches: (sid, allow) => matchesToken(token, sid, allow),
});

function matchesToken({ user, userDenyOnly, groups }: Token, sid: Sid, allow: boolean): boolean {
  if (sid === user) return !(allow && userDenyOnly);
  for (const { sid: group, attributes } of groups) {
    if (group !== sid) continue;
    const enabled = (attributes & groupAttributes.enabled) !== 0;
    const denyOnly = (attributes & groupAttributes.denyOnly) !== 0;
    if (allow ? enabled && !denyOnly : enabled || denyOnly) return true;
  }
  return false;
}

/** A few SIDs alone, whatever their attributes: those that restrict, or those that confine. */
export const identityOf = (sids: readonly Sid[], ownerImplicit: boolean, owner: Sid | null, self: Sid | null): WalkIdentity => ({
  isOwner: owner !== null && sids.includes(owner),
  ownerImplicit,
  self: self !== null && sids.includes(self) ? self : null,
  matches: (sid) => sids.includes(sid),
});
