/**
 * AccessCheck: what a token may do with an object, told from its descriptor alone. PSD-004 10, in its order:
 *
 * 1. A token that contradicts itself, one of Identification level, and a descriptor without an owner are failures.
 * 2. Privileges grant what they stand for.
 * 3. The integrity label takes away what callers below it may not do; the trust label takes it from privileges as well.
 * 4. The list is walked with the token's identity; then SeTakeOwnership is looked at.
 * 5. A restricted token keeps what its restricting SIDs are granted too, and what privileges gave.
 * 6. A confined token keeps what it is granted as a confined one too, whatever privileges gave.
 * 7. Policies that are named and not known leave what the recovery policy grants.
 * 8. Audit ACEs are told of the outcome.
 *
 * Bits that are settled in one step are not looked at in a later one. A failure grants nothing and is no answer.
 */

import type { Privilege } from '../../gen/security/types.ts';
import type { Ace } from './ace.ts';
import { aclOf } from './acl.ts';
import type { Audits } from './audits.ts';
import { auditsOf } from './audits.ts';
import type { Decided, WalkStep, Wanted } from './dacl-walk.ts';
import { identityOf, ownIdentity, walkDacl } from './dacl-walk.ts';
import type { SecurityDescriptor } from './descriptor.ts';
import type { ProcessTrust } from './labels.ts';
import { dominates, leftByLabel, leftByTrust, readSystemList } from './labels.ts';
import { orMalformed, refuse } from './malformed.ts';
import type { GenericMapping } from './mappings.ts';
import { mapGeneric } from './mappings.ts';
import { access, maskText, reservedBits } from './masks.ts';
import { privilegeBit } from './privileges.ts';
import type { Sid } from './sid.ts';
import type { Token } from './token.ts';
import { impersonationLevel, mandatoryPolicy } from './token.ts';
import { wellKnown } from './well-known.ts';

/** What a caller says it wants an object for; only then the privilege to back it up or restore it counts. Bits. */
export const intent = { backup: 1, restore: 2 } as const;

/** A step of a check that settled bits, or took away granted ones. */
export type AccessStep =
  | WalkStep
  | { readonly by: 'privilege'; readonly privilege: Privilege; readonly bits: number }
  | { readonly by: 'label' | 'trust' | 'restricted' | 'confined' | 'policy'; readonly bits: number };

export interface AccessRequest {
  readonly token: Token;
  readonly descriptor: SecurityDescriptor;
  /** 32 bits; with MAXIMUM_ALLOWED everything is looked for, and it alone is never denied. */
  readonly desired: number;
  readonly mapping: GenericMapping;
  /** What S-1-5-10 stands for; none when it is left out. */
  readonly self?: Sid | null;
  /** Bits of {@link intent}; none when it is left out. */
  readonly intent?: number;
  /** Of the process that asks; unprotected when it is left out. */
  readonly process?: ProcessTrust;
  /** Is told each step, in order. */
  readonly onStep?: (step: AccessStep) => void;
}

export type AccessAnswer =
  | ({
      readonly status: 'allowed' | 'denied';
      /** What of the request is granted, with what the owner and privileges have anyway; all there is with MAXIMUM_ALLOWED. */
      readonly granted: number;
      /** The request with generic rights replaced by what they stand for. */
      readonly requested: number;
    } & Audits)
  /** The check could not be made: nothing is granted, and the reason is for the log. `refused`: by what the token is, a denial. O-62. */
  | { readonly status: 'failed'; readonly reason: string; readonly refused: boolean };

const unprotected: ProcessTrust = { type: 0, trust: 0 };

export function accessCheck(request: AccessRequest): AccessAnswer {
  const answer = orMalformed(() => check(request));
  return 'malformed' in answer ? { status: 'failed', reason: answer.malformed, refused: false } : answer;
}

function check(request: AccessRequest): AccessAnswer {
  const { token, descriptor, mapping, desired } = request;
  if (token.writeRestricted && !token.userDenyOnly) refuse('the token is write-restricted and its user not deny-only');
  const identifiesOnly = token.type === 'impersonation' && token.level === impersonationLevel.identification;
  if (identifiesOnly) return { status: 'failed', reason: 'the token only identifies its holder and may do nothing', refused: true };
  const owner = descriptor.owner ?? refuse('the descriptor has no owner');
  if ((desired & reservedBits) !== 0) refuse(`the requested mask ${maskText(desired)} has reserved bits`);

  const requested = mapGeneric(desired & ~access.maximumAllowed, mapping);
  const maximum = (desired & access.maximumAllowed) !== 0;
  const wanted: Wanted = { valid: mapping.all, wanted: maximum ? mapping.all : requested, maximum };
  const base = evaluate(request, wanted, requested, request.intent ?? 0, request.onStep);
  let { granted } = base;
  if (base.hasPolicies) {
    // Whatever the policies are, this is what their loss leaves, to those who can mend it. O-61.
    const left = evaluate({ ...request, descriptor: { ...descriptor, dacl: recoveryDacl } }, wanted, requested, 0, undefined).granted;
    lose(request.onStep, 'policy', granted & ~left);
    granted &= left;
  }
  const allowed = (requested & ~granted) === 0;
  const audits = auditsOf(descriptor, ownIdentity(token, owner, request.self ?? null), mapping, requested, allowed);
  return { status: allowed ? 'allowed' : 'denied', granted: granted >>> 0, requested, ...audits };
}

