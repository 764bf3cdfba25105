/**
 * From a descriptor to text. What has no word of its own is written as bytes, so that every ACE comes back as it was; of the control bits
 * only those for protection and inheritance have words, and they need the list that they are about.
 */
import { aceTypeFacts, standardRightFacts } from '../../../gen/security/facts.ts';
import type { Ace, KnownAce } from '../ace.ts';
import { encodeAce } from '../ace.ts';
import type { Acl } from '../acl.ts';
import { hex } from '../bytes.ts';
import type { SecurityDescriptor } from '../descriptor.ts';
import { controlBit } from '../descriptor.ts';
import { genericBits, maskText } from '../masks.ts';
import { aceFlags, labelRights } from './aliases.ts';
import { claimText } from './claim-text.ts';
import { conditionText } from './condition-text.ts';
import { sidText } from './sid-text.ts';

export function formatDescriptor({ owner, group, dacl, sacl, control }: SecurityDescriptor): string {
  const flags = (protect: number, require: number, inherited: number): string =>
    [
      [protect, 'P'],
      [require, 'AR'],
      [inherited, 'AI'],
    ]
      .map(([bit, word]) => ((control & Number(bit)) === 0 ? '' : word))
      .join('');
  const list = (letter: string, words: string, acl: Acl | null): string =>
    acl === null ? '' : `${letter}:${words}${acl.aces.map(formatAce).join('')}`;
  return [
    owner === null ? '' : `O:${sidText(owner)}`,
    group === null ? '' : `G:${sidText(group)}`,
    list('D', flags(controlBit.daclProtected, controlBit.daclAutoInheritRequired, controlBit.daclAutoInherited), dacl),
    list('S', flags(controlBit.saclProtected, controlBit.saclAutoInheritRequired, controlBit.saclAutoInherited), sacl),
  ].join('');
}

export function formatAce(ace: Ace): string {
  if (ace.kind === 'opaque' || ace.object?.otherFlags) return bytesText(ace);
  const { object, data } = ace;
  const fields = [typeText(ace), flagsText(ace.flags), rightsText(ace), object?.type ?? '', object?.inheritedType ?? '', sidText(ace.sid)];
  if (data !== null) fields.push((ace.type === 'resource_attribute' ? claimText(data) : conditionText(data)) ?? `#${hex(data)}`);
  return `(${fields.join(';')})`;
}

const typeText = ({ type }: KnownAce): string => aceTypeFacts[type].sddl || maskText(aceTypeFacts[type].number);

function bytesText(ace: Ace): string {
  const bytes = encodeAce(ace);
  return `(${maskText(bytes[0] ?? 0)};${flagsText(ace.flags)};#${hex(bytes.subarray(4))})`;
}

const flagsText = (flags: number): string => wordsOf(flags, aceFlags) ?? maskText(flags);

/** Masks as numbers, which are the same for every kind of object; but generic rights and those of labels have words. */
function rightsText({ type, mask }: KnownAce): string {
  const words = type === 'mandatory_label' ? labelRights : (mask & ~genericBits) === 0 ? genericWords : new Map();
  return wordsOf(mask, words) ?? maskText(mask);
}

const genericWords: ReadonlyMap<string, number> = new Map(
  [
    standardRightFacts.GENERIC_ALL,
    standardRightFacts.GENERIC_READ,
    standardRightFacts.GENERIC_WRITE,
    standardRightFacts.GENERIC_EXECUTE,
  ].map(({ sddl, bit }) => [sddl, bit]),
);

/** The words for all bits; null: some have none. */
function wordsOf(bits: number, words: ReadonlyMap<string, number>): string | null {
  const known = [...words].filter(([, bit]) => (bits & bit) !== 0);
  return known.reduce((sum, [, bit]) => sum | bit, 0) === (bits | 0) ? known.map(([word]) => word).join('') : null;
}
