/** A planted bug is looked for in one life after another, and its plan made short. */
import type { Test } from 'tap';
import type { Favour } from './favours.ts';
import type { LifeOptions } from './life.ts';
import { live } from './life.ts';
import type { Plan } from './plan.ts';
import { makePlan } from './plan.ts';
import type { Planted } from './planted.ts';

const size = { services: 20, stimuli: 150 };
const usualSeed = 500;
/** Some bugs show in few lives only. */
const mostLives = 300;

export interface Bug {
  readonly bugged: Planted;
  readonly options: LifeOptions;
  readonly noticed: RegExp;
  /** Its moments are rare: what makes them frequent. */
  readonly favour: Favour | undefined;
  /** The first life that it is looked for in. */
  readonly from: number | undefined;
}

/** The bug is noticed in one of the lives, and what is left of its plan is short and fine without it. */
export function notices(test: Test, { bugged, options, noticed, favour = (plan) => plan, from = usualSeed }: Bug): void {
  const planOf = (seed: number): Plan => favour(makePlan(seed, size));
  const swept = { ...options, sweepEvery: 50 };
  let seed = from;
  let long = planOf(seed);
  let first = bugged.live(long, swept).failure;
  while (first === null) {
    seed += 1;
    if (seed === from + mostLives) return void test.fail(`not noticed in ${mostLives} lives`);
    long = planOf(seed);
    first = bugged.live(long, swept).failure;
  }
  test.match(first.message, noticed);
  const closely = { ...options, sweepEvery: 1 };
  const short = bugged.shrink(long, closely, 400);
  const { failure } = bugged.live(short, closely);
  test.match(failure?.message, noticed);
  test.ok(short.stimuli.length + short.services.length < (long.stimuli.length + long.services.length) / 2, 'shorter');
  test.equal(live(short, { sweepEvery: 1 }).failure, null, 'without the bug the same life is fine');
  test.comment(`${failure?.message} (seed ${seed}, ${short.services.length} services, ${short.stimuli.length} stimuli)`);
}
