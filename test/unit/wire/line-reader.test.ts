import t from 'tap';
import { createLineReader } from '../../../src/wire/line-reader.ts';

/** Feeds pieces through one shared buffer, as the server does, and gives the lines, and whether the limit was passed. */
function read(limit: number, pieces: readonly (string | Uint8Array)[]): { lines: string[]; tooLong: boolean; held: number } {
  const shared = Buffer.alloc(1 + Math.max(...pieces.map((piece) => Buffer.byteLength(piece))));
  const reader = createLineReader(limit);
  const lines: string[] = [];
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    shared.fill(0x0a);
    shared.set(bytes);
    reader.push(shared, bytes.length);
    for (;;) {
      const found = reader.next();
      if (found === 'too-long') return { lines, tooLong: true, held: reader.held };
      if (found === 'more') break;
      lines.push(reader.bytes.toString('utf8', reader.start, reader.end));
    }
    reader.keep();
  }
  return { lines, tooLong: false, held: reader.held };
}

t.test('CTL-002 lines come out the same however the bytes are cut', async (t) => {
  const text = 'one\n\ntwo äöü\r\nthree\n\nrest';
  const whole = ['one', '', 'two äöü\r', 'three', ''];
  t.strictSame(read(100, [text]), { lines: whole, tooLong: false, held: 4 });
  const bytes = Buffer.from(text);
  for (let size = 1; size < bytes.length; size++) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
    t.strictSame(read(100, pieces), { lines: whole, tooLong: false, held: 4 }, `pieces of ${size} bytes`);
  }
});

t.test('CTL-011 the limit counts bytes without the newline, with and without one in sight', async (t) => {
  t.strictSame(read(8, ['12345678\n']).lines, ['12345678']);
  t.equal(read(8, ['123456789\n']).tooLong, true);
  t.equal(read(8, ['12345678']).tooLong, false);
  t.equal(read(8, ['123456789']).tooLong, true);
  t.equal(read(8, ['1234', '5678', '\n']).tooLong, false);
  t.equal(read(8, ['1234', '5678', '9']).tooLong, true);
  t.equal(read(8, ['1234', '56789\nnext\n']).tooLong, true);
  t.strictSame(read(8, ['ok\n1234', '567890']).lines, ['ok'], 'lines before it were served');
  t.equal(read(8, ['äöüß\n']).tooLong, false);
  t.equal(read(8, ['äöüßx\n']).tooLong, true);
});

t.test('CTL-011 never more than the limit and one piece is held', async (t) => {
  const reader = createLineReader(1000);
  const piece = Buffer.alloc(300, 'x');
  for (let n = 0; n < 3; n++) {
    reader.push(piece, piece.length);
    t.equal(reader.next(), 'more');
    reader.keep();
    t.ok(reader.bytes.length <= 1300, `${reader.bytes.length} bytes for ${reader.held} held`);
  }
  reader.push(piece, piece.length);
  t.equal(reader.next(), 'too-long');
  t.equal(reader.held, 900, 'the piece that passed the limit was not stored');
  t.equal(reader.next(), 'too-long', 'and it stays so');
});

t.test('CTL-016 lines left in a piece survive its reuse', async (t) => {
  const reader = createLineReader(100);
  const shared = Buffer.from('first\nsecond\nthird\npart');
  reader.push(shared, shared.length);
  t.equal(reader.next(), 'line');
  reader.keep();
  shared.fill(0);
  const rest: string[] = [];
  while (reader.next() === 'line') {
    rest.push(reader.bytes.toString('utf8', reader.start, reader.end));
    reader.keep();
  }
  t.strictSame(rest, ['second', 'third']);
  t.equal(reader.held, 4);
  const more = Buffer.from('ial\nlast\n');
  reader.push(more, more.length);
  t.equal(reader.next(), 'line');
  t.equal(reader.bytes.toString('utf8', reader.start, reader.end), 'partial');
  t.equal(reader.next(), 'line');
  t.equal(reader.bytes.toString('utf8', reader.start, reader.end), 'last');
  t.equal(reader.next(), 'more');
  reader.keep();
  t.equal(reader.bytes.length, 0, 'at rest it holds nothing');
});

t.test('a line of many kilobytes in small pieces costs little', async (t) => {
  const reader = createLineReader(4_194_304);
  const piece = Buffer.alloc(16, 'y');
  let allocated = 0;
  let last = reader.bytes;
  for (let n = 0; n < 65_536; n++) {
    reader.push(piece, piece.length);
    if (reader.next() !== 'more') t.fail(`a line after ${n} pieces`);
    reader.keep();
    if (reader.bytes !== last) allocated++;
    last = reader.bytes;
  }
  t.ok(allocated < 30, `${allocated} buffers for a megabyte`);
});

t.test('a reader says whether it may hold a line: from each piece on, until it was asked in vain', async (t) => {
  const reader = createLineReader(4);
  const states = [reader.pending];
  const note = (): number => states.push(reader.pending);
  reader.push(Buffer.from('a\nb'), 3);
  note();
  t.equal(reader.next(), 'line');
  note();
  t.equal(reader.next(), 'more');
  note();
  reader.push(Buffer.from('cdefg'), 5);
  note();
  t.equal(reader.next(), 'too-long');
  note();
  reader.clear();
  note();
  t.strictSame(states, [false, true, true, false, true, false, false]);
});
