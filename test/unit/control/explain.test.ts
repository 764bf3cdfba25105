/** The command explain: what the policy foresees, with the checks judged outside. */
import t from 'tap';
import type { Check } from '../../../src/policy/definition/definition.ts';
import type { Explanation } from '../../../src/policy/explain.ts';
import { openControlRoom } from '../../support/control-room.ts';

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
      },
    });
    policy.set('web');
    policy.explain = () => ({ outcome: 'starts', steps: [], checks, checkTimeoutSeconds: 5 });
    const answer = await (await client()).ask({ command: 'explain', service: 'web' });
    t.equal(answer['outcome'], outcome, JSON.stringify(verdicts));
    t.strictSame(asked, [[path('/one'), path('/two')]], 'the open ones are asked for');
  }
});
