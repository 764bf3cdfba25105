/** Lives of timers; PEINIT_SEED=n repeats a run, TIMER_LIVES=n has n of each kind instead of four. */
import type { Test } from 'tap';
import t from 'tap';
import { seeded } from '../../support/random.ts';
import type { Lived, Shape } from './life.ts';
import { liveWithTimers, zones } from './life.ts';

const { seed } = seeded();
const lives = Number(process.env['TIMER_LIVES'] ?? 4);
t.comment(`PEINIT_SEED=${seed}`);
t.setTimeout(Math.max(900_000, lives * 200_000));

const add = (sum: Lived, { events, firings, catchUps, pendingRuns, boots }: Lived): Lived => ({
  events: sum.events + events,
  firings: sum.firings + firings,
  catchUps: sum.catchUps + catchUps,
  pendingRuns: sum.pendingRuns + pendingRuns,
  boots: sum.boots + boots,
  failure: null,
});
const nothing: Lived = { events: 0, firings: 0, catchUps: 0, pendingRuns: 0, boots: 0, failure: null };

function lived(test: Test, shapes: readonly Shape[]): Lived {
  return shapes
    .map((shape) => {
      const life = liveWithTimers(shape);
      test.equal(life.failure, null, `seed ${shape.seed}, clock ${shape.clock}, ${shape.zone}`);
      return life;
    })
    .reduce(add, nothing);
}

const some = (clock: Shape['clock'], length: number): readonly Shape[] =>
  Array.from({ length: lives }, (_, at) => ({
    seed: (seed + at) % 2 ** 31,
    clock,
    length,
    zone: zones[(seed + at) % zones.length] ?? 'UTC',
  }));

t.test('TMR-023 TMR-025 TMR-026 TMR-028 TMR-029 TMR-037 TMR-039 TMR-040 however the clock is set, each time is served once', async (t) => {
  const { events, firings, catchUps, pendingRuns, boots } = lived(t, some('set', 150));
  t.comment(`${events} events, ${firings} firings, ${catchUps} caught up, ${pendingRuns} pending runs, ${boots} boots`);
  t.ok(firings > 20 * lives);
});

t.test('TMR-008 TMR-038 so it is when the machine moves from zone to zone', async (t) => {
  const { events, firings, boots } = lived(t, some('zones', 150));
  t.comment(`${events} events, ${firings} firings, ${boots} boots`);
  t.ok(firings > 20 * lives);
});

t.test('TMR-014 TMR-015 TMR-039 so it is around every change of seven zones from 2000 to 2047', async (t) => {
  const { events, firings } = lived(
    t,
    zones.map((zone, at) => ({ seed: (seed + at) % 2 ** 31, clock: 'changes', zone, length: 200 })),
  );
  t.comment(`${events} events, ${firings} firings`);
  t.ok(firings > 200);
});

t.test('a seed replays exactly', async (t) => {
  const shape: Shape = { seed, clock: 'set', zone: 'Europe/Berlin', length: 30 };
  t.strictSame(liveWithTimers(shape), liveWithTimers(shape));
});
