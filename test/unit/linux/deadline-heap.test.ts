import fc from 'fast-check';
import t from 'tap';
import type { DeadlineEntry } from '../../../src/linux/deadline-heap.ts';
import { createDeadlineHeap } from '../../../src/linux/deadline-heap.ts';

t.test('deadlines come out by instant, equal ones in order of arrival, and removed ones never', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(fc.record({ instant: fc.integer({ min: 0, max: 20 }), remove: fc.boolean() }), { maxLength: 60 }), (actions) => {
        const heap = createDeadlineHeap();
        const entries: DeadlineEntry[] = [];
        for (const { instant, remove } of actions) {
          entries.push(heap.add(BigInt(instant), () => {}));
          const victim = entries[Math.floor(entries.length / 2)]!;
          if (remove && heap.remove(victim)) entries.splice(entries.indexOf(victim), 1);
        }
        const expected = [...entries].sort((a, b) => Number(a.instant - b.instant) || a.sequence - b.sequence);
        return (
          heap.takeDue(20n).every((entry, index) => entry === expected[index]) && expected.length === entries.length && heap.size === 0
        );
      }),
    ),
  );
});

t.test('only what is due by the given instant is taken', async (t) => {
  const heap = createDeadlineHeap();
  for (const instant of [30n, 10n, 20n]) heap.add(instant, () => {});
  t.same(
    heap.takeDue(20n).map((entry) => entry.instant),
    [10n, 20n],
  );
  t.equal(heap.first()?.instant, 30n);
  t.same(heap.takeDue(29n), []);
});

t.test('removing twice, or after it was taken, says so and harms nothing', async (t) => {
  const heap = createDeadlineHeap();
  const first = heap.add(1n, () => {});
  const second = heap.add(2n, () => {});
  t.equal(heap.remove(first), true);
  t.equal(heap.remove(first), false);
  t.same(heap.takeDue(5n), [second]);
  t.equal(heap.remove(second), false);
  t.equal(heap.size, 0);
});
