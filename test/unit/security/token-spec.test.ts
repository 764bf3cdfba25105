import fc from 'fast-check';
import t from 'tap';
import { allPrivileges } from '../../../src/security/privileges.ts';
import type { TokenSpec } from '../../../src/security/token-spec.ts';
import { decodeTokenSpec, encodeTokenSpec, tokenSpec } from '../../../src/security/token-spec.ts';
import { anyAcl, anyToken, tokenOf } from '../../support/security.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

const anySpec: fc.Arbitrary<TokenSpec> = fc
  .record({
    token: anyToken,
    uid: u32,
    gid: u32,
    supplementary: fc.array(u32, { maxLength: 5 }),
    source: fc.stringMatching(/^[ -~]{0,8}$/),
    sourceId: u64,
    ownerIndex: fc.nat(9),
    primaryGroupIndex: fc.nat(9),
    session: u64,
    origin: u64,
    expiry: u64,
    auditPolicy: fc.nat(15),
    scope: u32,
    isolated: fc.boolean(),
    defaultDacl: fc.option(anyAcl),
  })
  .map((spec) => ({
    ...spec,
    token: {
      ...spec.token,
      level: spec.token.type === 'primary' ? 0 : spec.token.level,
      privilegesEnabled: spec.token.privilegesEnabled & spec.token.privilegesPresent,
    },
    ownerIndex: Math.min(spec.ownerIndex, spec.token.groups.length),
    primaryGroupIndex: Math.min(spec.primaryGroupIndex, spec.token.groups.length),
    isolated: spec.isolated && spec.token.confinement !== null,
  }));

t.test('a token comes back from its bytes whole', async (t) => {
  fc.assert(fc.property(anySpec, (spec) => t.strictSame(decodeTokenSpec(encodeTokenSpec(spec)), spec)));
});

const plain = tokenSpec({ token: tokenOf({ privilegesPresent: allPrivileges }), uid: 1000, gid: 100, supplementary: [5], source: 'test' });
const changed = (changes: { readonly [at: number]: number }, length?: number) => {
  const bytes = encodeTokenSpec(plain);
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
  return decodeTokenSpec(bytes.subarray(0, length));
};

t.test('what is wrong with the bytes of a token is said', async (t) => {
  const malformed = (words: string) => ({ malformed: words });
  t.strictSame(changed({}, 100), malformed('the token is to have 192 bytes from byte 0 on, but only 100 are there'));
  t.strictSame(decodeTokenSpec(new Uint8Array(65537)), malformed('the token has 65537 bytes, more than 65536'));
  t.strictSame(changed({ 0: 1 }), malformed('the token has version 1, not 2'));
  t.strictSame(changed({ 4: 3 }), malformed('the token has type 3, neither 1 nor 2'));
  t.strictSame(changed({ 5: 2 }), malformed('the token is a primary one with an impersonation level'));
  t.strictSame(changed({ 4: 2, 5: 4 }), malformed('the token has the impersonation level 4'));
  t.strictSame(changed({ 6: 1 }), malformed('the token has a reserved field that is not 0'));
  t.strictSame(changed({ 12: 8 }), malformed('the mandatory policy of the token has unknown bits'));
  t.strictSame(changed({ 24: 1 }), malformed('the token has privileges enabled that it does not have'));
  t.strictSame(changed({ 44: 0x10 }), malformed('the audit policy of the token has unknown bits'));
  t.strictSame(changed({ 64: 9 }), malformed('the owner is to be group 9 of 2'));
  t.strictSame(changed({ 88: 0 }), malformed('the token has bytes between its header and its first section'));
  t.strictSame(changed({ 88: 20 }), malformed('a section of the token begins at byte 20 of 264'));
  t.strictSame(changed({ 96: 0 }), malformed('the groups of the token have an offset without a count, or a count without an offset'));
  t.strictSame(changed({ 96: 1 }), malformed('the groups of the token end before their section does'));
  t.strictSame(changed({ 108: 1 }), malformed('the token has user claims, which are not supported'));
  t.strictSame(changed({ 157: 1 }), malformed('the token is write-restricted and its user not deny-only'));
  t.strictSame(changed({ 158: 2 }), malformed('the user being deny-only of the token is 2, neither 0 nor 1'));
  t.strictSame(changed({ 159: 1 }), malformed('the token is isolated and not confined'));
  t.strictSame(changed({}, 262), malformed('the supplementary groups of the token are 1 in 2 bytes'));
});

t.test('damaged bytes of a token never throw', async (t) => {
  const property = fc.property(
    anySpec,
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
    fc.nat(),
    (spec, changes, cut) => {
      const bytes = encodeTokenSpec(spec);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const read = decodeTokenSpec(bytes.subarray(0, cut % 3 === 0 ? cut % (bytes.length + 1) : undefined));
      return 'malformed' in read ? read.malformed.length > 10 : read.token.user.startsWith('S-1-');
    },
  );
  t.doesNotThrow(() => fc.assert(property));
});
