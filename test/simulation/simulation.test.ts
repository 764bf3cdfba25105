import t from 'tap';
import { commandNames, commands } from '../../gen/control/facts.ts';
import { errorCodeNames } from '../../gen/control/types.ts';
import { transitions } from '../../gen/service/facts.ts';
import { stateNames } from '../../gen/service/types.ts';
import { seenSteps } from './invariants/steps.ts';
import { live, seenAnswers } from './life.ts';
import type { Size } from './plan.ts';
import { makePlan } from './plan.ts';
import { describe, simulate } from './simulation.ts';

/** Machines of different sizes; events of all together. */
const shapes: readonly { readonly seed: number; readonly events: number; readonly size: Size }[] = [
  { seed: 1_000_000, events: 300_000, size: { services: 6, stimuli: 250 } },
  { seed: 2_000_000, events: 400_000, size: { services: 40, stimuli: 400 } },
  { seed: 3_000_000, events: 200_000, size: { services: 15, stimuli: 1500 } },
  { seed: 4_000_000, events: 150_000, size: { services: 700, stimuli: 1500 } },
];

t.setTimeout(300_000);

t.test(
  'ST-044 ST-054 ST-045 DEP-008 BOOT-037 BOOT-041 RST-006 RST-007 RST-008 SHUT-004 SHUT-010 SHUT-012 OPC-021 CTL-010 CTL-012 CTL-016 CMD-001 SEC-013 the invariants hold over a million events of random machines',
  async (t) => {
    let events = 0;
    let answered = 0;
    for (const { seed, events: wanted, size } of shapes) {
      const result = simulate({ seed, events: wanted, size });
      events += result.events;
      answered += result.answered;
      t.equal(result.failure, null, result.failure === null ? `seed ${seed}` : describe(result.failure, size));
      t.comment(
        `${result.events} events in ${result.lives} lives from seed ${seed}, policy ${(result.policyNs / result.events / 1000).toFixed(1)} us/event`,
      );
    }
    t.ok(events >= 1_000_000, `${events} events`);
    t.ok(answered >= 100_000, `${answered} answers`);
  },
);

t.test('the clients get nearly every kind of answer to every command, so that what is checked of them means something', async (t) => {
  for (const command of commandNames) t.ok(seenAnswers.has(`${command} ok`), `${command} ok`);
  for (const code of errorCodeNames) {
    const answers = [...seenAnswers].filter((answer) => answer.endsWith(` ${code}`));
    t.ok(answers.length > 0, `${code}: ${answers.join(', ')}`);
  }
  for (const { name, rights } of Object.values(commands))
    if (rights !== 0) t.ok(seenAnswers.has(`${name} ACCESS_DENIED`), `${name} denied`);
});

t.test('the random machines make nearly every step that the table lists, so that the invariants mean something', async (t) => {
  const listed = transitions.flatMap(({ from, to, causes }) => causes.map((cause) => `${from}>${to} ${cause}`));
  const unseen = listed.filter((step) => !seenSteps.has(step));
  t.comment(`not seen: ${unseen.join(', ')}`);
  t.ok(unseen.length <= 5, `${listed.length - unseen.length} of ${listed.length} steps`);
  for (const state of stateNames)
    t.ok(
      [...seenSteps].some((step) => step.includes(`>${state} `)),
      `${state} was reached`,
    );
});

t.test('a seed replays exactly', async (t) => {
  const plan = makePlan(77, { services: 20, stimuli: 200 });
  const [one, other] = [live(plan), live(plan)];
  t.equal(one.failure, null);
  t.equal(one.events, other.events);
  t.ok(one.events > 100);
});
