/** Every cell of the conflict table that a command can reach, typed by hand from the specification (PSD-007 8.2). */
import t from 'tap';
import type { OperationState } from '../../../../gen/service/types.ts';
import { matchEach } from '../../../support/lists.ts';
import type { Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

type Command = 'start' | 'stop' | 'restart' | 'reload' | 'reset';
interface Live {
  readonly rig: Rig;
  readonly id: string;
}

const waiting = (command: 'start' | 'restart'): Live => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db', { readiness: 'Notify' })]);
  return { rig, id: rig.accepted(command, 'web') };
};
const running = (command: 'stop' | 'restart' | 'reload'): Live => {
  const rig = createRig([define('web')]);
  rig.up('web');
  return { rig, id: rig.accepted(command, 'web') };
};

const live = {
  'start pending': () => waiting('start'),
  'start running': (): Live => {
    const rig = createRig([define('web', { readiness: 'Notify' })]);
    const id = rig.accepted('start', 'web');
    rig.runs('web');
    return { rig, id };
  },
  'stop running': () => running('stop'),
  'restart pending': () => waiting('restart'),
  'restart running': () => running('restart'),
  'reload running': () => running('reload'),
} as const;

/** What becomes of the live operation, and of the new one; null: there is none. */
type Cell = readonly [
  ids: string,
  live: keyof typeof live,
  command: Command,
  old: OperationState,
  fresh: OperationState | 'joined' | 'status' | 'refused',
  error?: string,
];
const later = 'superseded_by_later_operation';
const cells: readonly Cell[] = [
  ['OPC-001', 'start pending', 'start', 'pending', 'joined'],
  ['OPC-004 OPC-017', 'start pending', 'stop', 'cancelled', 'completed', later],
  ['OPC-012', 'start pending', 'restart', 'cancelled', 'pending', 'superseded_by_restart'],
  ['OPC-020', 'start pending', 'reload', 'pending', 'refused'],
  ['OPC-011', 'start pending', 'reset', 'pending', 'refused'],
  ['OPC-001', 'start running', 'start', 'running', 'joined'],
  ['OPC-005', 'start running', 'stop', 'aborted', 'running', later],
  ['OPC-013', 'start running', 'restart', 'running', 'pending'],
  ['OPC-020', 'start running', 'reload', 'running', 'refused'],
  ['OPC-011', 'start running', 'reset', 'running', 'refused'],
  ['OPC-006', 'stop running', 'start', 'running', 'pending'],
  ['OPC-002', 'stop running', 'stop', 'running', 'joined'],
  ['OPC-007', 'stop running', 'restart', 'running', 'pending'],
  ['OPC-020', 'stop running', 'reload', 'running', 'refused'],
  ['OPC-011', 'stop running', 'reset', 'running', 'refused'],
  ['OPC-010', 'restart pending', 'start', 'pending', 'joined'],
  ['OPC-008', 'restart pending', 'stop', 'cancelled', 'completed', later],
  ['OPC-016', 'restart pending', 'restart', 'pending', 'pending'],
  ['OPC-020', 'restart pending', 'reload', 'pending', 'refused'],
  ['OPC-011', 'restart pending', 'reset', 'pending', 'refused'],
  ['OPC-010', 'restart running', 'start', 'running', 'joined'],
  ['OPC-009', 'restart running', 'stop', 'aborted', 'running', later],
  ['OPC-016', 'restart running', 'restart', 'running', 'pending'],
  ['OPC-020', 'restart running', 'reload', 'running', 'refused'],
  ['OPC-011', 'restart running', 'reset', 'running', 'refused'],
  ['OPC-020', 'reload running', 'start', 'running', 'status'],
  ['OPC-014', 'reload running', 'stop', 'aborted', 'running', later],
  ['OPC-015', 'reload running', 'restart', 'aborted', 'running', later],
  ['OPC-003', 'reload running', 'reload', 'running', 'joined'],
  ['OPC-011', 'reload running', 'reset', 'running', 'refused'],
];

