import fc from 'fast-check';
import t from 'tap';
import { accessCheck } from '../../../src/security/access-check.ts';
import type { KnownAce } from '../../../src/security/ace.ts';
import { fromHex, hex } from '../../../src/security/bytes.ts';
import { defaultControlSecurity, defaultServiceSecurity } from '../../../src/security/defaults.ts';
import type { SecurityDescriptor } from '../../../src/security/descriptor.ts';
import { controlBit, decodeDescriptor, encodeDescriptor } from '../../../src/security/descriptor.ts';
import { serviceMapping } from '../../../src/security/mappings.ts';
import type { SddlProblem } from '../../../src/security/sddl.ts';
import { formatSddl, parseSddl } from '../../../src/security/sddl.ts';
import { aceOf, anyDescriptor, securityOf, tokenOf } from '../../support/security.ts';

const parsed = (text: string): SecurityDescriptor => {
  const read = parseSddl(text);
  if ('problem' in read) throw new Error(`${text}: ${read.problem} at ${read.at}`);
  return read;
};
const again = (text: string): string => formatSddl(parsed(text));
const firstAce = (text: string): KnownAce => {
  const { dacl, sacl } = parsed(text);
  const [ace] = (dacl ?? sacl)!.aces;
  if (ace?.kind !== 'known') throw new Error(`${text} has no known ACE`);
  return ace;
};

t.test('SEC-003 SEC-012 the default descriptors are the texts that the specification gives', async (t) => {
  t.equal(formatSddl(defaultServiceSecurity), 'O:SYG:SYD:(A;;0xf000f;;;SY)(A;;0x5;;;BA)');
  t.equal(formatSddl(defaultControlSecurity), 'O:SYG:SYD:(A;;0xf0003;;;SY)(A;;0x3;;;BA)');
  t.strictSame(parsed('O:SYG:SYD:(A;;0xf000f;;;SY)(A;;0x5;;;BA)'), defaultServiceSecurity);
});

t.test('texts in their usual form come back as they were', async (t) => {
  for (const text of [
    '',
    'O:SY',
    'O:S-1-5-21-1-2-3-1001G:BAD:',
    'D:P(A;OICIID;GA;;;SY)',
    'D:PARAI(D;NPIO;0x1;;;AN)S:AI(AU;SAFA;0x1;;;WD)',
    'O:BAD:(OA;;0x1;00112233-4455-6677-8899-aabbccddeeff;;AU)(OD;;0x2;;00112233-4455-6677-8899-aabbccddeeff;AU)(OD;;0x2;;;AU)',
    'S:(ML;;NW;;;HI)(ML;;NRNWNX;;;SI)(ML;;0x8;;;LW)(ML;;;;;ME)',
    'S:(SP;;;;;S-1-17-1)(TL;;0x1;;;S-1-19-512-8192)(0x3;SA;0x4;;;LS)',
    'D:(A;;GAGRGWGX;;;CO)(A;;0x1;;;CG)(A;;0x1;;;OW)(A;;0x1;;;PS)(A;;0x1;;;IU)(A;;0x1;;;SU)(A;;0x1;;;MP)',
    'D:(0x42;CI;#0011aabb)(0xff;0x20;#)',
    'D:(XA;;0x1;;;WD;(@User.Title == "boss"))',
    'D:(XD;;0x1;;;WD;(Member_of {SID(BA), SID(S-1-5-80-1)} && !(Exists @Device.lab)))',
    'D:(ZA;;0x1;00112233-4455-6677-8899-aabbccddeeff;;WD;(a == 1 || b != -2 && c < +3))',
    'D:(XA;;0x1;;;WD;((a == 1 || b == 2) && c == 3 || (d == 4 || e == 0x1f)))',
    'D:(XA;;0x1;;;WD;(@Resource.Level >= @User.Level && x Any_of {"a", 017, #00ff, {}}))',
    'D:(XA;;0x1;;;WD;#)(XA;;0x1;;;WD;#61727478)(XU;SA;0x1;;;WD;#00000000)',
    'S:(RA;;;;;WD;("Secrecy",TU,0x0,3,4))(RA;CI;;;;WD;("Project",TS,0x2,"Windows","SQL"))',
    'S:(RA;;;;;WD;("n",TI,0x0,-1))(RA;;;;;WD;("n",TB,0x0,1))(RA;;;;;WD;("n",TD,0x0,BA))',
    'S:(RA;;;;;WD;("n",TX,0x0,#0102ff))(RA;;;;;WD;("n",TS,0x0))',
  ])
    t.equal(again(text), text);
});

