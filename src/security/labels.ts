/** What a system list says of callers before any right is looked at: integrity, process trust, policies. PSD-004 10.3. */
import { labelRightFacts } from '../../gen/security/facts.ts';
import type { KnownAce } from './ace.ts';
import { aceFlag } from './ace.ts';
import type { SecurityDescriptor } from './descriptor.ts';
import { refuse } from './malformed.ts';
import type { GenericMapping } from './mappings.ts';
import { mapGeneric } from './mappings.ts';
import { maskText, reservedBits } from './masks.ts';
import type { Sid } from './sid.ts';
import { subAuthorities } from './sid.ts';
import { integrity, integrityName } from './well-known.ts';

/** How far a caller's process is protected: its kind, and how far that is trusted. */
export interface ProcessTrust {
  readonly type: number;
  readonly trust: number;
}

export interface IntegrityLabel {
  readonly level: number;
  /** What it forbids callers below it. */
  readonly mask: number;
}

interface TrustLabel extends ProcessTrust {
  /** What is left to callers that it is above. */
  readonly mask: number;
}

export interface SystemList {
  readonly label: IntegrityLabel;
  /** Null: none. */
  readonly trust: TrustLabel | null;
  /** The descriptor names policies of the machine, none of which is known here. */
  readonly hasPolicies: boolean;
}

const { no_read_up: noReadUp, no_write_up: noWriteUp, no_execute_up: noExecuteUp } = labelRightFacts;

/** An object without a label counts as this one (SEC-020). */
const defaultLabel: IntegrityLabel = { level: integrity.medium, mask: noWriteUp.bit };
const withoutSystemList: SystemList = { label: defaultLabel, trust: null, hasPolicies: false };

/** The first label of each kind counts. Refuses labels whose SID or mask cannot be one. */
export function readSystemList({ sacl }: SecurityDescriptor): SystemList {
  if (sacl === null) return withoutSystemList;
  let label: IntegrityLabel | null = null;
  let trust: TrustLabel | null = null;
  let hasPolicies = false;
  for (const ace of sacl.aces) {
    if (ace.kind !== 'known' || (ace.flags & aceFlag.inheritOnly) !== 0) continue;
    if (ace.type === 'mandatory_label') {
      if ((ace.mask & reservedBits) !== 0) refuse(`the mask ${maskText(ace.mask)} of an integrity label has reserved bits`);
      label ??= integrityLabel(ace);
    } else if (ace.type === 'trust_label') trust ??= trustLabel(ace);
    else if (ace.type === 'scoped_policy_id') hasPolicies = true;
  }
  return { label: label ?? defaultLabel, trust, hasPolicies };
}

/** The numbers after the authority, when there are as many as said. */
function partsOf(sid: Sid, authority: number, count: number): readonly number[] | null {
  const parts = subAuthorities(sid);
  return sid.startsWith(`S-1-${authority}-`) && parts.length === count ? parts : null;
}

function integrityLabel({ sid, mask }: KnownAce): IntegrityLabel {
  const [level] = partsOf(sid, 16, 1) ?? [];
  if (level === undefined || integrityName(level) === null) return refuse(`${sid} in an integrity label is no integrity level`);
  return { level, mask };
}

function trustLabel({ sid, mask }: KnownAce): TrustLabel {
  const [type, trust] = partsOf(sid, 19, 2) ?? [];
  if (type === undefined || trust === undefined) return refuse(`${sid} in a trust label is no process trust`);
  return { type, trust, mask };
}

/** What a caller below the label may still do. */
export function leftByLabel({ mask }: IntegrityLabel, mapping: GenericMapping): number {
  let allowed = mapping.read | mapping.execute;
  if ((mask & noReadUp.bit) !== 0) allowed &= ~mapping.read;
  if ((mask & noWriteUp.bit) !== 0) allowed &= ~mapping.write;
  if ((mask & noExecuteUp.bit) !== 0) allowed &= ~mapping.execute;
  return allowed;
}

export const dominates = (caller: ProcessTrust, label: ProcessTrust): boolean => caller.type >= label.type && caller.trust >= label.trust;

/** What a caller that does not dominate the trust label may still do. */
export const leftByTrust = ({ mask }: TrustLabel, mapping: GenericMapping): number => mapGeneric(mask, mapping);
