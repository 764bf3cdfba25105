/** What must not compile: an instant of one clock where one of the other belongs. tsc refuses an expectation that is not met. */
import t from 'tap';
import type { MonotonicNs, RealtimeNs, Stamp } from '../../../src/policy/time.ts';
import { after } from '../../../src/policy/time.ts';

const stamp: Stamp = { monotonic: 5n as MonotonicNs, realtime: 7n, idBase: 0n };

t.test('an instant stays on its clock, and the clocks do not mix', async (t) => {
  const deadline: MonotonicNs = after(stamp.monotonic, 3n);
  const wall: RealtimeNs = after(stamp.realtime, 3n);
  t.strictSame([deadline, wall], [8n, 10n]);
  // @ts-expect-error a deadline of the wall clock
  const one: MonotonicNs = after(stamp.realtime, 3n);
  // @ts-expect-error a time of day of the monotonic clock
  const two: RealtimeNs = after(stamp.monotonic, 3n);
  // @ts-expect-error a deadline out of nothing
  const three: MonotonicNs = 3n;
  t.strictSame([one, two, three], [10n, 8n, 3n]);
});
