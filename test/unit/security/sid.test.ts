import fc from 'fast-check';
import t from 'tap';
import { fromHex, hex } from '../../../src/security/bytes.ts';
import { serviceSid } from '../../../src/security/service-sid.ts';
import { sha1 } from '../../../src/security/sha1.ts';
import { parseSid, sidFromBytes, sidToBytes } from '../../../src/security/sid.ts';
import { integrityName, linuxGroup, linuxUser, principalName, principalNamed, wellKnown } from '../../../src/security/well-known.ts';
import { anySid } from '../../support/security.ts';

t.test('ID-008 the bytes of a SID are revision, count, authority and little-endian parts, as published encodings have them', async (t) => {
  const vectors: readonly (readonly [string, string])[] = [
    ['S-1-5-18', '010100000000000512000000'],
    ['S-1-5-32-544', '01020000000000052000000020020000'],
    ['S-1-16-16384', '010100000000001000400000'],
    ['S-1-5-21-3623811015-3361044348-30300820-1013', '010500000000000515000000c7f7fed77c7755c8945ace01f5030000'],
    ['S-1-0xffffffffffff', '0100ffffffffffff'],
    ['S-1-4294967295', '01000000ffffffff'],
  ];
  for (const [text, bytes] of vectors) {
    t.equal(hex(sidToBytes(text)), bytes, text);
    t.equal(sidFromBytes(fromHex(bytes)!), text, bytes);
  }
});

t.test('ID-008 every SID comes back from its bytes and from its text', async (t) => {
  const property = fc.property(anySid, (sid) => sidFromBytes(sidToBytes(sid)) === sid && parseSid(sid) === sid);
  t.doesNotThrow(() => fc.assert(property));
});

t.test('ID-008 bytes that are not exactly a SID are none', async (t) => {
  for (const bytes of [
    '',
    '01',
    '0101000000000005120000', // one byte short
    '01010000000000051200000000', // one too many
    '020100000000000512000000', // revision 2
    `0110000000000005${'00000000'.repeat(16)}`, // 16 parts
  ])
    t.equal(sidFromBytes(fromHex(bytes)!), null, bytes);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const sid = sidFromBytes(bytes);
      return sid === null || hex(sidToBytes(sid)) === hex(bytes);
    }),
  );
});

t.test('texts that are no SID are refused, and one that is written otherwise becomes canonical', async (t) => {
  for (const text of [
    '',
    'S-1',
    'S-2-5-18',
    'S-1-5-',
    'S-1--18',
    'S-1-5-018',
    'S-1-5-4294967296',
    'S-1-281474976710656',
    'S-1-5-x',
    ' S-1-5-18',
    `S-1-5${'-1'.repeat(16)}`,
  ])
    t.equal(parseSid(text), null, text);
  t.equal(parseSid('s-1-5-18'), 'S-1-5-18');
  t.equal(parseSid('S-1-0x5-18'), 'S-1-5-18');
  t.equal(parseSid('S-1-0x00FFFFFFFFFF-1'), 'S-1-0x00ffffffffff-1');
});

t.test('ID-007 ID-021 the SID of a service is the hash of its name in upper case', async (t) => {
  const vectors: readonly (readonly [string, string])[] = [
    ['registryd', '3593071732-1666014828-967506459-673618303-1085857884'],
    ['eventd', '1963885778-1835409261-1671587836-2279113866-1994761124'],
    ['authd', '3733847795-2198956809-1841698210-3923492485-3570583468'],
    ['lpsd', '4242895835-3884168475-4287610261-1596539771-2019494472'],
    ['jellyfin', '1703982269-1829404860-3597279263-2390199843-3166537581'],
    ['sshd', '3847866527-469524349-687026318-516638107-1125189541'],
    ['mount:/data', '1462458524-2467245217-571513799-2217040827-1861716526'],
    ['TrustedInstaller', '956008885-3418522649-1831038044-1853292631-2271478464'],
    ['pt-authd-local', '1322559470-233204500-3057515935-1864350087-205673815'],
  ];
  for (const [name, rest] of vectors) {
    t.equal(serviceSid(name), `S-1-5-80-${rest}`, name);
    t.equal(serviceSid(name.toUpperCase()), `S-1-5-80-${rest}`, name);
  }
  t.not(serviceSid('straße'), serviceSid('STRASSE'), 'a letter whose upper case is two stays as it is');
  t.equal(serviceSid('\u1fb3'), serviceSid('\u1fbc'));
  t.equal(serviceSid('\u{10428}'), serviceSid('\u{10400}'), 'beyond the first plane too');
});

t.test('ID-007 SHA-1 agrees with the vectors of the standard and with Node for every length around a block', async (t) => {
  const { createHash } = await import('node:crypto');
  const text = (words: Uint32Array) => Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
  t.equal(text(sha1(new TextEncoder().encode('abc'))), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 0xff);
    t.equal(text(sha1(bytes)), createHash('sha1').update(bytes).digest('hex'), `${length} bytes`);
  }
});

t.test('ID-009 well-known principals have the SIDs that the specification gives them, and names', async (t) => {
  t.strictSame(
    [
      wellKnown.system,
      wellKnown.localService,
      wellKnown.networkService,
      wellKnown.administrators,
      wellKnown.authenticatedUsers,
      wellKnown.everyone,
    ],
    ['S-1-5-18', 'S-1-5-19', 'S-1-5-20', 'S-1-5-32-544', 'S-1-5-11', 'S-1-1-0'],
  );
  t.equal(principalName('S-1-5-19'), 'LocalService');
  t.equal(principalNamed('localservice'), 'S-1-5-19');
  t.equal(principalName('S-1-5-21-1-2-3-4'), null);
  t.equal(principalNamed('nobody at all'), null);
  t.equal(integrityName(8192), 'medium');
  t.equal(integrityName(8448), null);
  t.strictSame([linuxUser(1000), linuxGroup(0)], ['S-1-22-1-1000', 'S-1-22-2-0']);
});
