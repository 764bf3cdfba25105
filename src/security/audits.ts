/** Which audit and alarm ACEs of the system list a check sets off. PSD-004 10.9. */
import type { KnownAce } from './ace.ts';
import { aceFlag } from './ace.ts';
import type { WalkIdentity } from './dacl-walk.ts';
import { concerns } from './dacl-walk.ts';
import type { SecurityDescriptor } from './descriptor.ts';
import type { GenericMapping } from './mappings.ts';
import { mapGeneric } from './mappings.ts';

/** An audit ACE that asks for a record of this check. */
export interface Audit {
  readonly ace: KnownAce;
  /** The check was a success; else it was a failure. */
  readonly success: boolean;
}

export interface Audits {
  readonly audits: readonly Audit[];
  /** Rights whose later use alarm ACEs ask to be told of. */
  readonly alarms: number;
}

const none: Audits = { audits: [], alarms: 0 };

/** An unknown condition sets off an audit: too many records are better than a missing one. */
export function auditsOf(
  { sacl }: SecurityDescriptor,
  identity: WalkIdentity,
  mapping: GenericMapping,
  requested: number,
  success: boolean,
): Audits {
  if (sacl === null) return none;
  const audits: Audit[] = [];
  let alarms = 0;
  for (const ace of sacl.aces) {
    if (ace.kind !== 'known' || (ace.flags & aceFlag.inheritOnly) !== 0) continue;
    const audit = ace.type.startsWith('audit');
    if (!(audit || ace.type.startsWith('alarm')) || !concerns(ace.sid, false, identity)) continue;
    const mask = mapGeneric(ace.mask, mapping);
    if (!audit) alarms |= mask;
    else if ((mask & requested) !== 0 && (ace.flags & (success ? aceFlag.success : aceFlag.failure)) !== 0) audits.push({ ace, success });
  }
  return { audits, alarms: alarms >>> 0 };
}
