import t from 'tap';
import { createStamps } from '../../../src/exec/stamp.ts';
import { formatUuid } from '../../../src/policy/ids.ts';

function kernelAt(times: readonly bigint[]): Parameters<typeof createStamps>[0] {
  let at = 0;
  return {
    monotonicNs: () => 0n,
    realtimeNs: () => times[Math.min(at++, times.length - 1)] ?? 0n,
    random: (bytes: number) => new Uint8Array(bytes).fill(0xff),
  };
}

t.test('WIRE-037 ids are UUID version 7 and carry the milliseconds of the clock', async (t) => {
  const { idBase } = createStamps(kernelAt([1_700_000_000_123_456_789n]))();
  t.match(formatUuid(idBase), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.equal(idBase >> 80n, 1_700_000_000_123n);
});

t.test('WIRE-037 ids rise with room for 2^32 between them, also when the clock goes back', async (t) => {
  const stamps = createStamps(kernelAt([2_000_000_000_000_000_000n, 1_000_000_000_000_000_000n, 1_000_000_000_000_000_000n]));
  let last = 0n;
  for (let count = 0; count < 1000; count++) {
    const { idBase } = stamps();
    t.ok(idBase - last >= 1n << 32n, 'room');
    last = idBase;
  }
});

t.test('WIRE-037 the 30 random bits are those that the kernel gives, and a clock that stands counts up by 2^32', async (t) => {
  let next = 0;
  const stamps = createStamps({
    ...kernelAt([1_700_000_000_123_456_789n]),
    random: (bytes) => Uint8Array.from({ length: bytes }, () => next++ % 256),
  });
  const { idBase } = stamps();
  t.equal((idBase >> 32n) & 0x3fff_ffffn, 0x0001_0203n);
  t.equal((stamps().idBase >> 32n) & 0x3fff_ffffn, 0x0405_0607n);
  const standing = createStamps(kernelAt([1_700_000_000_123_456_789n]));
  const first = standing().idBase;
  t.equal(standing().idBase - first, 1n << 32n);
});
