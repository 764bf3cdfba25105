import fc from 'fast-check';
import t from 'tap';
import { answerFrame, FrameReader } from '../../../../src/wire/jobs/frames.ts';

function requestFrame(id: number, token: number, body: string): Buffer {
  const text = Buffer.from(body);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(8 + text.length, 0);
  head.writeUInt32LE(id, 4);
  head.writeInt32LE(token, 8);
  return Buffer.concat([head, text]);
}

t.test('JFS-001 D-84 frames come out whole, in whatever pieces they come', async (t) => {
  const frame = fc.record({ id: fc.nat(), token: fc.integer({ min: -1, max: 1000 }), body: fc.string({ maxLength: 40 }) });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (frames, sizes) => {
      const bytes = Buffer.concat(frames.map(({ id, token, body }) => requestFrame(id, token, body)));
      const reader = new FrameReader(1000);
      const found: unknown[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        for (const { id, token, body } of reader.push(bytes.subarray(at, at + size)) ?? [])
          found.push({ id, token, body: body.toString() });
        at += size;
      }
      const wanted = frames.map(({ id, token, body }) => ({ id, token, body: Buffer.from(body).toString() }));
      return JSON.stringify(found) === JSON.stringify(wanted);
    }),
  );
  t.strictSame(answerFrame(7, 'ok'), Buffer.from([6, 0, 0, 0, 7, 0, 0, 0, 0x6f, 0x6b]));
});

t.test('D-84 a length that no frame has ends the reading before anything is kept', async (t) => {
  for (const length of [0, 7, 8 + 101, 0xffffffff]) {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(length);
    t.equal(new FrameReader(100).push(head), null, `${length}`);
  }
  t.equal(new FrameReader(100).push(requestFrame(1, 2, 'x'.repeat(100)))?.length, 1);
});
