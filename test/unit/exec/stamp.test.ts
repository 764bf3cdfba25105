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
