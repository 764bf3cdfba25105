import fc from 'fast-check';
import t from 'tap';
import { fromHex, hex } from '../../../src/security/bytes.ts';
import { defaultControlSecurity, defaultServiceSecurity } from '../../../src/security/defaults.ts';
import { decodeDescriptor, encodeDescriptor } from '../../../src/security/descriptor.ts';
import { aceOf, alice, anyDescriptor, securityOf } from '../../support/security.ts';

const serviceBytes =
  '010004801400000020000000000000002c000000' +
  '010100000000000512000000010100000000000512000000' +
  '0200340002000000000014000f000f00010100000000000512000000000018000500000001020000000000052000000020020000';
const controlBytes =
  '010004801400000020000000000000002c000000' +
  '010100000000000512000000010100000000000512000000' +
  '02003400020000000000140003000f00010100000000000512000000000018000300000001020000000000052000000020020000';

t.test('SEC-003 SEC-012 SEC-014 SEC-015 the default descriptors have the bytes that they should have', async (t) => {
  t.equal(hex(encodeDescriptor(defaultServiceSecurity)), serviceBytes);
  t.equal(hex(encodeDescriptor(defaultControlSecurity)), controlBytes);
  t.strictSame(decodeDescriptor(fromHex(serviceBytes)!), defaultServiceSecurity);
});

t.test('SEC-014 SEC-015 every descriptor comes back from its bytes, unknown ACEs and all', async (t) => {
  fc.assert(fc.property(anyDescriptor, (descriptor) => t.strictSame(decodeDescriptor(encodeDescriptor(descriptor)), descriptor)));
});

t.test('SEC-014 the parts may lie in any order', async (t) => {
  const bytes = fromHex(serviceBytes)!;
  const owner = bytes.subarray(20, 32);
  const dacl = bytes.subarray(44);
  const other = Uint8Array.of(...bytes.subarray(0, 20), ...dacl, ...owner, ...owner);
  other[4] = 20 + dacl.length;
  other[8] = 20 + dacl.length + owner.length;
  other[16] = 20;
  t.strictSame(decodeDescriptor(other), defaultServiceSecurity);
});

/** The default with the bytes at these places replaced. */
const damaged = (changes: { readonly [at: number]: number }, length?: number): Uint8Array => {
  const bytes = fromHex(serviceBytes)!;
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
  return bytes.subarray(0, length);
};

t.test('SEC-014 SEC-015 SEC-028 what is wrong with a descriptor is said, with the part it is in', async (t) => {
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [new Uint8Array(3), 'the descriptor is to have 20 bytes from byte 0 on, but only 3 are there'],
    [damaged({ 0: 2 }), 'the descriptor has revision 2, not 1'],
    [damaged({ 3: 0 }), 'the descriptor is not marked as self-relative'],
    [damaged({ 4: 19 }), 'the owner is to begin at byte 19, inside the header'],
    [damaged({ 5: 1 }), 'the owner is to begin at byte 276, behind the end at 96'],
    [damaged({ 4: 32 }), 'the owner and the group overlap'],
    [damaged({ 2: 0 }), 'the DACL is not marked as there but has an offset'],
    [damaged({ 2: 0x14 }), 'the SACL is marked as there but has no offset'],
    [damaged({}, 90), 'the DACL is to have 52 bytes from byte 44 on, but only 46 are there'],
    [damaged({ 46: 4 }), 'the DACL has a size of 4 bytes, less than its header'],
    [damaged({ 48: 1 }), 'the DACL has 24 bytes after its 1 ACEs'],
    [damaged({ 48: 3 }), 'ACE 3 of the DACL ends at byte 52'],
    [damaged({ 54: 21 }), 'ACE 1 of the DACL has a size of 21 bytes, which is less than 4 or no multiple of 4'],
    [damaged({ 59: 2 }), 'ACE 1 of the DACL: the mask 0x20f000f has bits that no ACE may have (0x2000000)'],
    [damaged({ 60: 3 }), 'the SID of ACE 1 of the DACL has revision 3, not 1'],
    [damaged({ 61: 0 }), 'the SID of ACE 1 of the DACL takes 8 of 12 bytes'],
    [damaged({ 52: 0x12 }), "the SID of ACE 1 of the DACL is S-1-5-18; a resource attribute has Everyone's"],
  ];
  for (const [bytes, malformed] of cases) t.strictSame(decodeDescriptor(bytes), { malformed });
  t.strictSame(decodeDescriptor(new Uint8Array(65536)), { malformed: 'the descriptor has 65536 bytes, more than 65535' });
});

t.test('SEC-028 a claim that is not whole makes the descriptor malformed', async (t) => {
  const claim = (data: Uint8Array) =>
    decodeDescriptor(encodeDescriptor(securityOf([], { sacl: [aceOf('resource_attribute', 0, 'S-1-1-0', { data })] })));
  const words = (...all: number[]) => new Uint8Array(Uint32Array.from(all).buffer);
  const what = 'the claim of ACE 1 of the SACL';
  t.strictSame(claim(words(1)), { malformed: `${what} is to have 16 bytes from byte 0 on, but only 4 are there` });
  t.strictSame(claim(words(16, 1, 0, 9)), { malformed: `${what} is to have 36 bytes from byte 16 on, but only 0 are there` });
  t.strictSame(claim(words(16, 1, 0, 0)), { malformed: `${what} ends at byte 16` });
  t.strictSame(claim(words(16, 1, 0, 0, 0xd800)), { malformed: `${what} has a text with half a surrogate pair` });
  t.strictSame(claim(words(20, 9, 0, 1, 24, 0)), { malformed: `${what} has values of the unknown type 9` });
  t.match(claim(words(16, 1, 0, 0, 0x61)), { owner: 'S-1-5-18' });
});

t.test('SEC-028 damaged bytes never throw: they are a descriptor again or malformed', async (t) => {
  fc.assert(
    fc.property(
      anyDescriptor,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
      fc.nat(),
      (descriptor, changes, cut) => {
        const bytes = encodeDescriptor(descriptor);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const read = decodeDescriptor(bytes.subarray(0, cut % 3 === 0 ? cut % (bytes.length + 1) : undefined));
        return 'malformed' in read ? read.malformed.length > 10 : read.control >= 0x8000;
      },
    ),
  );
  t.match(decodeDescriptor(encodeDescriptor(securityOf([aceOf('allow', 1, alice)]))), { owner: 'S-1-5-18' });
});
