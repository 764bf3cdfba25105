/** Security values for tests: arbitraries of SIDs, ACEs, descriptors and tokens, and the ordinary ones. */
import fc from 'fast-check';
import { aceTypeNames } from '../../gen/security/types.ts';
import type { Ace, KnownAce } from '../../src/security/ace.ts';
import { aceShape } from '../../src/security/ace.ts';
import type { Acl } from '../../src/security/acl.ts';
import { aclOf } from '../../src/security/acl.ts';
import type { SecurityDescriptor } from '../../src/security/descriptor.ts';
import { descriptorOf } from '../../src/security/descriptor.ts';
import { allPrivileges } from '../../src/security/privileges.ts';
import type { Sid } from '../../src/security/sid.ts';
import type { Token } from '../../src/security/token.ts';
import { ordinaryGroup } from '../../src/security/token.ts';
import { integrity, wellKnown } from '../../src/security/well-known.ts';

export const alice = 'S-1-5-21-1-2-3-1001';
export const bob = 'S-1-5-21-1-2-3-1002';

/** An ordinary user of medium integrity; members as stated. */
export const tokenOf = (stated: Partial<Token> = {}): Token => ({
  user: alice,
  userDenyOnly: false,
  groups: [wellKnown.everyone, wellKnown.authenticatedUsers].map((sid) => ({ sid, attributes: ordinaryGroup })),
  type: 'primary',
  level: 0,
  privilegesPresent: 0n,
  privilegesEnabled: 0n,
  integrity: integrity.medium,
  mandatoryPolicy: 1,
  restricted: [],
  writeRestricted: false,
  confinement: null,
  capabilities: [],
  confinementExempt: false,
  ...stated,
});

export const aceOf = (type: KnownAce['type'], mask: number, sid: Sid, stated: Partial<KnownAce> = {}): Ace => ({
  kind: 'known',
  type,
  flags: 0,
  mask,
  sid,
  object: aceShape(type).object ? { otherFlags: 0, type: null, inheritedType: null } : null,
  data: aceShape(type).data ? new Uint8Array() : null,
  ...stated,
});

/** A descriptor of SYSTEM with these ACEs; `dacl` null: none at all. */
export const securityOf = (
  dacl: readonly Ace[] | null,
  stated: Partial<{ owner: Sid; group: Sid; sacl: readonly Ace[] }> = {},
): SecurityDescriptor =>
  descriptorOf({
    owner: stated.owner ?? wellKnown.system,
    group: stated.group ?? wellKnown.system,
    sacl: stated.sacl === undefined ? null : aclOf(stated.sacl),
    dacl: dacl === null ? null : aclOf(dacl),
  });

/** A claim named `n` with one number. */
export const claimBytes = Uint8Array.of(
  24,
  0,
  0,
  0,
  1,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  0,
  0,
  0,
  28,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  110,
  0,
  0,
  0,
  7,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
);

const u32 = fc.integer({ min: 0, max: 0xffffffff });
/** What an ACE may have. */
const aceMask = u32.map((mask) => (mask & ~0x0ee00000) >>> 0);
const words = fc.array(u32, { maxLength: 4 });
const wholeWords = words.map((all) => new Uint8Array(Uint32Array.from(all).buffer));

/** Mostly few that meet each other in tokens and descriptors. */
export const anySid: fc.Arbitrary<Sid> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(alice, bob, ...Object.values(wellKnown)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.array(u32, { maxLength: 15 }))
      .map(([authority, parts]) =>
        [`S-1-${authority < 2 ** 32 ? authority : `0x${authority.toString(16).padStart(12, '0')}`}`, ...parts].join('-'),
      ),
  },
);

const guid = fc.option(fc.uuid());

export const anyAce = (types: readonly KnownAce['type'][] = aceTypeNames): fc.Arbitrary<Ace> =>
  fc
    .record({
      type: fc.constantFrom(...types),
      flags: fc.integer({ min: 0, max: 255 }),
      mask: fc.oneof(aceMask, fc.constantFrom(1, 2, 4, 0xf, 0xf000f, 0x10000000, 0x80000000)),
      sid: anySid,
      objectType: guid,
      inheritedType: guid,
      data: wholeWords,
    })
    .map(({ type, flags, mask, sid, objectType, inheritedType, data }) =>
      type === 'resource_attribute'
        ? aceOf(type, mask, wellKnown.everyone, { flags, data: claimBytes })
        : aceOf(type, mask, sid, {
            flags,
            object: aceShape(type).object ? { otherFlags: 0, type: objectType, inheritedType } : null,
            data: aceShape(type).data ? data : null,
          }),
    );

const opaqueAce: fc.Arbitrary<Ace> = fc
  .record({ type: fc.integer({ min: 0x15, max: 255 }), flags: fc.integer({ min: 0, max: 255 }), body: wholeWords })
  .map((parts) => ({ kind: 'opaque', ...parts }));

export const anyAcl: fc.Arbitrary<Acl> = fc
  .array(fc.oneof({ weight: 9, arbitrary: anyAce() }, { weight: 1, arbitrary: opaqueAce }), { maxLength: 6 })
  .map(aclOf);

export const anyDescriptor: fc.Arbitrary<SecurityDescriptor> = fc
  .record({
    owner: fc.option(anySid, { freq: 10 }),
    group: fc.option(anySid),
    sacl: fc.option(anyAcl),
    dacl: fc.option(anyAcl, { freq: 10 }),
    control: fc.integer({ min: 0, max: 0xffff }),
    resourceManager: fc.integer({ min: 0, max: 255 }),
  })
  .map(({ control, resourceManager, ...parts }) => ({ ...descriptorOf(parts, control), resourceManager }));

/** Of the five privileges that matter, some or all; the others with them. */
const privileges = fc.oneof(
  fc.constant(0n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((mask) => mask & allPrivileges),
);

export const anyToken: fc.Arbitrary<Token> = fc
  .record({
    user: anySid,
    userDenyOnly: fc.boolean(),
    groups: fc.array(
      fc.tuple(anySid, fc.constantFrom(0, 4, 7, 0xf, 0x10, 0x14)).map(([sid, attributes]) => ({ sid, attributes })),
      { maxLength: 6 },
    ),
    type: fc.constantFrom('primary' as const, 'impersonation' as const),
    level: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
    privilegesPresent: privileges,
    privilegesEnabled: privileges,
    integrity: fc.constantFrom(...Object.values(integrity)),
    mandatoryPolicy: fc.integer({ min: 0, max: 3 }),
    restricted: fc.array(anySid, { maxLength: 3 }),
    writeRestricted: fc.boolean(),
    confinement: fc.option(anySid, { freq: 2 }),
    capabilities: fc.array(anySid, { maxLength: 3 }),
    confinementExempt: fc.boolean(),
  })
  .map((token) => ({ ...token, writeRestricted: token.writeRestricted && token.userDenyOnly }));
