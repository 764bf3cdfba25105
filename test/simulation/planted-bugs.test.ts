import type { Test } from 'tap';
import t from 'tap';
import { bugsInSource } from './bugs-in-source.ts';
import type { LifeOptions } from './life.ts';
import { live } from './life.ts';
import { makePlan } from './plan.ts';
import type { Planted } from './planted.ts';
import { plant } from './planted.ts';
import { plantedBugs } from './planted-bugs.ts';
import { shrink } from './shrink.ts';

const size = { services: 20, stimuli: 150 };
const firstSeed = 500;
/** Some bugs show in few lives only. */
const mostLives = 1000;

t.setTimeout(900_000);

/** The bug is noticed in one of the lives, and what is left of its plan is short and fine without it. */
function notices(test: Test, bugged: Planted, options: LifeOptions, noticed: RegExp): void {
  let seed = firstSeed;
  const swept = { ...options, sweepEvery: 50 };
  while (bugged.live(makePlan(seed, size), swept).failure === null) {
    seed += 1;
    if (seed === firstSeed + mostLives) return void test.fail(`not noticed in ${mostLives} lives`);
  }
  const long = makePlan(seed, size);
  test.match(bugged.live(long, swept).failure?.message, noticed);
  const closely = { ...options, sweepEvery: 1 };
  const short = bugged.shrink(long, closely, 400);
  const { failure } = bugged.live(short, closely);
  test.match(failure?.message, noticed);
  test.ok(short.stimuli.length + short.services.length < (long.stimuli.length + long.services.length) / 2, 'shorter');
  test.equal(live(short, { sweepEvery: 1 }).failure, null, 'without the bug the same life is fine');
  test.comment(`${failure?.message} (seed ${seed}, ${short.services.length} services, ${short.stimuli.length} stimuli)`);
}

for (const { invariant, bug, options, noticed } of plantedBugs) {
  t.test(`${invariant}: it is noticed when ${bug}, and the plan is shrunk to a short one`, async (t) => {
    notices(t, { live, shrink }, options, noticed);
  });
}

for (const { rule, bug, edits, noticed } of bugsInSource) {
  t.test(`the rule of ${rule}: it is noticed when ${bug}, and the plan is shrunk to a short one`, async (t) => {
    notices(t, await plant(edits), {}, noticed);
  });
}
