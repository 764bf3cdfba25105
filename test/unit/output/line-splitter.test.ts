import fc from 'fast-check';
import t from 'tap';
import { LineSplitter } from '../../../src/output/line-splitter.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function split(limit: number, pieces: readonly string[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter(limit, (bytes, from, to) => lines.push(decoder.decode(bytes.subarray(from, to))));
  for (const piece of pieces) splitter.push(encoder.encode(piece));
  splitter.end();
  return lines;
}

t.test('LOG-008 a line above the limit is cut so that text and marker are exactly the limit, and the next line is whole', async (t) => {
  const lines = split(64, [`${'x'.repeat(100)}\nnext\n`]);
  t.strictSame(lines, [`${'x'.repeat(64 - 11)}[truncated]`, 'next']);
  t.equal(lines[0]?.length, 64);
});

t.test('LOG-008 a line of exactly the limit is not cut, one more byte is', async (t) => {
  t.strictSame(split(64, [`${'y'.repeat(64)}\n`]), ['y'.repeat(64)]);
  t.match(split(64, [`${'y'.repeat(65)}\n`])[0], /\[truncated\]$/);
});

t.test('LOG-008 a last line without a newline counts at the end of file, an empty rest does not', async (t) => {
  t.strictSame(split(64, ['a\nb']), ['a', 'b']);
  t.strictSame(split(64, ['a\n']), ['a']);
  t.strictSame(split(64, ['\n\n']), ['', '']);
});

t.test('however the bytes are cut into reads, the lines are the same', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z\n]{0,40}$/)), fc.integer({ min: 16, max: 40 }), (pieces, limit) => {
      const whole = split(limit, [pieces.join('')]);
      t.strictSame(split(limit, pieces), whole);
      t.strictSame(split(limit, [...pieces.join('')]), whole);
    }),
    { numRuns: 100 },
  );
});
