import t from 'tap';
import { live } from './life.ts';
import { mutations } from './mutations.ts';
import { makePlan } from './plan.ts';
import { shrink } from './shrink.ts';

const size = { services: 20, stimuli: 150 };
const firstSeed = 500;
const mostLives = 150;

t.setTimeout(600_000);

for (const { invariant, bug, options, noticed } of mutations) {
  t.test(`${invariant}: it is noticed when ${bug}, and the plan is shrunk to a short one`, async (t) => {
    let seed = firstSeed;
    const swept = { ...options, sweepEvery: 50 };
    while (live(makePlan(seed, size), swept).failure === null) {
      seed += 1;
      if (seed === firstSeed + mostLives) return t.fail(`not noticed in ${mostLives} lives`);
    }
    const long = makePlan(seed, size);
    t.match(live(long, swept).failure?.message, noticed);
    const closely = { ...options, sweepEvery: 1 };
    const short = shrink(long, closely, 150);
    t.match(live(short, closely).failure?.message, noticed);
    t.ok(short.stimuli.length + short.services.length < (long.stimuli.length + long.services.length) / 2, 'shorter');
    t.equal(live(short, { sweepEvery: 1 }).failure, null, 'without the bug the same life is fine');
    t.comment(
      `${live(short, closely).failure?.message} (seed ${seed}, ${short.services.length} services, ${short.stimuli.length} stimuli)`,
    );
  });
}
