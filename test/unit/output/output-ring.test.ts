import fc from 'fast-check';
import t from 'tap';
import type { OutputLine, Writer } from '../../../src/output/output-ring.ts';
import { OutputRing } from '../../../src/output/output-ring.ts';

const web: Writer = { origin: { service: 'web', part: null, index: null }, job: 'j', isError: false };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (ring: OutputRing): string[] => ring.lines().map((each) => new TextDecoder().decode(each.text));

t.test('LOG-005 a full ring drops its oldest lines and counts them', async (t) => {
  const ring = new OutputRing(1 << 20);
  const count = 20_000;
  for (let at = 0; at < count; at++) ring.push(web, 0n, bytes(`line ${at} ${'x'.repeat(80)}`));
  const kept = texts(ring);
  t.ok(ring.dropped > 0);
  t.equal(ring.dropped + kept.length, count);
  t.match(kept.at(-1), /^line 19999 /);
  t.match(kept[0], new RegExp(`^line ${ring.dropped} `));
});

t.test('what is kept is the end of what was said, each line with who said it and when', async (t) => {
  const writers = Array.from({ length: 4 }, (_, index): Writer => ({ ...web, job: `job-${index}`, isError: index % 2 === 1 }));
  const said = fc.array(fc.tuple(fc.nat(3), fc.nat(90)), { maxLength: 200 });
  fc.assert(
    fc.property(said, fc.integer({ min: 120, max: 400 }), (lines, capacity) => {
      const ring = new OutputRing(capacity);
      const all = lines.map(([who, length], index): OutputLine => {
        const text = bytes(`${index}:${'x'.repeat(length)}`);
        return { ...(writers[who] ?? web), at: BigInt(index), text };
      });
      all.forEach((line, index) => {
        const around = Uint8Array.from([1, 2, ...line.text, 3]);
        ring.push(writers[lines[index]?.[0] ?? 0] ?? web, line.at, around, 2, 2 + line.text.length);
      });
      t.strictSame(ring.lines(), all.slice(ring.dropped));
      const held = all.slice(ring.dropped).reduce((sum, { text }) => sum + text.length + 16, 0);
      const next = all[ring.dropped - 1];
      t.ok(held <= capacity && (next === undefined || held + next.text.length + 16 > capacity - 110), 'no more is dropped than must be');
    }),
    { numRuns: 200 },
  );
});

t.test('a line that is longer than all of the ring is kept in part', async (t) => {
  const ring = new OutputRing(64);
  ring.push(web, 0n, bytes('before'));
  ring.push(web, 0n, bytes('x'.repeat(100)));
  t.strictSame(texts(ring), ['x'.repeat(48)]);
});
