/** Lines in native code, against the plain words of the twin: the same bytes for whatever a service may write. */
import { constants } from 'node:os';
import fc from 'fast-check';
import t from 'tap';
import type { Lines } from '../../../src/kernel/kernel.ts';
import { findLines, jsonLines } from '../../../src/linux/simulated/lines.ts';
import { kernel as real } from './support.ts';

/** What makes trouble: ends of lines, what JSON escapes, and every way not to be UTF-8. */
const troublesome: readonly (readonly number[])[] = [
  [10],
  [10, 10],
  [13, 10],
  [0],
  [9],
  [8],
  [12],
  [27, 91, 51, 49, 109],
  [31],
  [32],
  [34],
  [92],
  [127],
  // Whole: two, three and four bytes, the first and the last of each, and a mark of the byte order.
  [0xc2, 0x80],
  [0xdf, 0xbf],
  [0xe0, 0xa0, 0x80],
  [0xed, 0x9f, 0xbf],
  [0xee, 0x80, 0x80],
  [0xef, 0xbf, 0xbf],
  [0xe2, 0x80, 0xa8],
  [0xef, 0xbb, 0xbf],
  [0xf0, 0x90, 0x80, 0x80],
  [0xf4, 0x8f, 0xbf, 0xbf],
  // Alone, too long, of surrogates, beyond the last, never a lead; and each as far as it goes.
  [0x80],
  [0xbf],
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xe0, 0x80, 0x80],
  [0xe0, 0x9f, 0xbf],
  [0xed, 0xa0, 0x80],
  [0xed, 0xbf, 0xbf],
  [0xf0, 0x80, 0x80, 0x80],
  [0xf0, 0x8f, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xf8],
  [0xfe],
  [0xff],
  [0xc2],
  [0xe0],
  [0xe0, 0xa0],
  [0xe1, 0x80],
  [0xf0],
  [0xf0, 0x90],
  [0xf1, 0x80, 0x80],
  [0xf4, 0x8f],
];

const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...troublesome).map((bytes) => Uint8Array.from(bytes)) },
  { weight: 3, arbitrary: fc.stringMatching(/^[ -~]{0,40}$/).map((text) => new TextEncoder().encode(text)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((text) => new TextEncoder().encode(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9000 }).map((length) => new Uint8Array(length).fill(0x6c)) },
);

/** Bytes, and a part of them. */
const text = fc.tuple(fc.array(piece, { size: 'max', maxLength: 40 }), fc.nat(40), fc.nat(40)).map(([pieces, before, after]) => {
  const bytes = Buffer.concat([Buffer.alloc(before, '\n\x80"'), ...pieces, Buffer.alloc(after, '"\x80\n')]);
  return { bytes: new Uint8Array(bytes), from: before, to: bytes.length - after };
});

t.test('lines are found where they are in what is read', async (t) => {
  const pipe = real.pipe({ nonblockingRead: true, capacity: 1 << 20 });
  if (typeof pipe === 'number') throw new Error(`pipe: ${pipe}`);
  const [readEnd, writeEnd] = pipe;
  t.teardown(() => real.close(readEnd));
  const property = fc.property(text, fc.nat(100), ({ bytes, from, to }, at) => {
    if (from === to) return;
    real.write(writeEnd, bytes, from, to - from);
    const into = new Uint8Array(at + to - from + 2).fill(10);
    const found = Int32Array.of(-1, -1, -1, -1);
    t.equal(real.readLines(readEnd, into, at, to - from + 1, found), to - from);
    const expected = Int32Array.of(-1, -1, -1, -1);
    findLines(into, at, at + to - from, expected);
    t.strictSame(found, expected);
    t.ok(Buffer.from(into).equals(Buffer.concat([Buffer.alloc(at, 10), bytes.subarray(from, to), Buffer.alloc(2, 10)])));
  });
  fc.assert(property, { numRuns: 500 });
  const read = (most: number): unknown => {
    const [into, found] = [new Uint8Array(14), new Int32Array(4)];
    return [real.readLines(readEnd, into, 2, most, found), [...found]];
  };
  t.strictSame(read(12), [-constants.errno.EAGAIN, [0, 0, 0, 0]]);
  real.write(writeEnd, Buffer.from('ab\n\ncdef\nghi'), 0, 12);
  t.strictSame(read(10), [10, [3, 4, 11, 4]]);
  t.strictSame(read(10), [2, [0, 0, 0, 0]]);
  real.close(writeEnd);
  t.strictSame(read(12), [0, [0, 0, 0, 0]], 'end of file');
});

const twin: Written = { jsonLines };
type Written = Pick<Lines, 'jsonLines'>;

function written(lines: Written, { bytes, from, to }: { bytes: Uint8Array; from: number; to: number }, at: number, room: number): unknown {
  const into = new Uint8Array(at + room).fill(1);
  const inexact = Int32Array.of(-1);
  const length = lines.jsonLines(into, at, bytes, from, to, '[0,', ']', inexact);
  return length < 0 ? length : [length, inexact[0], Buffer.from(into.subarray(0, at + length)).toString('latin1')];
}

t.test(
  'WIRE-041 lines become JSON as every decoder and encoder of the language makes it, and those that are no UTF-8 are counted',
  async (t) => {
    const property = fc.property(text, fc.nat(20), (part, at) => {
      const room = (part.to - part.from) * 6 + 4096;
      t.strictSame(written(real, part, at, room), written(twin, part, at, room));
    });
    fc.assert(property, { numRuns: 500 });
    // Each of them before each other.
    const pairs = new Uint8Array(troublesome.flatMap((one) => troublesome.flatMap((other) => [97, ...one, ...other, 98, 10])));
    const all = { bytes: pairs, from: 0, to: pairs.length };
    t.strictSame(written(real, all, 0, pairs.length * 16), written(twin, all, 0, pairs.length * 16));
    const line = new Uint8Array([...Buffer.from('a"\\\x1b é'), 0xff, 10, 0x62, 10]);
    const json = Buffer.from('[0,"a\\"\\\\\\u001b é\ufffd"],[0,"b"]');
    t.strictSame(written(real, { bytes: line, from: 0, to: line.length }, 0, 100), [json.length, 1, json.toString('latin1')]);
  },
);

t.test('lines for which there is no room are not written in part', async (t) => {
  const property = fc.property(text, fc.nat(200), (part, room) => {
    t.strictSame(written(real, part, 3, room), written(twin, part, 3, room));
  });
  fc.assert(property, { numRuns: 300 });
  const line = Buffer.from('abc\n');
  const part = { bytes: line, from: 0, to: 4 };
  t.equal(written(real, part, 0, 8), -constants.errno.ENOSPC);
  t.strictSame(written(real, part, 0, 9), [9, 0, '[0,"abc"]']);
});

t.test('what does not lie in the bytes is refused', async (t) => {
  const bytes = Buffer.from('abc\n');
  const found = new Int32Array(4);
  const refused = -constants.errno.EINVAL;
  for (const [from, to] of [
    [-1, 2],
    [0, 5],
    [3, 2],
    [2 ** 32, 2 ** 33],
  ] as const) {
    t.equal(real.readLines(0, bytes, from, to - from, found), refused);
    t.equal(real.jsonLines(new Uint8Array(100), 0, bytes, from, to, '', '', found), refused);
  }
  t.equal(real.readLines(0, bytes, 0, 4, new Int32Array(3)), refused);
  t.equal(real.jsonLines(new Uint8Array(100), 101, bytes, 0, 4, '', '', found), refused);
  t.equal(real.jsonLines(new Uint8Array(100), 0, bytes, 0, 4, '', '', new Int32Array(0)), refused);
});
