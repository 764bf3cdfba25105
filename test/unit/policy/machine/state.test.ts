/** The state as plain data, and faults that stay with one service. */
import t from 'tap';
import { contain, containFault } from '../../../../src/policy/containment.ts';
import { createModel } from '../../../../src/policy/model.ts';
import { internal, request } from '../../../../src/policy/operations/requests.ts';
import { createPolicy } from '../../../../src/policy/policy.ts';
import type { Service } from '../../../../src/policy/state.ts';
import { ImpossibleStep, step } from '../../../../src/policy/steps.ts';
import type { MonotonicNs } from '../../../../src/policy/time.ts';
import type { Turn } from '../../../../src/policy/turn.ts';
import { createTurn, intend } from '../../../../src/policy/turn.ts';
import { workOff } from '../../../../src/policy/work/work-off.ts';
import { matchEach, ofKind } from '../../../support/lists.ts';
import type { Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';
import { reach } from '../../../support/states.ts';

t.test('the whole state can be copied, and a policy continues from the copy', async (t) => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db', { readiness: 'Notify' })]);
  const id = rig.accepted('start', 'web');
  rig.runs('db');
  const copy = createPolicy({ state: structuredClone(rig.policy.state) });
  const event = { kind: 'notified', job: rig.spawned('db').job, assignments: [{ member: 'ready', value: true }] } as const;
  const stamp = { monotonic: rig.now as MonotonicNs, realtime: rig.now, idBase: 7n << 64n };
  t.same(copy.handle(event, stamp).effects, rig.policy.handle(event, stamp).effects);
  t.equal(copy.operation(id)?.state, 'running');
});

t.test('FDS-010 EXEC-023 effects name a service by one key, however its name is written and however that changes', async (t) => {
  const rig = createRig([define('LPSD', { execStartPre: [['/bin/hook']] }), define('app')]);
  rig.command('start', 'lpsd');
  rig.ends('LPSD/ExecStartPre[0]', 0);
  rig.empties('LPSD');
  rig.load([define('Lpsd', { execStartPre: [['/bin/hook']] }), define('app')]);
  rig.runs('LPSD');
  rig.command('stop', 'LPSd');
  rig.exits('LPSD', 0);
  rig.empties('Lpsd');
  rig.load([define('app')]);
  const keys = rig.effects.flatMap((effect) => ('key' in effect ? [`${effect.kind} ${effect.key}`] : []));
  t.strictSame(
    Array.from(new Set(keys)).sort(),
    ['clear-fd-store', 'job-changed', 'service-changed', 'service-discarded', 'spawn'].map((kind) => `${kind} lpsd`),
  );
  t.equal(rig.policy.service('LPSD'), null);
});

/** A turn of its own on the state of a rig. */
function turnOf({ policy: { state }, now }: Rig): Turn {
  return createTurn(state, createModel(state), { monotonic: now as MonotonicNs, realtime: now, idBase: 9n << 64n });
}

const serviceOf = ({ policy }: Rig, key: string): Service => policy.state.services.get(key)!;

/** No service becomes failed of that cause: working on it is a fault. */
const impossible = { kind: 'condemn', cause: 'explicit_start', message: 'a test' } as const;

t.test(
  'ST-044 ST-054 an impossible step is contained to its service: its tree is killed, its operations end, it becomes failed',
  async (t) => {
    const rig = createRig([define('web'), define('app')]);
    rig.up('web');
    rig.up('app');
    const reload = rig.accepted('reload', 'web');
    const turn = turnOf(rig);
    const service = serviceOf(rig, 'web');
    try {
      step(turn, service, 'completed', 'explicit_start');
      t.fail('the step was made');
    } catch (fault) {
      t.ok(fault instanceof ImpossibleStep);
      containFault(turn, fault, undefined, 'a test');
    }
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

t.test('ST-044 ST-054 what other services had queued in the turn of an impossible step still happens', async (t) => {
  const rig = createRig([define('bad'), define('app'), define('web', { requires: ['app'] }), define('db')]);
  rig.up('db');
  const turn = turnOf(rig);
  request(turn, serviceOf(rig, 'web'), internal('start', 'boot'));
  intend(turn, { ...impossible, service: 'bad' });
  request(turn, serviceOf(rig, 'db'), internal('stop', 'admin'));
  workOff(turn);
  t.equal(rig.is('bad'), 'failed / validation_error');
  t.equal(rig.view('app').state, 'starting', 'it was demanded after the fault');
  t.equal(rig.view('db').state, 'stopping', 'its stop was behind the fault');
  t.strictSame(
    turn.effects.flatMap((effect) => (effect.kind === 'report' ? [effect.service] : [])),
    ['bad'],
  );
  t.strictSame([turn.intentions, turn.work], [[], []]);
});

t.test('ST-054 a fault at a draining tree is put down to the service that left it', async (t) => {
  const rig = createRig([define('Web')]);
  rig.up('Web');
  rig.exits('Web', 1);
  rig.pass(4);
  const leaks = serviceOf(rig, 'web').leaks as unknown as { some: unknown };
  leaks.some = () => {
    throw new Error('broken');
  };
  rig.pass(2);
  t.match(rig.effects.filter(({ kind }) => kind === 'report').at(-1), { text: /internal error at service Web: Error: broken/ });
});

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

t.test('ST-044 containment works in every state, and leaves it only by a step of the table', async (t) => {
  const after = Object.entries(reach).map(([state, open]) => {
    const rig = open();
    const turn = turnOf(rig);
    contain(turn, serviceOf(rig, 'web'), 'a test');
    workOff(turn);
    return `${state}: ${rig.is('web')}`;
  });
  t.strictSame(after, [
    'inactive: failed / validation_error',
    'starting: failed / process_crash',
    'active: failed / process_crash',
    'reloading: failed / process_crash',
    'stopping: failed / conflict_eviction',
    'completed: completed / explicit_start',
    'backoff: backoff / process_crash',
    'failed: failed / process_crash',
    'abandoned: abandoned / process_unkillable',
    'skipped: skipped / condition_skipped',
  ]);
});
