import t from 'tap';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import { inheritedDescriptor } from '../../../src/registry/security/inherit.ts';
import type { Ace } from '../../../src/security/ace.ts';
import { aclOf } from '../../../src/security/acl.ts';
import type { SecurityDescriptor } from '../../../src/security/descriptor.ts';
import { decodeDescriptor, descriptorOf } from '../../../src/security/descriptor.ts';
import type { Sid } from '../../../src/security/sid.ts';
import type { Random } from '../../support/random.ts';
import { seeded } from '../../support/random.ts';

/** What each set of inheritance flags comes to on a key below: OI 1, CI 2, NP 4, IO 8, inherited 16. Null: not inherited. PSD-004 3.6. */
const flagsBelow: readonly (number | null)[] = [
  /*  -              */ null,
  /*  OI             */ 1 | 8 | 16,
  /*  CI             */ 2 | 16,
  /*  OI CI          */ 1 | 2 | 16,
  /*  NP             */ null,
  /*  OI NP          */ null,
  /*  CI NP          */ 16,
  /*  OI CI NP       */ 16,
  /*  IO             */ null,
  /*  OI IO          */ 1 | 8 | 16,
  /*  CI IO          */ 2 | 16,
  /*  OI CI IO       */ 1 | 2 | 16,
  /*  NP IO          */ null,
  /*  OI NP IO       */ null,
  /*  CI NP IO       */ 16,
  /*  OI CI NP IO    */ 16,
];

const creatorOwner = 'S-1-3-0';
const creatorGroup = 'S-1-3-1';
const owner = 'S-1-5-21-1-2-3-1000';
const group = 'S-1-5-21-1-2-3-513';
const creator = { owner, group };

/** Generic rights and what they stand for on a key, as PSD-005 3.1 lists them. */
const maskBelow = (mask: number): number => {
  let own = mask & 0x01ff_ffff;
  if ((mask & 0x8000_0000) !== 0) own |= 0x2_0019;
  if ((mask & 0x4000_0000) !== 0) own |= 0x2_0006;
  if ((mask & 0x1000_0000) !== 0) own |= 0xf_003f;
  return own >>> 0;
};
const sidBelow = (sid: Sid): Sid => (sid === creatorOwner ? owner : sid === creatorGroup ? group : sid);

function expected(aces: readonly Ace[]): Ace[] {
  return aces.flatMap((ace): Ace[] => {
    const inheritance = flagsBelow[ace.flags & 0xf] ?? null;
    if (inheritance === null) return [];
    const flags = (ace.flags & 0xc0) | inheritance;
    if (ace.kind === 'opaque') return [{ ...ace, flags }];
    const mask = ace.type === 'mandatory_label' ? ace.mask : maskBelow(ace.mask);
    return [{ ...ace, flags, mask, sid: sidBelow(ace.sid) }];
  });
}

const sids = [creatorOwner, creatorGroup, 'S-1-5-18', 'S-1-5-32-544', 'S-1-1-0', owner, 'S-1-3-4'] as const;
const masks = [1, 2, 0x20019, 0xf003f, 0x8000_0000, 0x4000_0000, 0x1000_0000, 0x2000_0000, 0xc000_0001] as const;

function randomAce(random: Random, types: readonly ('allow' | 'deny' | 'audit' | 'mandatory_label')[]): Ace {
  const flags = random.below(32) | (random.chance(0.2) ? 0xc0 : 0);
  if (random.chance(0.1)) return { kind: 'opaque', type: 0x77, flags, body: Uint8Array.of(1, 2, 3, random.below(256)) };
  const type = random.pick(types);
  if (type === 'mandatory_label')
    return { kind: 'known', type, flags, mask: 1 + random.below(7), sid: 'S-1-16-8192', object: null, data: null };
  return { kind: 'known', type, flags, mask: random.pick(masks), sid: random.pick(sids), object: null, data: null };
}

const list = (random: Random, types: Parameters<typeof randomAce>[1]): Ace[] =>
  Array.from({ length: random.below(6) }, () => randomAce(random, types));

/** Bytes of what is not known come as a part of a larger array. */
const plain = (aces: readonly Ace[]): unknown[] => aces.map((ace) => (ace.kind === 'opaque' ? { ...ace, body: [...ace.body] } : ace));

function below(parent: SecurityDescriptor): SecurityDescriptor {
  const found = decodeDescriptor(inheritedDescriptor(parent, creator));
  if ('malformed' in found) throw new Error(found.malformed);
  return found;
}

t.test('KEY-001 O-88 a key below has what its parent leaves to it, entry by entry, whatever the flags', async (t) => {
  const random = seeded();
  t.comment(`PEINIT_SEED=${random.seed}`);
  for (let round = 0; round < 3000; round += 1) {
    const dacl = random.chance(0.1) ? null : list(random, ['allow', 'deny']);
    const sacl = random.chance(0.5) ? null : list(random, ['audit', 'mandatory_label']);
    const parts = { owner: 'S-1-5-18', group: null, dacl: dacl && aclOf(dacl), sacl: sacl && aclOf(sacl) };
    const protection = random.pick([0, 0x1000, 0x2000, 0x0400]);
    const found = below(descriptorOf(parts, protection));
    const wantedDacl = expected(dacl ?? []);
    const wantedSacl = expected(sacl ?? []);
    const byDefault = ['S-1-5-18', 'S-1-5-32-544', owner].map((sid) => ({
      ...{ kind: 'known', type: 'allow', flags: 0, mask: 0xf003f, sid, object: null, data: null },
    }));
    t.strictSame(
      {
        owner: found.owner,
        group: found.group,
        dacl: plain(found.dacl?.aces ?? []),
        sacl: found.sacl === null ? null : plain(found.sacl.aces),
        control: found.control,
      },
      {
        owner,
        group,
        dacl: wantedDacl.length === 0 ? byDefault : plain(wantedDacl),
        sacl: wantedSacl.length === 0 ? null : plain(wantedSacl),
        // Self-relative, the lists that are there, and AI where one of them came from above.
        control: 0x8004 | (wantedDacl.length > 0 ? 0x400 : 0) | (wantedSacl.length > 0 ? 0x810 : 0),
      },
      `round ${round}`,
    );
    if (!t.passing()) break;
  }
});

t.test('O-88 what is inherited over many levels stays the same from the second one on', async (t) => {
  const random = seeded();
  t.comment(`PEINIT_SEED=${random.seed}`);
  for (let round = 0; round < 300; round += 1) {
    const dacl = list(random, ['allow', 'deny']).map((ace) => ({ ...ace, flags: (ace.flags & ~4) | 2 }));
    if (dacl.length === 0) continue;
    const first = below(descriptorOf({ owner: 'S-1-5-18', group: null, sacl: null, dacl: aclOf(dacl) }));
    t.strictSame(plain(below(first).dacl?.aces ?? []), plain(first.dacl?.aces ?? []), `round ${round}`);
  }
});

t.test('O-88 a descriptor that would become too large makes no key', async (t) => {
  const long = `S-1-5-21-${Array.from({ length: 14 }, (_, index) => index).join('-')}`;
  const ace: Ace = { kind: 'known', type: 'allow', flags: 2, mask: 1, sid: creatorOwner, object: null, data: null };
  const aces = Array.from({ length: 1200 }, () => ace);
  const parent = descriptorOf({ owner: 'S-1-5-18', group: null, sacl: null, dacl: aclOf(aces) });
  t.throws(
    () => inheritedDescriptor(parent, { owner: long, group: null }),
    new RegistryFailure('ENOSPC', 'the key would inherit a descriptor of more than 65535 bytes'),
  );
});