for (const [ids, name, command, old, fresh, error] of cells) {
  t.test(`${ids} OPC-021 ${name}, then ${command}: the live one ends ${old}, the new one is ${fresh}`, async (t) => {
    const { rig, id } = live[name]();
    t.equal(`${name.split(' ')[0]} ${rig.policy.operation(id)?.state}`, name);
    const answer = rig.command(command, 'web');
    t.equal(rig.policy.operation(id)?.state, old);
    t.equal(rig.policy.operation(id)?.error ?? undefined, error);
    if (answer.kind === 'settled') return t.equal(fresh, 'status');
    if (answer.kind === 'refused') {
      t.equal(answer.code, 'INVALID_STATE');
      return t.equal(fresh, 'refused');
    }
    if (answer.operation !== id) return t.equal(rig.policy.operation(answer.operation)?.state, fresh);
    t.equal(fresh, 'joined');
    const merged = rig.last.filter((effect) => effect.kind === 'operation-changed' && effect.operation.state === 'merged');
    matchEach(t, merged, [{ operation: { type: command, mergedInto: id } }], 'the request has a record of its own');
  });
}

t.test('OPC-017 a stop cancels all queued starts and restarts and joins the running stop', async (t) => {
  const rig = createRig([define('web')]);
  rig.up('web');
  const stop = rig.accepted('stop', 'web');
  const start = rig.accepted('start', 'web');
  const restart = rig.accepted('restart', 'web');
  t.equal(rig.policy.operation(start)?.state, 'cancelled', 'a restart supersedes the queued start');
  t.equal(rig.accepted('stop', 'web'), stop);
  t.equal(rig.policy.operation(restart)?.state, 'cancelled');
  rig.exits('web', 0);
  rig.empties('web');
  t.equal(rig.is('web'), 'inactive / explicit_stop');
  t.equal(rig.spawns('web'), 1);
});

t.test('OPC-006 OPC-012 a start queued behind a stop runs after it', async (t) => {
  const rig = createRig([define('web')]);
  rig.up('web');
  rig.accepted('stop', 'web');
  const start = rig.accepted('start', 'web');
  rig.exits('web', 0);
  rig.empties('web');
  t.equal(rig.view('web').state, 'starting');
  t.equal(rig.policy.operation(start)?.state, 'running');
  rig.runs('web');
  t.match(rig.policy.operation(start), { state: 'completed', result: 'active' });
});

t.test('OPC-013 OPC-016 two restarts behind a start are two restarts', async (t) => {
  const rig = createRig([define('web', { readiness: 'Notify' })]);
  rig.accepted('start', 'web');
  const ids = [rig.accepted('restart', 'web'), rig.accepted('restart', 'web')];
  t.not(ids[0], ids[1]);
  for (const _round of [1, 2]) {
    rig.runs('web');
    rig.notify('web', { ready: true });
    t.equal(rig.view('web').state, 'stopping', 'active, and told to end at once');
    rig.exits('web', 0);
    rig.empties('web');
  }
  rig.runs('web');
  rig.notify('web', { ready: true });
  t.equal(rig.spawns('web'), 3);
  t.same(
    ids.map((id) => rig.policy.operation(id)?.state),
    ['completed', 'completed'],
  );
});

t.test('OPC-016 CMD-084 in backoff a second restart joins the waiting one, and a deferred start gives way to it', async (t) => {
  const rig = createRig([define('web', { restartPolicy: 'OnFailure', restartDelay: 4 })]);
  rig.up('web');
  rig.exits('web', 1);
  rig.empties('web');
  const start = rig.accepted('start', 'web');
  const restart = rig.accepted('restart', 'web');
  t.equal(rig.policy.operation(start)?.error, 'superseded_by_restart');
  t.equal(rig.accepted('restart', 'web'), restart);
  rig.pass(3.9);
  t.equal(rig.spawns('web'), 1);
  rig.pass(0.2);
  rig.runs('web');
  t.same([rig.spawns('web'), rig.policy.operation(restart)?.state], [2, 'completed']);
});

for (const [ids, command, error] of [
  ['OPC-018', 'stop', later],
  ['OPC-019', 'restart', later],
] as const) {
  t.test(`${ids} a reload that is still pending, as no command leaves one, is cancelled by a ${command}`, async (t) => {
    const { rig, id } = running('reload');
    const reload = rig.policy.state.operations.get(id);
    if (reload === undefined) throw new Error('no reload');
    reload.record = { ...reload.record, state: 'pending', startedAt: null };
    const answer = rig.accepted(command, 'web');
    t.match(rig.policy.operation(id), { state: 'cancelled', error });
    t.match(rig.policy.operation(answer), { type: command, state: 'running' });
    t.equal(rig.view('web').state, 'stopping');
    rig.exits('web', 0);
    rig.empties('web');
    t.equal(rig.view('web').state, command === 'stop' ? 'inactive' : 'starting');
  });
}
