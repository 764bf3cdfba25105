/** Stopping: SIGTERM, SIGKILL, what counts as gone. PSD-007 8.1, 10. */
import t from 'tap';
import type { Effect } from '../../../../src/policy/effects.ts';
import { ofKind, only } from '../../../support/lists.ts';
import { createRig, define, recordedBy } from '../../../support/policy-rig.ts';

/** Who was asked to end, by which signals. */
const asked = (effects: readonly Effect[]): readonly string[] =>
  effects.flatMap((effect) => {
    if (effect.kind === 'signal') return [`main ${effect.signal}`];
    return effect.kind === 'signal-part' ? [`rest ${effect.signals.join(' ')}`] : [];
  });

t.test(
  'OP-009 OP-010 D-44 the main process alone gets SIGTERM first, the tree SIGKILL at StopTimeout, and the stop ends with an empty main/',
  async (t) => {
    const rig = createRig([define('web', { stopTimeout: 3 })]);
    rig.up('web');
    const id = rig.accepted('stop', 'web');
    t.strictSame(asked(rig.last), ['main 15', 'main 18']);
    rig.exits('web', 0);
    rig.pass(2.9);
    t.equal(rig.view('web').state, 'stopping', 'a child lives on in main/');
    rig.pass(0.2);
    t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'part'), [{ part: 'tree' }]);
    rig.empties('web');
    t.match(rig.policy.operation(id), { state: 'completed', result: 'inactive' });
  },
);

t.test('O-20 what the main process leaves in main/ gets the stop signal and SIGCONT once, when it has ended', async (t) => {
  const rig = createRig([define('web', { stopTimeout: 3, stopSignal: { name: 'SIGINT', signal: 2 } })]);
  rig.up('web');
  rig.command('stop', 'web');
  t.strictSame(asked(rig.last), ['main 2', 'main 18']);
  rig.exits('web', 0);
  t.strictSame(asked(rig.last), ['rest 2 18']);
  rig.pass(2.9);
  rig.empties('web');
  t.equal(rig.is('web'), 'inactive / explicit_stop');
  t.equal(asked(rig.effects).length, 3);
  t.same(ofKind(rig.effects, 'kill-cgroup'), []);
});

t.test('O-20 what was there of a start that had no program yet, and what crashed, is killed and not asked', async (t) => {
  const early = createRig([define('web')]);
  early.command('start', 'web');
  early.command('stop', 'web');
  early.setupFails('web', 'child');
  t.equal(early.view('web').state, 'stopping');
  early.empties('web');
  t.equal(early.is('web'), 'inactive / explicit_stop');
  t.same(asked(early.effects), []);
  const crashed = createRig([define('web')]);
  crashed.up('web');
  crashed.exits('web', 1);
  t.same(asked(crashed.effects), []);
});

t.test('O-21 StopMode All asks every process in main/ at once, the main process first, and no second time', async (t) => {
  const rig = createRig([define('web', { stopMode: 'All', stopSignal: { name: 'SIGQUIT', signal: 3 } })]);
  rig.up('web');
  const main = rig.spawned('web').job;
  rig.command('stop', 'web');
  t.strictSame(asked(rig.last), ['main 3', 'main 18', 'rest 3 18']);
  t.strictSame(only(ofKind(rig.last, 'signal-part'), 'tree', 'part', 'except'), [{ tree: 'web', part: 'main', except: main }]);
  rig.exits('web', 0);
  t.same(asked(rig.last), []);
});

t.test('SHUT-018 O-20 after STOPPING=1, said before or after the stop began, what the main process leaves gets nothing', async (t) => {
  for (const first of [true, false]) {
    const rig = createRig([define('web', { stopTimeout: 3 })]);
    rig.up('web');
    if (first) rig.notify('web', { stopping: true });
    rig.command('stop', 'web');
    if (!first) rig.notify('web', { stopping: true });
    rig.exits('web', 0);
    t.same(ofKind(rig.effects, 'signal-part'), []);
    rig.pass(3);
    t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'part'), [{ part: 'tree' }]);
  }
});

t.test('D-19 a StopTimeout of 0 is SIGKILL at once, without SIGTERM', async (t) => {
  const rig = createRig([define('web', { stopTimeout: 0 })]);
  rig.up('web');
  rig.command('stop', 'web');
  t.strictSame(only(ofKind(rig.last, 'signal', 'kill-cgroup'), 'kind', 'part'), [{ kind: 'kill-cgroup', part: 'tree' }]);
});

