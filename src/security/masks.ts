/** Access masks: 32 bits, the upper ones the same for all kinds of objects. PSD-004 10.1. */
import { standardRightFacts } from '../../gen/security/facts.ts';

export const access = {
  delete: standardRightFacts.DELETE.bit,
  readControl: standardRightFacts.READ_CONTROL.bit,
  writeDac: standardRightFacts.WRITE_DAC.bit,
  writeOwner: standardRightFacts.WRITE_OWNER.bit,
  synchronize: standardRightFacts.SYNCHRONIZE.bit,
  systemSecurity: standardRightFacts.ACCESS_SYSTEM_SECURITY.bit,
  maximumAllowed: standardRightFacts.MAXIMUM_ALLOWED.bit,
  genericAll: standardRightFacts.GENERIC_ALL.bit,
  genericExecute: standardRightFacts.GENERIC_EXECUTE.bit,
  genericWrite: standardRightFacts.GENERIC_WRITE.bit,
  genericRead: standardRightFacts.GENERIC_READ.bit,
} as const;

export const genericBits: number = (access.genericAll | access.genericExecute | access.genericWrite | access.genericRead) >>> 0;

/** Bits that mean nothing and may not be asked for nor granted. */
export const reservedBits = 0x0ce00000;

/** Bits that no ACE may have: the reserved ones, and the wish for all that is granted. */
export const refusedInAce: number = (reservedBits | access.maximumAllowed) >>> 0;

export const maskText = (mask: number): string => `0x${(mask >>> 0).toString(16)}`;
