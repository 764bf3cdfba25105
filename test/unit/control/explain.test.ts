/** The command explain: what the policy foresees, with the checks judged outside. */
import t from 'tap';
import type { Check } from '../../../src/policy/definition/definition.ts';
import type { Explanation } from '../../../src/policy/explain.ts';
import { openControlRoom } from '../../support/control-room.ts';
import { until } from '../../support/wait.ts';

const path = (argument: string): Check => ({ type: 'path', argument });
const checks: Explanation['checks'] = [
  { kind: 'condition', check: path('/one'), holds: null },
  { kind: 'condition', check: { type: 'registry', argument: 'Machine\\X' }, holds: true },
  { kind: 'assert', check: path('/two'), holds: null },
];

t.test('a condition that does not hold skips, else an assert that does not fails, else the policy is right', async (t) => {
  for (const [verdicts, outcome] of [
    [[true, true], 'starts'],
    [[false, true], 'skips'],
    [[true, false], 'fails'],
    [[false, false], 'skips'],
    [null, 'skips'],
  ] as const) {
    const asked: (readonly Check[])[] = [];
    const { client, policy } = openControlRoom(t, {
      check(some, _seconds, _service, done) {
        asked.push(some);
        done(verdicts);
        return () => {};
      },
    });
    policy.set('web');
    policy.explain = () => ({ outcome: 'starts', steps: [], checks, checkTimeoutSeconds: 5 });
    const answer = await (await client()).ask({ command: 'explain', service: 'web' });
    t.equal(answer['outcome'], outcome, JSON.stringify(verdicts));
    t.strictSame(asked, [[path('/one'), path('/two')]], 'the open ones are asked for');
  }
});

t.test('every check is a step that says whether it holds, and one that was not judged says that', async (t) => {
  const known: Explanation['checks'] = [
    ...checks,
    { kind: 'assert', check: { type: 'registry', argument: 'Machine\\Y' }, holds: false },
    { kind: 'condition', check: path('/known'), holds: true },
  ];
  const step = (verdict: string, text: string) => ({ verdict, subject: text.split(' ')[1], text });
  const [registry, missing, last] = [
    step('holds', 'Conditions: registry:Machine\\X holds'),
    step('blocks', 'Asserts: registry:Machine\\Y does not hold'),
    step('holds', 'Conditions: path:/known holds'),
  ];
  for (const [verdicts, one, two] of [
    [[true, false], step('holds', 'Conditions: path:/one holds'), step('blocks', 'Asserts: path:/two does not hold')],
    [[false, true], step('blocks', 'Conditions: path:/one does not hold'), step('holds', 'Asserts: path:/two holds')],
    [null, step('blocks', 'Conditions: path:/one was not judged in time'), step('blocks', 'Asserts: path:/two was not judged in time')],
  ] as const) {
    const asked: unknown[] = [];
    const { client, policy } = openControlRoom(t, {
      check(_some, seconds, service, done) {
        asked.push([seconds, service]);
        done(verdicts);
        return () => {};
      },
    });
    policy.set('web');
    const steps = [step('starts', 'a first thing'), step('waits', 'another later'), step('waits', 'the last')] as never;
    policy.explain = () => ({ outcome: 'starts', steps, checks: known, checkTimeoutSeconds: 7 });
    const answer = await (await client()).ask({ command: 'explain', service: 'web' });
    t.strictSame(answer['steps'], [steps[0], one, registry, two, missing, last, steps[1], steps[2]]);
    t.strictSame(asked, [[7, 'web']]);
  }
});

t.test('without an open check nobody is asked, and without a step there is none', async (t) => {
  const { client, policy } = openControlRoom(t, {
    check() {
      t.fail('nothing is open');
      return () => {};
    },
  });
  policy.set('web');
  policy.explain = () => ({ outcome: 'noop', steps: [], checks: [], checkTimeoutSeconds: 7 }) as never;
  const answer = await (await client()).ask({ command: 'explain', service: 'web' });
  t.strictSame([answer['outcome'], answer['steps']], ['noop', []]);
});

t.test('for a client that has left nothing is looked at any more, and nothing that only tells is asked', async (t) => {
  let asked = 0;
  let cancelled = 0;
  const { client, policy } = openControlRoom(t, {
    check() {
      asked += 1;
      return () => void cancelled++;
    },
  });
  policy.set('web');
  policy.explain = () => ({ outcome: 'starts', steps: [], checks, checkTimeoutSeconds: 5 });
  const one = await client();
  const asks = ['explain', 'status', 'explain'].map((command) => ({ command, service: 'web' }));
  one.send(...asks, { command: 'list' }, { command: 'subscribe' }, { command: 'stop', service: 'web' });
  await until('the first one', () => asked === 1);
  let told = 0;
  const services = policy.services.bind(policy);
  policy.services = () => {
    told += 1;
    return services();
  };
  one.close();
  await until('the stop', () => policy.events.some(({ kind }) => kind === 'command'));
  t.strictSame([asked, cancelled, told], [1, 1, 0]);
});

t.test('what stands in the registry and is not in force is a step of its own', async (t) => {
  const { client, policy } = openControlRoom(t, { refusedChanges: () => 'nothing was changed: web is broken.' });
  policy.set('web');
  policy.explain = () => ({ outcome: 'starts', steps: [], checks: [], checkTimeoutSeconds: 7 });
  const answer = await (await client()).ask({ command: 'explain', service: 'web' });
  t.strictSame(answer['steps'], [
    { verdict: 'ignored', subject: 'web', text: 'changes of the registry are not taken over: nothing was changed: web is broken.' },
  ]);
});
