/** Operations: lifetimes, retention, what their records say. PSD-007 8.1. */
import t from 'tap';
import { createRig, define } from '../../../support/policy-rig.ts';

t.test('OP-014 OP-019 CMD-001 a start that waits longer than StartTimeout fails as expired, and nothing else is touched', async (t) => {
  const rig = createRig([define('web', { startTimeout: 5, stopTimeout: 60 })]);
  rig.up('web');
  const stop = rig.accepted('stop', 'web');
  const start = rig.accepted('start', 'web');
  rig.pass(4.9);
  t.equal(rig.policy.operation(start)?.state, 'pending');
  rig.pass(0.2);
  t.match(rig.policy.operation(start), { state: 'failed', expired: true, startedAt: null, error: /^operation_timeout/ });
  t.equal(rig.policy.operation(stop)?.state, 'running');
  rig.exits('web', 0);
  rig.empties('web');
  t.equal(rig.is('web'), 'inactive / explicit_stop');
});

t.test('OP-014 WD-011 an operation that runs does not expire, however long it takes', async (t) => {
  const rig = createRig([define('web', { readiness: 'Notify', startTimeout: 6 })]);
  const id = rig.accepted('start', 'web');
  rig.runs('web');
  rig.pass(5);
  rig.notify('web', { extendTimeoutUsec: 15_000_000n });
  rig.pass(10);
  rig.notify('web', { ready: true });
  t.match(rig.policy.operation(id), { state: 'completed', expired: false });
});

t.test('OP-014 a start that had to wait and has begun does not expire either', async (t) => {
  const rig = createRig([define('web', { readiness: 'Notify', startTimeout: 5, stopTimeout: 60 })]);
  rig.up('web');
  rig.command('stop', 'web');
  const id = rig.accepted('start', 'web');
  rig.pass(3);
  t.equal(rig.policy.operation(id)?.state, 'pending');
  rig.exits('web', 0);
  rig.empties('web');
  t.equal(rig.policy.operation(id)?.state, 'running');
  rig.runs('web');
  rig.pass(4.9);
  t.equal(rig.policy.operation(id)?.state, 'running', 'longer than StartTimeout since it was asked for');
  rig.notify('web', { ready: true });
  t.match(rig.policy.operation(id), { state: 'completed', expired: false });
});

t.test('OP-014 D-63 a restart lives as long as both timeouts, and what peinit itself asks for does not expire', async (t) => {
  const rig = createRig([
    define('web', { requires: ['db'], startTimeout: 5, stopTimeout: 7, triggers: [{ type: 'boot' }] }),
    define('db', { readiness: 'Notify', startTimeout: 100 }),
  ]);
  const boot = rig.view('web').operation?.id ?? '';
  rig.runs('db');
  rig.pass(90);
  t.match(rig.policy.operation(boot), { state: 'pending', source: 'boot', caller: null });
  const other = createRig([
    define('web', { requires: ['db'], startTimeout: 5, stopTimeout: 7 }),
    define('db', { readiness: 'Notify', startTimeout: 100 }),
  ]);
  const restart = other.accepted('restart', 'web');
  other.pass(11.9);
  t.equal(other.policy.operation(restart)?.state, 'pending');
  other.pass(0.2);
  t.equal(other.policy.operation(restart)?.expired, true);
});

t.test('OP-015 an ended operation can be asked for 60 s, also when its service is gone, and is then forgotten', async (t) => {
  const rig = createRig([define('web')]);
  const id = rig.accepted('restart', 'web');
  rig.runs('web');
  rig.command('stop', 'web');
  rig.exits('web', 0);
  rig.empties('web');
  rig.load([]);
  t.equal(rig.policy.service('web'), null);
  rig.pass(59);
  t.match(rig.policy.operation(id), { state: 'completed', service: 'web' });
  rig.pass(2);
  t.equal(rig.policy.operation(id), null);
  rig.pass(15);
  t.equal(rig.policy.state.operations.size, 0);
  t.strictSame(
    Array.from(rig.policy.state.deadlines.values()).filter((subjects) => subjects.size > 0),
    [],
    'idle means no deadline at all',
  );
});

t.test('OP-002 OP-003 OP-004 EVT-015 a record says who asked and when, and its end comes before what it releases', async (t) => {
  const rig = createRig([define('web')]);
  rig.up('web');
  const answer = rig.send({ kind: 'command', command: 'stop', service: 'web', source: 'admin', caller: 'S-1-5-18' }).answer;
  const stop = answer?.kind === 'accepted' ? answer.operation : '';
  t.match(rig.policy.operation(stop), {
    type: 'stop',
    service: 'web',
    source: 'admin',
    caller: 'S-1-5-18',
    state: 'running',
    mergedInto: null,
    expired: false,
  });
  rig.accepted('start', 'web');
  rig.exits('web', 0);
  const before = rig.effects.length;
  rig.empties('web');
  const seen = rig.effects
    .slice(before)
    .flatMap((effect) =>
      effect.kind === 'operation-changed' ? [`${effect.operation.id === stop ? 'stop' : 'start'} ${effect.operation.state}`] : [],
    );
  t.same(seen, ['stop completed', 'start running']);
});

t.test('CMD-017 the current operation is the oldest live one', async (t) => {
  const rig = createRig([define('web')]);
  rig.up('web');
  const stop = rig.accepted('stop', 'web');
  rig.accepted('start', 'web');
  t.match(rig.view('web').operation, { id: stop, type: 'stop', source: 'admin' });
});