const recoveryDacl = aclOf(
  [wellKnown.administrators, wellKnown.system, wellKnown.ownerRights].map(
    (sid): Ace => ({ kind: 'known', type: 'allow', flags: 0, mask: access.genericAll, sid, object: null, data: null }),
  ),
);

type OnStep = AccessRequest['onStep'];

function lose(onStep: OnStep, by: 'restricted' | 'confined' | 'policy', bits: number): void {
  if (bits !== 0) onStep?.({ by, bits: bits >>> 0 });
}

/** Steps 2 to 6 of the check. */
function evaluate(
  request: AccessRequest,
  wanted: Wanted,
  requested: number,
  intents: number,
  onStep: OnStep,
): { readonly granted: number; readonly hasPolicies: boolean } {
  const { token, descriptor, mapping } = request;
  const self = request.self ?? null;
  const system = readSystemList(descriptor);
  const held = heldPrivileges(token, intents);
  const seeded = seed(held, mapping, onStep);
  let { decided, granted } = seeded;
  let mandatory = 0;
  if ((token.mandatoryPolicy & mandatoryPolicy.noWriteUp) !== 0 && token.integrity < system.label.level) {
    const relabel = (held & relabelPrivilege) === 0n ? 0 : access.writeOwner;
    mandatory = mapping.all & ~(leftByLabel(system.label, mapping) | relabel);
    onStep?.({ by: 'label', bits: (mandatory & ~decided) >>> 0 });
    decided |= mandatory;
  }
  let byPrivilege = granted;
  if (system.trust !== null && !dominates(request.process ?? unprotected, system.trust)) {
    const refused = (mapping.all | access.systemSecurity) & ~leftByTrust(system.trust, mapping);
    onStep?.({ by: 'trust', bits: refused >>> 0 });
    mandatory |= refused;
    decided |= refused;
    granted &= ~refused;
    byPrivilege &= ~refused;
  }

  const own = ownIdentity(token, descriptor.owner, self);
  granted = walkDacl(descriptor, own, wanted, mapping, { decided, granted }, onStep).granted;
  const takes = wanted.maximum || (requested & access.writeOwner) !== 0;
  if (takes && (held & takeOwnershipPrivilege) !== 0n && (mandatory & access.writeOwner) === 0 && (granted & access.writeOwner) === 0) {
    onStep?.({ by: 'privilege', privilege: 'SeTakeOwnershipPrivilege', bits: access.writeOwner });
    granted |= access.writeOwner;
    byPrivilege |= access.writeOwner;
  }

  if (token.restricted.length > 0) {
    const restricting = identityOf(token.restricted, true, descriptor.owner, self);
    const kept = walkDacl(descriptor, restricting, wanted, mapping, nothing, undefined).granted;
    const spared = token.writeRestricted ? ~mapping.write : 0;
    const left = (granted & (kept | spared)) | byPrivilege;
    lose(onStep, 'restricted', granted & ~left);
    granted = left;
  }
  if (token.confinement !== null && !token.confinementExempt) {
    const confined = identityOf([token.confinement, ...token.capabilities], false, descriptor.owner, self);
    const left = granted & walkDacl(descriptor, confined, wanted, mapping, nothing, undefined).granted;
    lose(onStep, 'confined', granted & ~left);
    granted = left;
  }
  return { granted, hasPolicies: system.hasPolicies };
}

const nothing: Decided = { decided: 0, granted: 0 };

const securityPrivilege = privilegeBit('SeSecurityPrivilege');
const backupPrivilege = privilegeBit('SeBackupPrivilege');
const restorePrivilege = privilegeBit('SeRestorePrivilege');
const relabelPrivilege = privilegeBit('SeRelabelPrivilege');
const takeOwnershipPrivilege = privilegeBit('SeTakeOwnershipPrivilege');

/** Privileges that count in this check. */
function heldPrivileges(token: Token, intents: number): bigint {
  const held = token.privilegesPresent & token.privilegesEnabled;
  if (held === 0n) return 0n;
  const unused = ((intents & intent.backup) === 0 ? backupPrivilege : 0n) | ((intents & intent.restore) === 0 ? restorePrivilege : 0n);
  return held & ~unused;
}

/** What privileges grant at once. Audit rules and labels are granted by them alone. */
function seed(held: bigint, mapping: GenericMapping, onStep: OnStep): Decided {
  let granted = 0;
  if (held === 0n) return { decided: access.systemSecurity, granted };
  const grant = (bit: bigint, privilege: Privilege, bits: number): void => {
    if ((held & bit) === 0n) return;
    onStep?.({ by: 'privilege', privilege, bits: bits >>> 0 });
    granted |= bits;
  };
  grant(securityPrivilege, 'SeSecurityPrivilege', access.systemSecurity);
  grant(backupPrivilege, 'SeBackupPrivilege', mapping.read);
  const restored = mapping.write | access.writeDac | access.writeOwner | access.delete | access.systemSecurity;
  grant(restorePrivilege, 'SeRestorePrivilege', restored);
  return { decided: access.systemSecurity | granted, granted };
}