t.test('other ways to write are understood', async (t) => {
  t.equal(again(' D:(A;;SDRC;;;sy) O: BA\n G:sy S:( AU ; SA ; 5 ; ; ; wd )'), 'O:BAG:SYD:(A;;0x30000;;;SY)S:(AU;SA;0x5;;;WD)');
  t.equal(
    again('D:(A;;KA;;;SY)(A;;KR;;;SY)(A;;FA;;;SY)(A;;CCDCLCSWRPWPDTLOCR;;;SY)'),
    'D:(A;;0xf003f;;;SY)(A;;0x20019;;;SY)(A;;0x1f01ff;;;SY)(A;;0x1ff;;;SY)',
  );
  t.equal(again('D:(0;0;0x1;;;S-1-5-18)'), 'D:(A;;0x1;;;SY)');
  t.equal(again('D:(XA;;0x1;;;WD;(@Local.x == 1))'), 'D:(XA;;0x1;;;WD;(x == 1))');
  t.equal(again('O:S-1-0x5-18D:'), 'O:SYD:');
  t.equal(again('D:(XA;;1;;;WD;(@user.a==1&&(b<2)))'), 'D:(XA;;0x1;;;WD;(@User.a == 1 && b < 2))');
  t.equal(again('D:(XA;;1;;;WD;(member_of SID(BA)))'), 'D:(XA;;0x1;;;WD;(Member_of SID(BA)))');
  t.equal(again('D:(XA;;1;;;WD;(a%0020b == 1))'), 'D:(XA;;0x1;;;WD;(a%0020b == 1))');
});

t.test('labels have the values of KACS: NR 1, NW 2, NX 4', async (t) => {
  t.equal(firstAce('S:(ML;;NR;;;HI)').mask, 1);
  t.equal(firstAce('S:(ML;;NW;;;HI)').mask, 2);
  t.equal(firstAce('S:(ML;;NX;;;HI)').mask, 4);
  const low = tokenOf({ integrity: 4096 });
  const descriptor = parsed('O:SYD:(A;;GA;;;WD)S:(ML;;NW;;;ME)');
  t.match(accessCheck({ token: low, descriptor, desired: 2, mapping: serviceMapping }), { status: 'denied' });
  t.match(accessCheck({ token: low, descriptor, desired: 1, mapping: serviceMapping }), { status: 'allowed' });
});

t.test('the bytes of a condition have operators behind operands, as the format has it', async (t) => {
  const data = firstAce('D:(XA;;0x1;;;WD;(@User.A == 5))').data!;
  t.equal(hex(data), ['61727478', 'f902000000', '4100', '04', '0500000000000000', '03', '02', '80', '00'].join(''));
  const both = firstAce('D:(XA;;0x1;;;WD;(Exists a && !(Exists b)))').data!;
  t.equal(
    hex(both),
    ['61727478', 'f802000000', '6100', '87', 'f802000000', '6200', '87', 'a2', 'a0', '00'.repeat(3)].join('').slice(0, hex(both).length),
  );
  t.equal(both.length % 4, 0);
});

