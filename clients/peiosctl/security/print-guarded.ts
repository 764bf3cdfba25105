/** A descriptor for people: where it comes from, its text, and each ACE in words. */
import type { Ace } from '../../../src/security/ace.ts';
import { aceFlag } from '../../../src/security/ace.ts';
import type { SecurityDescriptor } from '../../../src/security/descriptor.ts';
import { maskText } from '../../../src/security/masks.ts';
import { formatAce, formatSddl } from '../../../src/security/sddl.ts';
import type { Sid } from '../../../src/security/sid.ts';
import { table } from '../paint.ts';
import type { Guarded } from './guarded.ts';
import type { Kind } from './words.ts';
import { effectInWords, remarkOn, rightsInWords, serviceKind } from './words.ts';

type NameOf = (sid: Sid) => string;

export function showGuarded({ name, from, descriptor, kind }: Guarded, nameOf: NameOf): readonly string[] {
  const head = `${name}: ${from}`;
  if ('problem' in descriptor) return [head, '', `  It ${reworded(descriptor.problem)}.`, '  Every request fails with INTERNAL_ERROR.'];
  const { owner, dacl, sacl } = descriptor;
  return [
    head,
    `  ${formatSddl(descriptor)}`,
    '',
    ...(dacl === null ? ['  There is no DACL: everybody may do everything.'] : acesTable(dacl.aces, kind, nameOf)),
    ...(dacl === null ? [] : [dacl.aces.length === 0 ? '  The list is empty: nobody may do anything.' : '  Nobody else may do anything.']),
    ...(sacl === null || sacl.aces.length === 0 ? [] : ['', '  Labels and audits:', ...acesTable(sacl.aces, kind, nameOf)]),
    '',
    `  ${owner === null ? 'It has no owner, so every request fails with INTERNAL_ERROR.' : `Its owner is ${nameOf(owner)}.`}`,
    ...(kind === serviceKind && !isLabelled(descriptor) ? ['  Callers below medium integrity may not start, stop or reload.'] : []),
  ];
}

const reworded = (problem: string): string => (/^(?:is|has) /.test(problem) ? problem : `cannot be read: ${problem}`);

const isLabelled = ({ sacl }: SecurityDescriptor): boolean =>
  sacl?.aces.some((ace) => ace.kind === 'known' && ace.type === 'mandatory_label') === true;

function acesTable(aces: readonly Ace[], kind: Kind, nameOf: NameOf): readonly string[] {
  const rows = aces.map((ace, index) => [`${index + 1}`, ...inWords(ace, kind, nameOf)]);
  // A last cell that is empty everywhere is none.
  const told = rows.some((row) => row.at(-1) !== '') ? rows : rows.map((row) => row.slice(0, -1));
  return table(told, (_row, _column, padded) => padded).map((line) => `  ${line.trimEnd()}`);
}

function inWords(ace: Ace, kind: Kind, nameOf: NameOf): readonly string[] {
  if (ace.kind === 'opaque') return ['unknown', '', '', `type ${maskText(ace.type)}: kept, and counts for nothing`];
  switch (ace.type) {
    case 'mandatory_label':
      return ['label', nameOf(ace.sid), '', `integrity ${ace.sid}: ${labelInWords(ace.mask)}`];
    case 'trust_label':
    case 'scoped_policy_id':
    case 'resource_attribute':
      return [effectInWords(ace), nameOf(ace.sid), '', formatAce(ace)];
    default:
      return [effectInWords(ace), nameOf(ace.sid), rightsInWords(ace.mask, kind), remarkOn(ace)];
  }
}

const labelInWords = (mask: number): string => {
  const kept = [
    [1, 'reading'],
    [2, 'changing'],
    [4, 'executing'],
  ]
    .filter(([bit]) => (mask & Number(bit)) !== 0)
    .map(([, word]) => word);
  return kept.length === 0 ? 'keeps nobody from anything' : `keeps callers below it from ${kept.join(' and ')}`;
};

export function guardedJson({ name, from, source, key, value, descriptor, kind }: Guarded, nameOf: NameOf): object {
  const base = { name, source, from, key: key.join('\\'), value };
  if ('problem' in descriptor) return { ...base, problem: descriptor.problem };
  const { owner, group, dacl, sacl } = descriptor;
  const aces = (list: readonly Ace[] | undefined) =>
    list?.map((ace) =>
      ace.kind === 'opaque'
        ? { sddl: formatAce(ace), type: null }
        : {
            sddl: formatAce(ace),
            type: ace.type,
            sid: ace.sid,
            name: nameOf(ace.sid),
            mask: ace.mask,
            rights: rightsInWords(ace.mask, kind),
            counts: (ace.flags & aceFlag.inheritOnly) === 0,
          },
    ) ?? null;
  return { ...base, sddl: formatSddl(descriptor), owner, group, dacl: aces(dacl?.aces), sacl: aces(sacl?.aces) };
}
