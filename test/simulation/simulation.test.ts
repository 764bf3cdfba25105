import t from 'tap';
import { transitions } from '../../gen/service/facts.ts';
import { stateNames } from '../../gen/service/types.ts';
import type { Effect } from '../../src/policy/effects.ts';
import { seenSteps } from './invariants/steps.ts';
import { live } from './life.ts';
import type { Size } from './plan.ts';
import { makePlan } from './plan.ts';
import { shrink } from './shrink.ts';
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
  'ST-044 ST-054 ST-045 BOOT-037 BOOT-041 RST-006 RST-008 SHUT-004 SHUT-010 SHUT-012 OPC-021 the invariants hold over a million events of random machines',
  async (t) => {
    let events = 0;
    for (const { seed, events: wanted, size } of shapes) {
      const result = simulate({ seed, events: wanted, size });
      events += result.events;
      t.equal(result.failure, null, result.failure === null ? `seed ${seed}` : describe(result.failure, size));
      t.comment(
        `${result.events} events in ${result.lives} lives from seed ${seed}, policy ${(result.policyNs / result.events / 1000).toFixed(1)} us/event`,
      );
    }
    t.ok(events >= 1_000_000, `${events} events`);
  },
);

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

const faults: readonly { readonly name: string; readonly tamper: (effect: Effect) => readonly Effect[]; readonly message: RegExp }[] = [
  {
    name: 'nothing is killed',
    tamper: (effect) => (effect.kind === 'kill-cgroup' ? [] : [effect]),
    message: /lives in tree|was not even killed|did not end/,
  },
  {
    name: 'an operation ends twice',
    tamper: (effect) => (effect.kind === 'operation-changed' && effect.operation.state === 'completed' ? [effect, effect] : [effect]),
    message: /was over and became/,
  },
  {
    name: 'a step is left out',
    tamper: (effect) => (effect.kind === 'service-changed' && effect.to === 'stopping' ? [] : [effect]),
    message: /made a step from|without a step|its steps led to/,
  },
  {
    name: 'a main process is spawned twice',
    tamper: (effect) => (effect.kind === 'spawn' && effect.type === 'service_main' ? [effect, effect] : [effect]),
    message: /second main process/,
  },
  {
    name: 'the end of the stops is not told',
    tamper: (effect) => (effect.kind === 'services-stopped' ? [] : [effect]),
    message: /the shutdown did not end/,
  },
  {
    name: 'stop deadlines are never armed',
    tamper: (effect) => (effect.kind === 'arm-deadline' && effect.key.startsWith('stop:') ? [] : [effect]),
    message: /after 450 s of calm|is still|did not end|armed/,
  },
];
for (const { name, tamper, message } of faults) {
  t.test(`the invariants notice when ${name}, and the plan is shrunk to a short one`, async (t) => {
    const size = { services: 20, stimuli: 150 };
    let seed = 500;
    while (live(makePlan(seed, size), { tamper, sweepEvery: 50 }).failure === null) {
      seed += 1;
      if (seed === 600) return t.fail('not noticed in a hundred lives');
    }
    const long = makePlan(seed, size);
    const short = shrink(long, { tamper, sweepEvery: 1 }, 300);
    t.match(live(short, { tamper, sweepEvery: 1 }).failure?.message, message);
    t.ok(short.stimuli.length + short.services.length < long.stimuli.length + long.services.length, 'shorter');
  });
}
