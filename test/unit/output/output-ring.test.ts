import fc from 'fast-check';
import t from 'tap';
import type { Burst, Writer } from '../../../src/output/output-ring.ts';
import { OutputRing } from '../../../src/output/output-ring.ts';

const web: Writer = { origin: { service: 'web', part: null, index: null }, job: 'j', isError: false };
const writers: readonly Writer[] = Array.from({ length: 4 }, (_, index) => ({ ...web, job: `job-${index}`, isError: index % 2 === 1 }));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

type Told = Omit<Burst, 'bytes'> & { readonly text: string };

const told = ({ bytes, ...rest }: Burst): Told => ({ ...rest, text: new TextDecoder().decode(bytes) });

function sendAll(ring: OutputRing): Told[] {
  const all: Told[] = [];
  for (let burst = ring.next(); burst !== null; burst = ring.next()) {
    all.push(told(burst));
    ring.sent();
  }
  return all;
}

/** As a reader does it: room for more than comes, and the lines somewhere in it. */
function keep(ring: OutputRing, writer: Writer, at: bigint, text: string, before: number, behind: number): void {
  const from = ring.reserve(before + text.length + behind) + before;
  ring.memory.fill(63, from - before, from + text.length + behind);
  ring.memory.set(bytes(text), from);
  const start = ring.commit(writer, at, from, from + text.length, text.split('\n').length - 1);
  if (Buffer.from(ring.memory.subarray(start, start + text.length)).toString() !== text) throw new Error('it lies elsewhere');
}

function push(ring: OutputRing, writer: Writer, at: bigint, text: string): void {
  const around = bytes(`\n?${text}!`);
  ring.push(writer, at, around, 2, around.length - 1, text.split('\n').length - 1);
}

t.test('LOG-005 LOG-007 a full ring drops its oldest bursts, and the ids tell how many lines were lost', async (t) => {
  const ring = new OutputRing(1 << 20);
  const count = 20_000;
  for (let at = 0; at < count; at += 2) push(ring, web, 0n, `line ${at} ${'x'.repeat(80)}\nline ${at + 1} ${'x'.repeat(80)}\n`);
  t.equal(ring.lastId, count);
  const kept = sendAll(ring);
  const first = kept[0]?.firstId ?? 0;
  t.ok(first > 10_000 && first % 2 === 1, `the first one kept is ${first}`);
  t.strictSame(
    kept.map(({ firstId }) => firstId),
    Array.from({ length: (count - first + 1) / 2 }, (_, index) => first + 2 * index),
  );
  t.match(kept[0]?.text, new RegExp(`^line ${first - 1} `));
  t.match(kept.at(-1)?.text, /^line 19998 .*\nline 19999 x*\n$/);
  t.ok(ring.heldBytes <= ring.capacity && ring.heldBytes > 0.95 * ring.capacity);
});

type Command =
  | { readonly kind: 'push'; readonly who: number; readonly lengths: readonly number[]; readonly around: [number, number] | null }
  | { readonly kind: 'reserve'; readonly bytes: number }
  | { readonly kind: 'send' | 'rewind' }
  | { readonly kind: 'acknowledge'; readonly back: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      who: fc.nat(3),
      lengths: fc.array(fc.nat(60), { minLength: 1, maxLength: 4 }),
      /** Room before and behind it; null: it is pushed as it is. */
      around: fc.option(fc.tuple(fc.nat(40), fc.nat(200))),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reserve' as const), bytes: fc.nat(400) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('send' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rewind' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), back: fc.nat(12) }) },
);

const largestRoom = 600;
const blockOf = ({ text }: Told): number => 32 + Math.ceil(text.length / 8) * 8;
const sum = (all: readonly number[]): number => all.reduce((total, each) => total + each, 0);

