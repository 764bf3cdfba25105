/**
 * What a descriptor comes to as the mode of a file or directory: what AccessCheck grants its owner, its group and Everyone. The mode never
 * allows more than the descriptor: what is denied to anybody that Linux cannot tell apart is denied to all that might be that one. O-145.
 */
import type { PathKind } from '../../gen/paths/types.ts';
import { fileRightFacts } from '../../gen/security/facts.ts';
import { accessCheck } from './access-check.ts';
import type { KnownAce } from './ace.ts';
import { aceFlag } from './ace.ts';
import type { SecurityDescriptor } from './descriptor.ts';
import { fileMapping, mapGeneric } from './mappings.ts';
import type { Sid } from './sid.ts';
import type { Token } from './token.ts';
import { mandatoryPolicy, ordinaryGroup } from './token.ts';
import { integrity, wellKnown } from './well-known.ts';

export interface FileMode {
  readonly mode: number;
  /** Whom the descriptor allows or denies more than the mode can say. */
  readonly unkept: readonly Sid[];
}

const right = {
  read: fileRightFacts.FILE_READ_DATA.bit,
  write: fileRightFacts.FILE_WRITE_DATA.bit | fileRightFacts.FILE_APPEND_DATA.bit,
  execute: fileRightFacts.FILE_EXECUTE.bit,
  /** Of a directory: without it only whoever owns a thing in it removes that. */
  empty: fileRightFacts.FILE_DELETE_CHILD.bit,
};
const kept = right.read | right.write | right.execute;
/** Who owns a thing in the directory removes it, and nobody else. */
const sticky = 0o1000;

const anyone: Omit<Token, 'user' | 'groups' | 'integrity'> = {
  userDenyOnly: false,
  type: 'primary',
  level: 0,
  privilegesPresent: 0n,
  privilegesEnabled: 0n,
  mandatoryPolicy: mandatoryPolicy.noWriteUp,
  restricted: [],
  writeRestricted: false,
  confinement: null,
  capabilities: [],
  confinementExempt: false,
};

const tokenOf = (user: Sid, groups: readonly Sid[]): Token => ({
  ...anyone,
  user,
  groups: groups.map((sid) => ({ sid, attributes: ordinaryGroup })),
  integrity: user === wellKnown.system ? integrity.system : integrity.medium,
});

/** `group`: who is in the group of the file; null: nobody that the descriptor speaks of. Or why no check can be made against it. */
export function fileMode(descriptor: SecurityDescriptor, kind: PathKind, group: Sid | null): FileMode | { readonly problem: string } {
  const owner = descriptor.owner ?? wellKnown.nobody;
  // Uid 0 alone is SYSTEM, and whoever shares the group of an owner is not that one.
  const members = group === wellKnown.system || group === owner ? null : group;
  const known = [wellKnown.everyone, wellKnown.authenticatedUsers];
  const classes = [
    { token: tokenOf(owner, known), others: [] },
    { token: tokenOf(wellKnown.nobody, members === null ? [wellKnown.everyone] : [...known, members]), others: [owner] },
    { token: tokenOf(wellKnown.nobody, [wellKnown.everyone]), others: members === null ? [owner] : [owner, members] },
  ];
  const aces = (descriptor.dacl?.aces ?? []).filter(
    (ace): ace is KnownAce => ace.kind === 'known' && (ace.flags & aceFlag.inheritOnly) === 0,
  );
  const granted: number[] = [];
  for (const { token, others } of classes) {
    const answer = accessCheck({ token, descriptor, desired: fileMapping.all, mapping: fileMapping });
    if (answer.status === 'failed') return { problem: answer.reason };
    const own = [token.user, ...token.groups.map(({ sid }) => sid), ...others];
    const strangers = aces.filter(({ type, sid }) => type.startsWith('deny') && !own.includes(sid));
    granted.push(strangers.reduce((left, { mask }) => left & ~mapGeneric(mask, fileMapping), answer.granted));
  }
  const [, ofGroup = 0, ofOthers = 0] = granted;
  const bits = granted.reduce((mode, rights) => (mode << 3) | modeBits(rights), 0);
  const keeps = kind === 'directory' && [ofGroup, ofOthers].some((rights) => canWrite(rights) && (rights & right.empty) === 0);
  const spoken = [owner, members, wellKnown.everyone, wellKnown.system];
  const unkept = aces.filter(({ type, sid, mask }) => {
    const about = mapGeneric(mask, fileMapping) & kept;
    return !spoken.includes(sid) && (type.startsWith('deny') ? about !== 0 : type.startsWith('allow') && (about & ~ofOthers) !== 0);
  });
  return { mode: bits | (keeps ? sticky : 0), unkept: [...new Set(unkept.map(({ sid }) => sid))] };
}

const canWrite = (rights: number): boolean => (rights & right.write) === right.write;

const modeBits = (rights: number): number =>
  ((rights & right.read) !== 0 ? 4 : 0) | (canWrite(rights) ? 2 : 0) | ((rights & right.execute) !== 0 ? 1 : 0);
