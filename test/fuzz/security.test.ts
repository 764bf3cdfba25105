/** Random and damaged bytes of descriptors, tokens and SDDL: nothing throws, and what cannot be read grants nothing. */
import fc from 'fast-check';
import t from 'tap';
import type { AccessAnswer } from '../../src/security/access-check.ts';
import { accessCheck } from '../../src/security/access-check.ts';
import { decodeDescriptor, encodeDescriptor } from '../../src/security/descriptor.ts';
import { serviceMapping } from '../../src/security/mappings.ts';
import { formatSddl, parseSddl } from '../../src/security/sddl.ts';
import type { Token } from '../../src/security/token.ts';
import { decodeTokenSpec, encodeTokenSpec, tokenSpec } from '../../src/security/token-spec.ts';
import { seeded } from '../support/random.ts';
import { anyDescriptor, anyToken } from '../support/security.ts';

const rounds = 20_000;

/** What whoever keeps descriptors as bytes does. */
function judge(bytes: Uint8Array, token: Token): AccessAnswer {
  const descriptor = decodeDescriptor(bytes);
  return 'malformed' in descriptor
    ? { status: 'failed', reason: descriptor.malformed, refused: false }
    : accessCheck({ token, descriptor, desired: 0x02000000, mapping: serviceMapping });
}

t.test('SEC-028 the beginning of a descriptor is none: it grants nothing, whoever asks', async (t) => {
  const property = fc.property(anyDescriptor, anyToken, fc.nat(), (descriptor, token, cut) => {
    const bytes = encodeDescriptor(descriptor);
    const answer = judge(bytes.subarray(0, cut % bytes.length), token);
    const { owner, group, sacl, dacl } = descriptor;
    if (owner === null && group === null && sacl === null && dacl === null && cut % bytes.length >= 20) return true;
    return answer.status === 'failed' && answer.reason.length > 10;
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: rounds / 4 }));
});

t.test('SEC-028 damaged descriptors are read or refused, and what is read can be checked, written and printed', async (t) => {
  const random = seeded();
  t.comment(`seed ${random.seed}`);
  const [token] = fc.sample(anyToken, { numRuns: 1, seed: random.seed });
  const whole = fc.sample(anyDescriptor, { numRuns: 200, seed: random.seed }).map(encodeDescriptor);
  let refused = 0;
  for (let round = 0; round < rounds; round++) {
    const bytes = Uint8Array.from(random.pick(whole));
    // Offsets, sizes, counts and masks are where damage does most.
    for (let change = random.below(4); change >= 0; change--)
      bytes[random.below(bytes.length)] = random.pick([0, 1, 4, 8, 0x7f, 0x80, 0xff]);
    const answer = judge(bytes, token!);
    if (answer.status !== 'failed') {
      if ((answer.granted & ~0x010f000f) !== 0) t.fail(`seed ${random.seed}: round ${round} grants ${answer.granted}`);
    } else refused++;
    const descriptor = decodeDescriptor(bytes);
    if ('malformed' in descriptor) continue;
    const text = formatSddl(descriptor);
    const again = parseSddl(text);
    if ('problem' in again) t.fail(`seed ${random.seed}: ${text} is not read again: ${again.problem}`);
    else if (formatSddl(again) !== text) t.fail(`seed ${random.seed}: ${text} became ${formatSddl(again)}`);
  }
  t.ok(refused > rounds / 10 && refused < rounds, `${refused} of ${rounds} refused`);
});

t.test('SEC-028 random bytes are no descriptor and no token', async (t) => {
  const random = seeded();
  t.comment(`seed ${random.seed}`);
  const [token] = fc.sample(anyToken, 1);
  for (let round = 0; round < rounds; round++) {
    const bytes = Uint8Array.from({ length: random.below(300) }, () => random.below(256));
    if (random.chance(0.5)) bytes.set([1, 0, 4, 0x80].slice(0, bytes.length));
    const answer = judge(bytes, token!);
    const read = decodeTokenSpec(bytes);
    if (answer.status !== 'failed' || !('malformed' in read)) t.fail(`seed ${random.seed}: round ${round} is taken`);
  }
  t.pass();
});

t.test('ID-012 damaged tokens are read or refused, and one that is read has no privilege enabled that it does not have', async (t) => {
  const random = seeded();
  t.comment(`seed ${random.seed}`);
  const whole = fc
    .sample(anyToken, { numRuns: 100, seed: random.seed })
    .map((token) => encodeTokenSpec(tokenSpec({ token, uid: 1, gid: 2, supplementary: [3, 4], source: 'fuzz' })));
  for (let round = 0; round < rounds; round++) {
    const bytes = Uint8Array.from(random.pick(whole));
    for (let change = random.below(3); change > 0; change--) bytes[random.below(bytes.length)] = random.below(256);
    const read = decodeTokenSpec(bytes);
    if ('malformed' in read) continue;
    if ((read.token.privilegesEnabled & ~read.token.privilegesPresent) !== 0n) t.fail(`seed ${random.seed}: round ${round}`);
  }
  t.pass();
});