t.test(
  'SHUT-017 SHUT-018 SHUT-019 NTF-010 STOPPING=1 is recorded, no SIGTERM is sent after it, and StopTimeout holds all the same',
  async (t) => {
    const rig = createRig([define('web', { stopTimeout: 3 })]);
    rig.up('web');
    rig.notify('web', { stopping: true });
    const said = recordedBy(rig.last).map(({ event, payload }) => [event, 'value' in payload ? payload.value : null]);
    t.strictSame(said, [['notify.stopping', '1']]);
    rig.command('stop', 'web');
    t.same(asked(rig.last), []);
    rig.pass(3);
    t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'part'), [{ part: 'tree' }]);
  },
);

t.test(
  'CMD-040 OPC-009 a stop during the stop leg of a restart aborts the restart and ends when the leg does, with one SIGTERM',
  async (t) => {
    const rig = createRig([define('web')]);
    rig.up('web');
    const restart = rig.accepted('restart', 'web');
    const stop = rig.accepted('stop', 'web');
    t.equal(rig.policy.operation(restart)?.state, 'aborted');
    t.equal(rig.policy.operation(stop)?.state, 'running');
    rig.exits('web', 0);
    rig.empties('web');
    t.match(rig.policy.operation(stop), { state: 'completed', result: 'inactive' });
    t.strictSame(asked(rig.effects), ['main 15', 'main 18', 'rest 15 18']);
  },
);

t.test('FDS-012 FDS-014 a stop command clears the stored descriptors, a restart and an eviction do not', async (t) => {
  const cleared = (effects: readonly Effect[]) =>
    effects.filter((effect) => effect.kind === 'clear-fd-store' && effect.service === 'web').length;
  const rig = createRig([define('web', { fdStoreMax: 3 }), define('other', { conflicts: ['web'] })]);
  rig.up('web');
  rig.command('restart', 'web');
  rig.exits('web', 0);
  rig.empties('web');
  rig.runs('web');
  rig.command('start', 'other');
  t.equal(rig.is('web'), 'stopping / conflict_eviction');
  t.equal(cleared(rig.effects), 0);
  rig.exits('web', 0);
  rig.empties('web');
  rig.runs('other');
  rig.command('stop', 'other');
  rig.exits('other', 0);
  rig.empties('other');
  rig.up('web');
  rig.command('stop', 'web');
  t.equal(cleared(rig.effects), 1, 'at once');
  rig.exits('web', 0);
  rig.empties('web');
  t.equal(cleared(rig.effects), 2, 'and what it has stored until its end');
});

t.test('FDS-012 a stop command that joins an eviction, and the shutdown in every state, clear the stored descriptors', async (t) => {
  const cleared = (effects: readonly Effect[]) =>
    effects.flatMap((effect) => (effect.kind === 'clear-fd-store' ? [effect.service] : [])).toSorted();
  const evicted = createRig([define('web'), define('other', { conflicts: ['web'] })]);
  evicted.up('web');
  evicted.command('start', 'other');
  const stop = evicted.view('web').operation?.id;
  t.equal(evicted.accepted('stop', 'web'), stop);
  t.same(cleared(evicted.last), ['web']);
  evicted.exits('web', 0);
  evicted.empties('web');
  t.same(cleared(evicted.effects), ['web', 'web']);

  const down = createRig([define('web', { restartPolicy: 'Never' })]);
  down.up('web');
  down.exits('web', 1);
  down.empties('web');
  t.match(down.command('stop', 'web'), { kind: 'settled' });
  t.same(cleared(down.last), ['web'], 'of one that is down already');

  const rig = createRig([
    define('down'),
    define('up'),
    define('coming', { readiness: 'Notify' }),
    define('waiting', { restartPolicy: 'OnFailure', restartDelay: 60 }),
  ]);
  for (const service of ['up', 'waiting']) rig.up(service);
  rig.exits('waiting', 1);
  rig.empties('waiting');
  t.equal(rig.view('waiting').state, 'backoff');
  rig.command('start', 'coming');
  rig.send({ kind: 'shutdown', type: 'reboot', forced: false, reason: 'a test' });
  t.same([...new Set(cleared(rig.last))], ['coming', 'down', 'up', 'waiting']);
});