t.test('what is wrong with a text is said, with the place', async (t) => {
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ['X:SY', 0, /a part begins here that is none of O: /],
    ['O:SYO:SY', 4, /O: is there twice/],
    ['O:', 2, /the owner: a SID is missing here/],
    ['O:XX', 2, /the owner: XX is no known alias \(.*SY.*\); write the SID/],
    ['O:DA', 2, /the owner: DA stands for a principal of a domain; write its SID/],
    ['O:S-1-5-4294967296', 2, /the owner: S-1-5-4294967296 is no SID/],
    ['D:NO_ACCESS_CONTROL', 2 + 17, /leaving D: out/],
    ['D:(A;;0x1;;;SY', 14, /ACE 1 of the DACL ends after its SID: "\)" is missing here/],
    ['D:(A;;0x1;;)', 11, /ACE 1 of the DACL has the fields type;flags;rights;object;inherited object;SID: ";" is missing here/],
    ['D:(Q;;0x1;;;SY)', 3, /ACE 1 of the DACL: Q is no type of an ACE \(A D AU/],
    ['D:(A;;0x1;;;SY)(A;QQ;0x1;;;SY)', 18, /ACE 2 of the DACL: QQ are no flags \(OI CI/],
    ['D:(A;;RR;;;SY)', 6, /ACE 1 of the DACL: RR are no rights; write a number such as 0x5, or aliases/],
    ['D:(A;;010;;;SY)', 6, /010 are no rights/],
    ['D:(A;;0x100000000;;;SY)', 6, /are no rights/],
    ['D:(A;;0x200000;;;SY)', 6, /the mask 0x200000 has bits that no ACE may have \(0x200000\)/],
    ['D:(A;;0x2000000;;;SY)', 6, /the mask 0x2000000 has bits that no ACE may have/],
    ['D:(A;;1;00112233-4455-6677-8899-aabbccddeeff;;SY)', 8, /only ACEs of types OA/],
    ['D:(OA;;1;0011;;SY)', 9, /0011 is no GUID/],
    ['S:(ML;;GA;;;HI)', 7, /GA are no rights.*NR NW NX/],
    ['D:(XA;;1;;;WD)', 13, /after the SID stands ; and then a condition/],
    ['D:(XA;;1;;;WD;#00)', 14, /8 for each 4 bytes/],
    ['D:(XA;;1;;;WD;a == 1)', 14, /stands in parentheses/],
    ['D:(XA;;1;;;WD;(a))', 16, /a comparison is missing here/],
    ['D:(XA;;1;;;WD;(a == ))', 20, /the name of an attribute is missing/],
    [`D:(XA;;1;;;WD;${'('.repeat(40)}a == 1${')'.repeat(40)})`, 47, /more than 32 parentheses/],
    ['S:(RA;;;;;BA;("n",TU,0,1))', 10, /a resource attribute has the SID WD/],
    ['S:(RA;;;;;WD;("n",QQ,0,1))', 18, /the types are TI TU TS/],
    ['D:(0x42;;#0)', 10, /pairs of hexadecimal digits/],
    ['D:(0;;#00000000)', 7, /the SID of ACE 1 of the DACL ends at byte 0/],
    [`D:${'(A;;1;;;SY)'.repeat(3300)}`, 0, /takes more than 65535 bytes/],
  ];
  for (const [text, at, problem] of cases) {
    const read = parseSddl(text);
    t.ok('problem' in read, text.slice(0, 60));
    t.match((read as SddlProblem).problem, problem);
    t.equal((read as SddlProblem).at, at, `${text.slice(0, 60)}: ${(read as SddlProblem).problem}`);
  }
});

/** Control bits that have words, of the lists that are there. */
const words = ({ dacl, sacl, control }: SecurityDescriptor): number =>
  control &
  ((dacl === null ? 0 : controlBit.daclProtected | controlBit.daclAutoInheritRequired | controlBit.daclAutoInherited) |
    (sacl === null ? 0 : controlBit.saclProtected | controlBit.saclAutoInheritRequired | controlBit.saclAutoInherited));

t.test('SEC-014 every descriptor comes back from its text, but for control bits that have no words', async (t) => {
  fc.assert(
    fc.property(anyDescriptor, (descriptor) => {
      const read = parsed(formatSddl(descriptor));
      const { control, resourceManager, ...parts } = descriptor;
      const { control: controlAgain, resourceManager: _, ...partsAgain } = read;
      t.strictSame(partsAgain, parts);
      t.equal(words(read), words(descriptor));
      t.equal(formatSddl(read), formatSddl(descriptor));
    }),
    { numRuns: 500 },
  );
});

t.test('SEC-014 what was read from a text is the same through its bytes', async (t) => {
  fc.assert(
    fc.property(anyDescriptor, (descriptor) => {
      const read = parsed(formatSddl(descriptor));
      t.strictSame(decodeDescriptor(encodeDescriptor(read)), read);
    }),
  );
});

t.test('SEC-028 no text makes the parser throw', async (t) => {
  const pieces = fc.constantFrom(
    'O:',
    'G:',
    'D:',
    'S:',
    '(',
    ')',
    ';',
    'A',
    'XA',
    'RA',
    'ML',
    'SY',
    'BA',
    '0x1',
    'GA',
    'S-1-5-18',
    '#00',
    '"',
    '{',
    '}',
    '&&',
    '||',
    '!',
    '@User.a',
    '==',
    '1',
    'Member_of',
    'SID(',
    ',',
    ' ',
    'é',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces, { maxLength: 30 }).map((all) => all.join('')),
        fc.string(),
      ),
      (text) => {
        const read = parseSddl(text);
        return 'problem' in read
          ? read.at >= 0 && read.at <= text.length && read.problem.length > 10
          : formatSddl(parsed(formatSddl(read))) === formatSddl(read);
      },
    ),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(anyDescriptor, fc.nat(), fc.string({ maxLength: 2 }), (descriptor, at, patch) => {
      const text = formatSddl(descriptor);
      const place = at % (text.length + 1);
      const read = parseSddl(text.slice(0, place) + patch + text.slice(place + 1));
      return 'problem' in read ? read.problem.length > 10 : read.control >= 0x8000;
    }),
    { numRuns: 2000 },
  );
  t.match(parseSddl('D:(A;;1;;;SY)'), { owner: null });
});

t.test('SEC-028 conditions that are damaged or deep have no text and come back by their bytes', async (t) => {
  const nested = (depth: number): string => {
    let inner = `04${'00'.repeat(8)}0302`;
    for (let level = 0; level < depth; level++) inner = `50${le(inner.length / 2)}${inner}`;
    return inner;
  };
  const le = (number: number): string => hex(new Uint8Array(Uint32Array.of(number).buffer));
  const deep = fromHex(`61727478${'50ffff0000'.repeat(5000)}`)!;
  for (const bytes of [
    fromHex('6172747889890000')!,
    fromHex(`61727478${'a2'.repeat(60000)}`)!,
    deep.subarray(0, deep.length - (deep.length % 4)),
    (() => {
      const body = fromHex(`61727478f802000000610088${nested(100)}88`)!;
      return body.subarray(0, body.length - (body.length % 4));
    })(),
  ]) {
    const descriptor = securityOf([aceOf('allow_callback', 1, 'S-1-1-0', { data: bytes })]);
    t.match(formatSddl(descriptor), /;WD;#6172/);
    t.strictSame(parsed(formatSddl(descriptor)).dacl, descriptor.dacl);
  }
});
