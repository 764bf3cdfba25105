import fc from 'fast-check';
import t from 'tap';
import { findLines } from '../../../src/linux/simulated/lines.ts';
import { LineSplitter } from '../../../src/output/line-splitter.ts';

/** As others read it: room for the unfinished line before what is read, and something behind it that is left from before. */
function split(limit: number, pieces: readonly (string | Uint8Array)[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter(limit, (bytes, from, to, count) => {
    const taken = Buffer.from(bytes.subarray(from, to)).toString('latin1').split('\n');
    if (taken.pop() !== '' || taken.length !== count) throw new Error(`no ${count} whole lines`);
    lines.push(...taken);
  });
  for (const piece of pieces) {
    const read = Buffer.from(piece);
    const from = splitter.pendingBytes;
    const memory = Buffer.alloc(from + read.length + 8, '*\n');
    read.copy(memory, from);
    const found = new Int32Array(4);
    findLines(memory, from, from + read.length, found);
    splitter.push(memory, from, from + read.length, found);
  }
  splitter.end();
  return lines;
}

/** The same, one byte after the other. LOG-008. */
function splitSlowly(limit: number, text: Buffer): string[] {
  const lines = text.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.length > limit ? `${line.slice(0, limit - 11)}[truncated]` : line));
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
  t.strictSame(split(16, ['x'.repeat(40)]), [`${'x'.repeat(5)}[truncated]`]);
  t.strictSame(split(16, ['x'.repeat(16)]), ['x'.repeat(16)]);
});

t.test('LOG-008 however the bytes are cut into reads, the lines are the same, whatever the bytes are', async (t) => {
  const piece = fc.oneof(
    fc.stringMatching(/^[a-z\n]{0,40}$/).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 30, max: 70 }).map((length) => Buffer.alloc(length, 'l')),
  );
  fc.assert(
    fc.property(fc.array(piece, { size: 'max', maxLength: 30 }), fc.integer({ min: 16, max: 60 }), (pieces, limit) => {
      const text = Buffer.concat(pieces);
      const expected = splitSlowly(limit, text);
      t.strictSame(split(limit, pieces), expected);
      t.strictSame(split(limit, [text]), expected);
      t.strictSame(
        split(
          limit,
          [...text].map((byte) => Uint8Array.of(byte)),
        ),
        expected,
      );
    }),
    { numRuns: 200 },
  );
});