t.test(
  'LOG-007 LOG-015 LOG-017 the end of what was pushed is held; it is sent in order, again after a loss, and freed when acknowledged',
  async (t) => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120, size: 'max' }), fc.integer({ min: 128, max: 250 }), (commands, eighths) => {
        const ring = new OutputRing(eighths * 8, 256);
        /** What must be there, oldest first, and how many of them were sent. */
        let held: Told[] = [];
        let sent = 0;
        let lastId = 0;
        const leave = (count: number): void => {
          held = held.slice(count);
          sent = Math.max(0, sent - count);
        };
        /** The oldest made way for a burst, in so much room, and no more of them than must. */
        const dropFor = (needed: number, burst: Told | null): void => {
          let dropped = 0;
          while (sum(held.slice(dropped).map(blockOf)) + (burst === null ? 0 : blockOf(burst)) > ring.heldBytes) dropped++;
          if (dropped > 0) {
            const before = sum(held.slice(dropped - 1).map(blockOf));
            // The gap at the end of the memory is smaller than what did not fit there.
            const isVain = before + needed + largestRoom > ring.memory.length;
            t.ok(isVain || (burst !== null && before + blockOf(burst) > ring.capacity), 'no more is dropped than must be');
          }
          leave(dropped);
        };
        for (const each of commands) {
          switch (each.kind) {
            case 'push': {
              const text = each.lengths.map((length, index) => `${String.fromCharCode(97 + index).repeat(length)}\n`).join('');
              const writer = writers[each.who] ?? web;
              const burst = { writer, at: BigInt(lastId), firstId: lastId + 1, lines: each.lengths.length, text };
              if (each.around === null) push(ring, writer, burst.at, text);
              else keep(ring, writer, burst.at, text, ...each.around);
              lastId += burst.lines;
              dropFor(blockOf(burst) + sum(each.around ?? []), burst);
              held.push(burst);
              break;
            }
            case 'reserve':
              ring.reserve(each.bytes);
              dropFor(each.bytes + 32, null);
              break;
            case 'send':
              if (sent < held.length) sent++;
              ring.sent();
              break;
            case 'rewind':
              sent = 0;
              ring.rewind();
              break;
            case 'acknowledge': {
              const id = lastId - each.back;
              ring.acknowledge(id);
              leave(held.findIndex(({ firstId, lines }) => firstId + lines - 1 > id) >>> 0);
              break;
            }
          }
          const unsent = held.slice(sent);
          t.strictSame(
            {
              held: ring.heldBytes,
              lastId: ring.lastId,
              next: told(ring.next() ?? { writer: web, at: -1n, firstId: -1, lines: 0, bytes: bytes('') }),
              unsent: writers.map((writer) => ring.unsentBytesOf(writer)),
            },
            {
              held: sum(held.map(blockOf)),
              lastId,
              next: unsent[0] ?? { writer: web, at: -1n, firstId: -1, lines: 0, text: '' },
              unsent: writers.map((writer) => sum(unsent.filter((burst) => burst.writer === writer).map(({ text }) => text.length))),
            },
          );
          t.ok(ring.heldBytes <= ring.capacity);
        }
        t.strictSame(sendAll(ring), held.slice(sent));
        ring.rewind();
        t.strictSame(sendAll(ring), held);
      }),
      { numRuns: 200 },
    );
  },
);

t.test('a burst that is larger than a quarter of the ring is kept as several', async (t) => {
  const ring = new OutputRing(1024);
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index} ${'x'.repeat(index)}\n`);
  push(ring, web, 5n, lines.join(''));
  const kept = sendAll(ring);
  t.ok(kept.length >= 3 && kept.every(({ text, lines }) => text.length <= 256 && text.split('\n').length - 1 === lines));
  t.strictSame(
    kept.map(({ firstId }) => firstId),
    kept.map((_burst, index) => 31 - sum(kept.slice(index).map(({ lines }) => lines))),
  );
  t.equal(kept.map(({ text }) => text).join(''), lines.slice(30 - sum(kept.map(({ lines }) => lines))).join(''));
});

t.test('a line may be as long as the ring, no longer', async (t) => {
  const ring = new OutputRing(1024);
  push(ring, web, 0n, 'before\n');
  push(ring, web, 0n, `a\nb\n${'x'.repeat(ring.longestLine)}\nc\n`);
  t.strictSame(
    sendAll(ring).map(({ firstId, text }) => [firstId, text.length]),
    [[5, 2]],
  );
  push(ring, web, 0n, `${'x'.repeat(ring.longestLine)}\n`);
  t.strictSame(
    sendAll(ring).map(({ firstId, text }) => [firstId, text.length]),
    [[6, 992]],
  );
  t.throws(() => push(ring, web, 0n, `${'x'.repeat(ring.longestLine + 1)}\n`), RangeError);
});