t.test('OP-011 CMD-045 a restart of a service that is down only starts it, and stays a restart', async (t) => {
  const rig = createRig([define('web')]);
  const id = rig.accepted('restart', 'web');
  rig.runs('web');
  t.match(rig.policy.operation(id), { type: 'restart', state: 'completed', result: 'active' });
  t.same(rig.steps('web'), ['inactive>starting explicit_start', 'starting>active explicit_start']);
});

t.test('ids are those of the event, counted up', async (t) => {
  const rig = createRig([define('web')]);
  const one = rig.accepted('start', 'web');
  t.match(one, /^01900000-0000-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});

t.test('OPC-001 OP-015 a flood of requests that join one start keeps no more than 4 MB of ended records, the newest ones', async (t) => {
  const rig = createRig([define('web', { readiness: 'Notify' })]);
  const first = rig.accepted('start', 'web');
  for (let count = 0; count < 40_000; count++) rig.command('start', 'web');
  const { operations, retained, retainedBytes } = rig.policy.state;
  t.ok(retainedBytes <= 4_194_304, `${retainedBytes} bytes of ended operations are kept`);
  t.ok(retained.length > 6000, `${retained.length} of them`);
  t.equal(
    retained.reduce((sum, { bytes }) => sum + bytes, 0),
    retainedBytes,
  );
  t.equal(operations.size, retained.length + 1);
  t.equal(rig.policy.operation(first)?.state, 'running', 'what is under way is not dropped');
  t.equal(rig.policy.operation(retained.at(-1)?.id ?? '')?.state, 'merged');
});

t.test('WIRE-022 restarts that would wait behind 256 others are refused until there is room', async (t) => {
  const rig = createRig([define('web')]);
  rig.up('web');
  rig.accepted('stop', 'web');
  for (let count = 0; count < 255; count++) rig.accepted('restart', 'web');
  t.match(rig.command('restart', 'web'), { kind: 'refused', code: 'INVALID_STATE', message: /web has 256 operations waiting/ });
  t.match(rig.command('start', 'web'), { kind: 'accepted' }, 'what joins one of them is no burden');
  t.match(rig.command('stop', 'web'), { kind: 'accepted' });
  t.match(rig.command('restart', 'web'), { kind: 'accepted' }, 'a stop has cancelled them');
});

t.test('WIRE-039 the fixed texts of operations that did not complete', async (t) => {
  const error = (rig: ReturnType<typeof createRig>, id: string): string | null | undefined => rig.policy.operation(id)?.error;
  const held = (): ReturnType<typeof createRig> =>
    createRig([define('web', { requires: ['db'], startTimeout: 5 }), define('db', { readiness: 'Notify' })]);

  const stopped = held();
  const start = stopped.accepted('start', 'web');
  stopped.command('stop', 'web');
  t.equal(error(stopped, start), 'superseded_by_later_operation');

  const restarted = held();
  const overtaken = restarted.accepted('start', 'web');
  restarted.command('restart', 'web');
  t.equal(error(restarted, overtaken), 'superseded_by_restart');

  const removed = createRig([define('web')]);
  removed.up('web');
  const restart = removed.accepted('restart', 'web');
  removed.load([]);
  removed.exits('web', 0);
  removed.empties('web');
  t.equal(error(removed, restart), 'definition_removed_during_restart_stop_leg');

  const late = held();
  const expired = late.accepted('start', 'web');
  late.pass(5);
  t.match(error(late, expired), /^operation_timeout\b/);

  const blocked = held();
  const dependent = blocked.accepted('start', 'web');
  blocked.runs('db');
  blocked.exits('db', 1);
  blocked.empties('db');
  t.match(error(blocked, dependent), /^dependency_failure\b/);
});

t.test('OP-014 CMD-001 one that expires tells after how long, and what it waited for', async (t) => {
  const error = (rig: ReturnType<typeof createRig>, id: string) => rig.policy.operation(id)?.error;
  const told = (words: string, id: string, name = 'web') =>
    `operation_timeout: ${words} (operation ${id}). See what holds it up (peiosctl explain ${name}), and try again.`;

  const dependent = createRig([
    define('web', { startTimeout: 3, requires: ['db'], wants: ['cache'] }),
    define('db', { startTimeout: 60, readiness: 'Notify' }),
    define('cache', { startTimeout: 60, readiness: 'Notify' }),
  ]);
  const start = dependent.accepted('start', 'web');
  dependent.pass(3);
  const waited = 'it waited for db, which is starting; cache, which is starting';
  t.equal(error(dependent, start), told(`start of web gave up after 3 seconds (its StartTimeout) while ${waited}`, start));

  const opposed = createRig([define('web', { startTimeout: 3, conflicts: ['old'] }), define('old', { stopTimeout: 60 })]);
  opposed.up('old');
  const against = opposed.accepted('start', 'web');
  opposed.pass(3);
  const stopping = 'it waited for old, which is stopping';
  t.equal(error(opposed, against), told(`start of web gave up after 3 seconds (its StartTimeout) while ${stopping}`, against));

  const behind = createRig([define('web', { startTimeout: 1, stopTimeout: 60 })]);
  behind.up('web');
  behind.accepted('stop', 'web');
  const queued = behind.accepted('start', 'web');
  behind.pass(1);
  const under = 'web was stopping, with its stop under way';
  t.equal(error(behind, queued), told(`start of web gave up after 1 second (its StartTimeout) while ${under}`, queued));
});
