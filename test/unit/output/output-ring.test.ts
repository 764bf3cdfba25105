import t from 'tap';
import type { OutputLine } from '../../../src/output/output-ring.ts';
import { OutputRing } from '../../../src/output/output-ring.ts';

const web = { service: 'web', part: null, index: null };
const line = (text: string): OutputLine => ({ origin: web, job: 'j', isError: false, at: 0n, text: new TextEncoder().encode(text) });
const texts = (ring: OutputRing): string[] => ring.lines().map((each) => new TextDecoder().decode(each.text));

t.test('LOG-005 a full ring drops its oldest lines and counts them', async (t) => {
  const ring = new OutputRing(1 << 20);
  const count = 20_000;
  for (let at = 0; at < count; at++) ring.push(line(`line ${at} ${'x'.repeat(80)}`));
  const kept = texts(ring);
  t.ok(ring.dropped > 0);
  t.equal(ring.dropped + kept.length, count);
  t.match(kept.at(-1), /^line 19999 /);
  t.match(kept[0], new RegExp(`^line ${ring.dropped} `));
});