t.test('HC-009 HC-010 a hook that outlives SIGKILL leaks the tree and does not make the service abandoned', async (t) => {
  const rig = createRig([define('web', { execStartPost: [['/bin/post']] })]);
  rig.up('web');
  rig.runs('web/ExecStartPost[0]');
  rig.command('stop', 'web');
  rig.exits('web', 0);
  rig.send({ kind: 'cgroup-empty', service: 'web', tree: 'web', part: 'main' });
  t.equal(rig.view('web').state, 'stopping');
  rig.pass(5);
  t.equal(rig.is('web'), 'inactive / explicit_stop');
  t.strictSame(only(rig.view('web').leaks, 'path', 'type'), [{ path: 'peinit/web/hooks', type: 'hooks' }]);
  rig.command('start', 'web');
  t.equal(rig.spawned('web').tree, 'web@gen1');
});

t.test(
  'ST-034 OP-010 a child of a main process that was reaped, left in main/ in D-state, makes the service abandoned all the same',
  async (t) => {
    const rig = createRig([define('web')]);
    rig.up('web');
    const stop = rig.accepted('stop', 'web');
    rig.exits('web', 0);
    rig.pass(10);
    t.equal(rig.view('web').state, 'stopping');
    rig.pass(5);
    t.equal(rig.is('web'), 'abandoned / process_unkillable');
    t.equal(rig.policy.operation(stop)?.state, 'failed');
  },
);

t.test('CAUSE-027 O-25 what a stop had to kill is told, at the end of the stop as well, and known until the next start', async (t) => {
  const rig = createRig([define('web', { stopTimeout: 3 })]);
  rig.up('web');
  const id = rig.accepted('stop', 'web');
  rig.pass(2.9);
  const told = () => rig.effects.flatMap((effect) => (effect.kind === 'report' && effect.console ? [effect.text] : []));
  t.same(told(), []);
  rig.pass(0.2);
  const text = 'web did not end within 3 seconds after SIGTERM (StopTimeout) and was killed';
  t.same(told(), [text]);
  t.match(rig.policy.operation(id), { state: 'running', forced: text });
  rig.exits('web', null, 9);
  rig.empties('web');
  rig.load([define('web', { stopTimeout: 3, stopSignal: { name: 'SIGINT', signal: 2 } })]);
  rig.up('web');
  rig.command('stop', 'web');
  rig.pass(1);
  rig.exits('web', 0);
  rig.others = 2;
  rig.pass(2);
  const left = 'web did not end within 3 seconds after SIGINT (StopTimeout): its main process had ended, 2 others had not and were killed';
  t.same(told().slice(1), [left]);
  rig.empties('web');
  t.match(rig.view('web'), {
    state: 'inactive',
    forced: left,
    detail: `service ${left}. Give it a longer StopTimeout or another StopSignal if it needs them.`,
  });
  rig.up('web');
  rig.notify('web', { stopping: true });
  rig.command('stop', 'web');
  t.equal(rig.view('web').forced, null, 'it was started');
  rig.others = 1;
  rig.pass(3);
  t.same(told().slice(2), ['web did not end within 3 seconds after the stop began (StopTimeout) and was killed, with 1 other']);
  rig.exits('web', null, 9);
  rig.empties('web');
  // All of it ended in the moment in which it was to be killed.
  rig.others = 0;
  rig.up('web');
  rig.command('stop', 'web');
  rig.exits('web', 0);
  rig.pass(3);
  t.equal(rig.view('web').forced, null);
  t.equal(told().length, 3);
});

t.test('D-19 O-25 what nobody asked to end was not forced: StopTimeout 0, and a stop of what is being killed already', async (t) => {
  const rig = createRig([define('web', { stopTimeout: 0 }), define('app', { readiness: 'Notify', startTimeout: 1 })]);
  rig.up('web');
  const stop = rig.accepted('stop', 'web');
  rig.exits('web', null, 9);
  rig.empties('web');
  t.match(rig.policy.operation(stop), { state: 'completed', forced: null });
  rig.command('start', 'app');
  rig.runs('app');
  rig.pass(1);
  const late = rig.accepted('stop', 'app');
  rig.exits('app', null, 9);
  rig.empties('app');
  t.match(rig.policy.operation(late), { state: 'completed', forced: null });
});
