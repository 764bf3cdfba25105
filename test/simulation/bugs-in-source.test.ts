import t from 'tap';
import { bugsInSource } from './bugs-in-source.ts';
import { notices } from './notices.ts';
import { plant } from './planted.ts';

t.setTimeout(900_000);

for (const { rule, bug, edits, noticed, favour, from } of bugsInSource) {
  t.test(`the rule of ${rule}: it is noticed when ${bug}, and the plan is shrunk to a short one`, async (t) => {
    notices(t, { bugged: await plant(edits), options: {}, noticed, favour, from });
  });
}
