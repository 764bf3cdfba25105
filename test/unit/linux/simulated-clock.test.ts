import fc from 'fast-check';
import t from 'tap';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';

const seconds = (count: number): bigint => BigInt(count) * 1_000_000_000n;

/** `came` is what was told, with the seconds of the wall clock since the beginning. */
function createScene() {
  const { world, kernel } = createSimulatedKernel({ seed: 3, faults: [], disturbance: calm });
  const loop = createSimulatedLoop(world, (error) => {
    throw error;
  });
  const began = kernel.realtimeNs();
  const came: string[] = [];
  const note = (what: string): void => void came.push(`${what} at ${(kernel.realtimeNs() - began) / seconds(1)}`);
  const wait = (what: string, at: number) => loop.atRealtime(began + seconds(at), () => note(what));
  const set = (to: number): void => world.setRealtime(began + seconds(to));
  return { world, kernel, loop, came, note, wait, set };
}

t.test('TMR-038 the simulated wall clock fires by what it shows, and says when it was set', async (t) => {
  const { loop, came, note, wait, set } = createScene();
  wait('ten', 10);
  wait('hundred', 100);
  loop.runFor(9_500);
  t.strictSame(came, []);
  loop.runFor(1_000);
  t.strictSame(came.splice(0), ['ten at 10']);
  loop.onClockSet(() => note('set'));
  set(500);
  loop.runFor(1);
  t.strictSame(came.splice(0), ['set at 500', 'hundred at 500'], 'a step over it makes it due');
  wait('six hundred', 600);
  set(200);
  loop.runFor(100_500);
  t.strictSame(came.splice(0), ['set at 200'], 'a step back takes it along');
  loop.runFor(300_000);
  t.strictSame(came.splice(0), ['six hundred at 600']);
  set(1000);
  set(2000);
  loop.runFor(1);
  t.strictSame(came.splice(0), ['set at 2000'], 'how often is not told');
});

t.test('a simulated machine whose wall clock nobody waits for has nothing to do, also where sets are listened for', async (t) => {
  const { loop, came, note, wait, set } = createScene();
  set(100);
  loop.onClockSet(() => note('set'));
  t.equal(loop.step(), false, 'what was before is not told');
  wait('one', 200).cancel();
  t.equal(loop.step(), false);
  set(300);
  t.equal(loop.step(), true);
  t.strictSame(came, ['set at 300']);
  t.equal(loop.step(), false);
});

t.test(
  'deadlines of the monotonic clock do not care how the wall clock is set, and those of the wall clock never come early',
  async (t) => {
    const step = fc.record({ after: fc.integer({ min: 1, max: 50 }), to: fc.integer({ min: 1, max: 500 }) });
    const property = fc.property(
      fc.array(step, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 8 }),
      (steps, waits) => {
        const { loop, kernel, came, note, wait, set } = createScene();
        const began = kernel.monotonicNs();
        loop.at(began + seconds(60), () => void came.push(`a minute at ${(kernel.monotonicNs() - began) / seconds(1)}`));
        const early: bigint[] = [];
        const first = kernel.realtimeNs();
        for (const at of waits) {
          loop.atRealtime(first + seconds(at), () => {
            if (kernel.realtimeNs() < first + seconds(at)) early.push(BigInt(at));
          });
        }
        loop.onClockSet(() => note('set'));
        for (const { after, to } of steps) {
          loop.runFor(after * 1000);
          set(to);
        }
        wait('the end', 600);
        loop.runFor(600_000);
        return (
          early.length === 0 &&
          came.includes('a minute at 60') &&
          came.at(-1) === 'the end at 600' &&
          came.filter((text) => text.startsWith('set')).length === steps.length &&
          loop.pending.deadlines === 0
        );
      },
    );
    t.doesNotThrow(() => fc.assert(property));
  },
);
