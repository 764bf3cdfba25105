import t from 'tap';
import { live } from './life.ts';
import { notices } from './notices.ts';
import { plantedBugs } from './planted-bugs.ts';
import { shrink } from './shrink.ts';

t.setTimeout(900_000);

for (const { invariant, bug, options, noticed, from } of plantedBugs) {
  t.test(`${invariant}: it is noticed when ${bug}, and the plan is shrunk to a short one`, async (t) => {
    notices(t, { bugged: { live, shrink }, options, noticed, favour: undefined, from });
  });
}
