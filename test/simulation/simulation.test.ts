import t from 'tap';
import { commandNames, commands } from '../../gen/control/facts.ts';
import { errorCodeNames } from '../../gen/control/types.ts';
import { stateNames } from '../../gen/service/types.ts';
import { listedTexts } from '../support/transitions.ts';
import { seenSteps } from './invariants/steps.ts';
import type { Rule } from './life.ts';
import { live, seenAnswers } from './life.ts';
import type { Size } from './plan.ts';
import { makePlan } from './plan.ts';
import type { SimulationResult } from './simulation.ts';
import { describe, simulate } from './simulation.ts';

/** Machines of different sizes; events of all together. */
const shapes: readonly { readonly seed: number; readonly events: number; readonly size: Size }[] = [
  { seed: 1_000_000, events: 300_000, size: { services: 6, stimuli: 250 } },
  { seed: 2_000_000, events: 400_000, size: { services: 40, stimuli: 400 } },
  { seed: 3_000_000, events: 200_000, size: { services: 15, stimuli: 1500 } },
  { seed: 4_000_000, events: 150_000, size: { services: 700, stimuli: 1500 } },
];

t.setTimeout(600_000);

let lived: readonly (SimulationResult & { readonly size: Size })[] | null = null;

/** All lives, once for whoever comes first. */
const lives = (): NonNullable<typeof lived> =>
  (lived ??= shapes.map(({ seed, events, size }) => ({ ...simulate({ seed, events, size }), size })));

t.test('the lives are a million events, and a hundred thousand answers to clients', async (t) => {
  for (const { events, lives: count, policyNs, size, failure } of lives()) {
    t.comment(`${events} events in ${count} lives of ${size.services} services, policy ${(policyNs / events / 1000).toFixed(1)} us/event`);
    if (failure !== null) t.comment(describe(failure, size));
    t.equal(failure?.message, undefined);
  }
  const sum = (of: 'events' | 'answered'): number => lives().reduce((total, result) => total + result[of], 0);
  t.ok(sum('events') >= 1_000_000, `${sum('events')} events`);
  t.ok(sum('answered') >= 100_000, `${sum('answered')} answers`);
});

/** What the lives show; each rule is shown to notice bugs in planted-bugs.test.ts. */
const claims: readonly (readonly [ids: string, rule: Rule, claim: string])[] = [
  ['ST-044 ST-054 PRIN-001', 'steps', 'only listed steps are made, each from where the last one led, and no event is an internal error'],
  ['ST-045 BOOT-041', 'processes', 'nothing starts before what it requires satisfies, and no process outlives its service'],
  ['DEP-005', 'wants', 'who wants a service waits for it'],
  ['DEP-008', 'bindings', 'nothing stays up without what it is bound to'],
  ['DEP-011 DEP-013', 'conflicts', 'services in conflict never run together'],
  ['DEP-003 DEP-006', 'reasons', 'a service leaves active only for a reason'],
  ['DEP-002 ST-018', 'failures', 'a failure reaches those that require the service and are starting'],
  ['CAUSE-026', 'handlers', 'a final failure starts the handler, and nothing else does'],
  ['GEN-003', 'snapshots', 'a start uses the definition that it began with'],
  ['RST-006 RST-007 RST-008', 'restarts', 'budgets and delays are exact, and an exhausted critical service reboots the machine once'],
  ['BOOT-037', 'runs', 'never more than MaxParallelStarts are on their way, and who waits is waited for'],
  ['BOOT-048', 'confirmation', 'a boot counts once, when the critical services that begin it have held for the grace'],
  ['O-22', 'aborts', 'a start that is cut short with AbortMode Stop is asked to end, waits for what is left, and fails as without it'],
  ['O-20 O-21 O-25', 'stops', 'a stop asks before it kills, asks everybody once, and says whom it had to kill'],
  ['SHUT-004 SHUT-010 SHUT-012', 'shutdown', 'a shutdown starts nothing, stops dependents first, and ends in time'],
  ['OP-014', 'operations', 'operations end once, run one at a time, and expire when their lifetime is over and only while they wait'],
  [
    'OPC-021 CTL-010 CTL-012 CTL-016 CMD-001',
    'clients',
    'every request is answered once, in order, by the rules, and no connection too many',
  ],
  [
    'SEC-006 SEC-007 SEC-009 SEC-013 SEC-028 PRIN-005 PRIN-006 PRIN-007 O-29',
    'clients',
    'whoever may not do a thing changes nothing and leaves a record, and whoever may not query a service learns nothing of it',
  ],
  [
    'JFS-010 JFS-011 JFS-012 JFS-013 O-93',
    'jobs',
    'an ad-hoc job ends once and in time, none is one too many, and nothing outlives its job',
  ],
  [
    'EVT-011 EVT-015',
    'events',
    'every event follows its causes: what it names was told of, and an operation begins behind the end of the last',
  ],
  [
    'LOG-002 LOG-003 LOG-008 LOG-014 LOG-015 LOG-016 LOG-017 WIRE-041 WIRE-042',
    'output',
    'lines and events reach the event daemon once and in order or are told as dropped, and nobody waits for one that keeps nothing',
  ],
  ['', 'memory', 'memory returns to where it was'],
  ['', null, 'nothing is thrown'],
];

for (const [ids, rule, claim] of claims) {
  t.test(`${ids} ${claim}`.trim(), async (t) => {
    const broken = lives().flatMap(({ failure }) => (failure !== null && failure.rule === rule ? [failure.message] : []));
    t.strictSame(broken, []);
  });
}

t.test('the clients get nearly every kind of answer to every command, so that what is checked of them means something', async (t) => {
  lives();
  for (const command of commandNames) t.ok(seenAnswers.has(`${command} ok`), `${command} ok`);
  for (const code of errorCodeNames) {
    const answers = [...seenAnswers].filter((answer) => answer.endsWith(` ${code}`));
    t.ok(answers.length > 0, `${code}: ${answers.join(', ')}`);
  }
  for (const { name, rights } of Object.values(commands))
    if (rights !== 0) t.ok(seenAnswers.has(`${name} ACCESS_DENIED`), `${name} denied`);
});

t.test(
  'event daemons are handed over lines and events, lose some and get some twice, so that the rules on them mean something',
  async (t) => {
    const sum = (of: keyof SimulationResult['handedOver']): number => lives().reduce((total, { handedOver }) => total + handedOver[of], 0);
    t.comment(`${sum('lines')} lines and ${sum('events')} events, ${sum('lost')} lost, ${sum('doubles')} twice`);
    t.ok(sum('lines') >= 10_000 && sum('events') >= 50_000, 'handed over');
    t.ok(sum('lost') >= 500 && sum('doubles') >= 5, 'lost, or twice');
  },
);

t.test('the random machines make nearly every step that the table lists, so that the invariants mean something', async (t) => {
  lives();
  const unseen = listedTexts.filter((step) => !seenSteps.has(step));
  t.comment(`not seen: ${unseen.join(', ')}`);
  t.ok(unseen.length <= 5, `${listedTexts.length - unseen.length} of ${listedTexts.length} steps`);
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
