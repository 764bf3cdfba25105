/** The state as plain data, and faults that stay with one service. */
import t from 'tap';
import { contain } from '../../../../src/policy/containment.ts';
import { createModel } from '../../../../src/policy/model.ts';
import { createPolicy } from '../../../../src/policy/policy.ts';
import { workOff } from '../../../../src/policy/reactions.ts';
import { step } from '../../../../src/policy/steps.ts';
import { createTurn } from '../../../../src/policy/turn.ts';
import { matchEach, ofKind } from '../../../support/lists.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

t.test('the whole state can be copied, and a policy continues from the copy', async (t) => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db', { readiness: 'Notify' })]);
  const id = rig.accepted('start', 'web');
  rig.runs('db');
  const copy = createPolicy({ state: structuredClone(rig.policy.state) });
  const event = { kind: 'notified', job: rig.spawned('db').job, assignments: [{ member: 'ready', value: true }] } as const;
  const stamp = { monotonic: rig.now, realtime: rig.now, idBase: 7n << 64n };
  t.same(copy.handle(event, stamp).effects, rig.policy.handle(event, stamp).effects);
  t.equal(copy.operation(id)?.state, 'running');
});

t.test(
  'ST-044 ST-054 an impossible step is contained to its service: its tree is killed, its operations end, it becomes failed',
  async (t) => {
    const rig = createRig([define('web'), define('app')]);
    rig.up('web');
    rig.up('app');
    const reload = rig.accepted('reload', 'web');
    const { state } = rig.policy;
    const turn = createTurn(state, createModel(state), { monotonic: rig.now, realtime: rig.now, idBase: 9n << 64n });
    const service = state.services.get('web');
    if (service === undefined) return t.fail('no service');
    t.equal(step(turn, service, 'completed', 'explicit_start'), false);
    workOff(turn);
    matchEach(t, ofKind(turn.effects, 'report'), [
      { level: 'error', console: true, text: /internal error at service web: step from reloading to completed/ },
    ]);
    t.ok(turn.effects.some((effect) => effect.kind === 'kill-cgroup' && effect.part === 'tree'));
    t.equal(rig.is('web'), 'failed / process_crash');
    t.equal(rig.policy.operation(reload)?.state, 'aborted');
    t.equal(rig.view('app').state, 'active');
    t.match(rig.command('start', 'web'), { kind: 'accepted' }, 'it can be started again');
  },
);

t.test('ST-054 an exception while an event is handled stays with the service of that event', async (t) => {
  const rig = createRig([define('web'), define('app')]);
  rig.up('web');
  const service = rig.policy.state.services.get('web');
  if (service?.activation === undefined || service.activation === null) return t.fail('no activation');
  Object.defineProperty(service.activation, 'definition', {
    get: () => {
      throw new Error('broken');
    },
    configurable: true,
  });
  rig.exits('web', 1);
  matchEach(t, ofKind(rig.last, 'report'), [{ text: /internal error at service web/ }]);
  t.equal(rig.view('web').state, 'failed');
  rig.up('app');
  t.equal(rig.view('app').state, 'active');
});

t.test('a deadline that comes early is not lost', async (t) => {
  const rig = createRig([define('web', { readiness: 'Notify', startTimeout: 5 })]);
  rig.command('start', 'web');
  rig.runs('web');
  rig.now += 4_999_999_000n;
  const deadline = { kind: 'start', subject: 'web' } as const;
  rig.send({ kind: 'deadline', deadline });
  t.strictSame(rig.last, [{ kind: 'arm-deadline', deadline, clock: 'monotonic', at: rig.now + 1000n }]);
  t.equal(rig.view('web').state, 'starting');
});

t.test('containment works in every state without throwing', async (t) => {
  const rig = createRig([define('web')]);
  const { state } = rig.policy;
  const service = state.services.get('web');
  if (service === undefined) return t.fail('no service');
  const turn = createTurn(state, createModel(state), { monotonic: rig.now, realtime: rig.now, idBase: 9n << 64n });
  contain(turn, service, 'a test');
  workOff(turn);
  t.equal(rig.is('web'), 'failed / validation_error');
});
