/** Dependencies, bindings, conflicts and graph runs. PSD-007 6. */
import t from 'tap';
import { matchEach, ofKind, only } from '../../../support/lists.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const boot: Fields = { triggers: [{ type: 'boot' }] };
const notify: Fields = { readiness: 'Notify' };

t.test(
  'DEP-001 GRAPH-011 GRAPH-012 OP-006 CAUSE-003 BOOT-041 a required service is started first and the start waits until it satisfies',
  async (t) => {
    const rig = createRig([define('web', { requires: ['db'] }), define('db', notify)]);
    const id = rig.accepted('start', 'web');
    t.equal(rig.is('db'), 'starting / dependency_start');
    t.match(rig.view('db').operation, { source: 'dependency_propagation' });
    t.equal(rig.policy.operation(id)?.state, 'pending');
    t.strictSame(only(rig.view('web'), 'state', 'waitingFor'), { state: 'inactive', waitingFor: ['db'] });
    rig.runs('db');
    t.equal(rig.spawns('web'), 0, 'ST-045');
    rig.notify('db', { ready: true });
    t.equal(rig.spawns('web'), 1);
    t.equal(rig.is('db'), 'active / dependency_start', 'D-35');
  },
);

t.test(
  'DEP-002 OP-007 GRAPH-009 CAUSE-017 RST-015 when it fails for good the dependent fails without an attempt; in backoff it keeps waiting',
  async (t) => {
    const rig = createRig([
      define('top', { requires: ['web'] }),
      define('web', { requires: ['db'] }),
      define('db', { ...notify, restartPolicy: 'OnFailure', restartMaxRetries: 1, restartDelay: 1 }),
    ]);
    const id = rig.accepted('start', 'top');
    rig.runs('db');
    rig.exits('db', 1);
    rig.empties('db');
    t.equal(rig.view('db').state, 'backoff');
    t.equal(rig.policy.operation(id)?.state, 'pending');
    rig.pass(1);
    rig.runs('db');
    rig.exits('db', 1);
    t.equal(rig.is('web'), 'failed / dependency_failure');
    t.equal(rig.is('top'), 'failed / dependency_failure');
    t.match(rig.policy.operation(id), { state: 'failed', error: /^dependency_failure: .*web/ });
    t.equal(rig.spawns('web') + rig.spawns('top'), 0);
  },
);

t.test('DEP-003 a stop or a crash of a required service does not touch a running dependent', async (t) => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db')]);
  rig.command('start', 'web');
  rig.runs('db');
  rig.runs('web');
  rig.command('stop', 'db');
  rig.exits('db', 0);
  rig.empties('db');
  t.equal(rig.view('web').state, 'active');
  rig.up('db');
  rig.exits('db', 1);
  t.strictSame([rig.view('db').state, rig.view('web').state], ['failed', 'active']);
});

t.test('DEP-004 GRAPH-004 BOOT-085 CAUSE-028 an undefined required service fails the dependent and both are named', async (t) => {
  const rig = createRig([define('web', { ...boot, requires: ['ghost'] }), define('lazy', { bindsTo: ['ghost'] })]);
  t.equal(rig.is('web'), 'failed / dependency_failure');
  t.match(rig.view('web').detail, /service web requires ghost, but ghost is not defined\./);
  const id = rig.accepted('start', 'lazy');
  t.equal(rig.is('lazy'), 'failed / dependency_failure');
  t.match(rig.policy.operation(id)?.error, /ghost is not defined/);
});

t.test('DEP-005 GRAPH-005 BOOT-042 a wanted service is awaited, but neither its failure nor its absence matters', async (t) => {
  const rig = createRig([define('web', { wants: ['log', 'ghost', 'off'] }), define('log', notify), define('off', { disabled: true })]);
  rig.command('start', 'web');
  t.equal(rig.spawns('web'), 0);
  t.equal(rig.spawns('off'), 0, 'a disabled one is not started');
  rig.runs('log');
  rig.exits('log', 1);
  t.equal(rig.is('log'), 'failed / process_crash');
  t.equal(rig.spawns('web'), 1);
});

t.test('DEP-006 a stop or a crash of a wanted service does not touch the one that wants it, nor the other way round', async (t) => {
  const rig = createRig([define('web', { wants: ['log'] }), define('log')]);
  rig.command('start', 'web');
  rig.runs('log');
  rig.runs('web');
  const ends = (name: string): void => {
    rig.exits(name, 0);
    rig.empties(name);
  };
  rig.command('stop', 'log');
  t.equal(rig.is('web'), 'active / explicit_start', 'from the begin of its stop');
  ends('log');
  rig.up('log');
  rig.exits('log', 1);
  rig.empties('log');
  t.equal(rig.is('log'), 'failed / process_crash');
  rig.up('log');
  t.strictSame(rig.steps('web'), ['inactive>starting explicit_start', 'starting>active explicit_start'], 'nor from its return');
  const before = rig.steps('log').length;
  rig.command('stop', 'web');
  ends('web');
  rig.up('web');
  rig.exits('web', 1);
  rig.empties('web');
  t.equal(rig.is('web'), 'failed / process_crash');
  t.equal(rig.steps('log').length, before);
  t.equal(rig.view('log').state, 'active');
});

t.test(
  'DEP-007 DEP-008 DEP-009 DEP-010 RST-012 BindsTo: stops with its target, starts again with it, without using the budget',
  async (t) => {
    const rig = createRig([
      define('web', { bindsTo: ['db'], restartPolicy: 'OnFailure', restartMaxRetries: 1 }),
      define('db', { restartPolicy: 'Always', restartDelay: 0, restartMaxRetries: 50 }),
    ]);
    rig.command('start', 'web');
    rig.runs('db');
    rig.runs('web');
    for (let round = 0; round < 10; round++) {
      rig.exits('db', 1);
      t.equal(rig.is('web'), 'stopping / binds_to_propagation', 'a crash with a restart coming counts');
      rig.exits('web', 0);
      rig.empties('web');
      t.equal(rig.is('web'), 'failed / binds_to_propagation');
      rig.empties('db');
      rig.runs('db');
      t.equal(rig.is('web'), 'starting / binds_to_recovery');
      t.match(rig.view('web').operation, { source: 'binds_to_recovery' });
      rig.runs('web');
    }
    t.equal(rig.view('web').restart, null);
  },
);

t.test('DEP-008 a target that leaves from reloading, or is stopped when it had completed, takes its bound service along', async (t) => {
  const ends: { readonly [how: string]: (rig: Rig) => void } = {
    'a crash': (rig) => rig.exits('db', 1),
    'an exit with code 0': (rig) => rig.exits('db', 0),
    'a stop': (rig) => void rig.command('stop', 'db'),
    'a restart': (rig) => void rig.command('restart', 'db'),
  };
  for (const [how, end] of Object.entries(ends)) {
    const rig = createRig([define('web', { bindsTo: ['db'] }), define('db', { restartPolicy: 'OnFailure' })]);
    rig.command('start', 'web');
    rig.runs('db');
    rig.runs('web');
    rig.command('reload', 'db');
    t.strictSame([rig.view('db').state, rig.view('web').state], ['reloading', 'active'], 'a reload is no loss');
    end(rig);
    t.equal(rig.is('web'), 'stopping / binds_to_propagation', `${how} while reloading`);
    t.match(rig.view('web').operation, { type: 'stop', source: 'binds_to_propagation' });
  }
  const rig = createRig([define('web', { bindsTo: ['setup'] }), define('setup', { type: 'Oneshot', remainAfterExit: true })]);
  rig.command('start', 'web');
  rig.ends('setup', 0);
  rig.runs('web');
  t.strictSame([rig.view('setup').state, rig.view('web').state], ['completed', 'active']);
  rig.command('stop', 'setup');
  t.strictSame([rig.is('setup'), rig.is('web')], ['inactive / explicit_stop', 'stopping / binds_to_propagation']);
});

t.test('DEP-008 DEP-009 a restart of a Oneshot that had completed takes its bound services along and brings them back', async (t) => {
  const rig = createRig([define('web', { bindsTo: ['setup'] }), define('setup', { type: 'Oneshot', remainAfterExit: true })]);
  rig.command('start', 'web');
  rig.ends('setup', 0);
  rig.runs('web');
  rig.empties('setup');
  rig.command('restart', 'setup');
  t.strictSame([rig.is('setup'), rig.is('web')], ['starting / explicit_start', 'stopping / binds_to_propagation']);
  rig.ends('setup', 0);
  rig.empties('setup');
  rig.exits('web', 0);
  rig.empties('web');
  t.strictSame([rig.is('setup'), rig.is('web')], ['completed / explicit_start', 'starting / binds_to_recovery']);
  rig.runs('web');
  rig.command('start', 'setup');
  t.strictSame([rig.is('setup'), rig.is('web')], ['starting / explicit_start', 'active / binds_to_recovery'], 'a start does not');
});

t.test('DEP-008 a restarted Oneshot that passes to inactive by itself takes nobody along', async (t) => {
  const post = { execStartPost: [['/bin/post']] } as const;
  const rig = createRig([define('web', { bindsTo: ['setup'] }), define('setup', { type: 'Oneshot', ...post })]);
  rig.command('restart', 'setup');
  rig.ends('setup', 0);
  t.equal(rig.is('setup'), 'completed / explicit_start');
  rig.command('start', 'web');
  rig.ends('setup/ExecStartPost[0]', 0);
  rig.runs('web');
  t.strictSame([rig.is('setup'), rig.is('web')], ['inactive / clean_exit', 'active / explicit_start']);
});

t.test('DEP-009 D-49 recovery waits until all hard targets satisfy, and a reset cancels it', async (t) => {
  const rig = createRig([define('web', { bindsTo: ['db'], requires: ['net'] }), define('db'), define('net')]);
  rig.command('start', 'web');
  rig.runs('db');
  rig.runs('net');
  rig.runs('web');
  rig.command('stop', 'db');
  rig.command('stop', 'net');
  for (const name of ['db', 'net', 'web']) {
    rig.exits(name, 0);
    rig.empties(name);
  }
  rig.up('db');
  t.equal(rig.is('web'), 'failed / binds_to_propagation', 'net is down');
  rig.command('reset', 'web');
  rig.up('net');
  t.equal(rig.is('web'), 'inactive / explicit_reset');
});

t.test('DEP-009 recovery comes with whatever was missing last: another target, or the end of the own stop', async (t) => {
  const net = createRig([define('web', { bindsTo: ['db'], requires: ['net'] }), define('db'), define('net')]);
  net.command('start', 'web');
  for (const name of ['db', 'net', 'web']) net.runs(name);
  for (const name of ['db', 'net']) net.command('stop', name);
  for (const name of ['db', 'net', 'web']) {
    net.exits(name, 0);
    net.empties(name);
  }
  net.up('db');
  t.equal(net.is('web'), 'failed / binds_to_propagation');
  net.up('net');
  t.equal(net.is('web'), 'starting / binds_to_recovery');

  const slow = createRig([define('web', { bindsTo: ['db'] }), define('db', { restartPolicy: 'Always', restartDelay: 0 })]);
  slow.command('start', 'web');
  for (const name of ['db', 'web']) slow.runs(name);
  slow.exits('db', 1);
  slow.empties('db');
  slow.runs('db');
  t.equal(slow.view('db').state, 'active', 'up again before web is down');
  slow.exits('web', 0);
  slow.empties('web');
  t.equal(slow.is('web'), 'starting / binds_to_recovery');
});

t.test('DEP-009 D-49 a Oneshot that did its work counts as there for a recovery, a skipped target does not', async (t) => {
  const rig = createRig([define('web', { bindsTo: ['db'], requires: ['prep'] }), define('db'), define('prep', { type: 'Oneshot' })]);
  rig.command('start', 'web');
  rig.runs('db');
  rig.runs('prep');
  rig.exits('prep', 0);
  rig.runs('web');
  rig.command('stop', 'db');
  for (const name of ['db', 'web']) {
    rig.exits(name, 0);
    rig.empties(name);
  }
  rig.up('db');
  t.equal(rig.is('web'), 'starting / binds_to_recovery');
  t.equal(rig.spawns('prep'), 1, 'and is not run again');

  const skipped = createRig([define('web', { bindsTo: ['db'] }), define('db')]);
  skipped.command('start', 'web');
  for (const name of ['db', 'web']) skipped.runs(name);
  skipped.command('stop', 'db');
  for (const name of ['db', 'web']) {
    skipped.exits(name, 0);
    skipped.empties(name);
  }
  skipped.load([define('web', { bindsTo: ['db'] }), define('db', { conditions: [{ type: 'registry', argument: 'Machine\\Never' }] })]);
  skipped.command('start', 'db');
  t.equal(skipped.view('db').state, 'skipped');
  t.equal(skipped.is('web'), 'failed / binds_to_propagation');
});

t.test('DEP-008 a bound service stops when its Oneshot is run again and does not come up', async (t) => {
  const rig = createRig([define('web', { bindsTo: ['setup'] }), define('setup', { type: 'Oneshot', remainAfterExit: true })]);
  rig.command('start', 'web');
  rig.runs('setup');
  rig.exits('setup', 0);
  rig.runs('web');
  rig.command('start', 'setup');
  rig.empties('setup');
  t.same([rig.view('setup').state, rig.view('web').state], ['starting', 'active'], 'as long as it may come up');
  rig.runs('setup');
  rig.exits('setup', 1);
  t.equal(rig.is('web'), 'stopping / binds_to_propagation');
});

t.test('DEP-009 DEP-017 what was disabled or unbound meanwhile is not started by a recovery', async (t) => {
  for (const change of [{ disabled: true }, { bindsTo: [], requires: ['db'] }]) {
    const rig = createRig([define('web', { bindsTo: ['db'] }), define('db')]);
    rig.command('start', 'web');
    for (const name of ['db', 'web']) rig.runs(name);
    rig.command('stop', 'db');
    for (const name of ['db', 'web']) {
      rig.exits(name, 0);
      rig.empties(name);
    }
    rig.load([define('web', { bindsTo: ['db'], ...change }), define('db')]);
    rig.up('db');
    t.equal(rig.is('web'), 'failed / binds_to_propagation');
  }
});

t.test('D-48 DEP-008 a Oneshot that passes to inactive by itself is no loss, and a completed dependent is left alone', async (t) => {
  const rig = createRig([define('web', { bindsTo: ['setup'] }), define('setup', { type: 'Oneshot' })]);
  rig.command('start', 'web');
  rig.runs('setup');
  rig.exits('setup', 0);
  t.equal(rig.is('setup'), 'inactive / clean_exit');
  rig.runs('web');
  t.equal(rig.view('web').state, 'active');
});

t.test('DEP-011 DEP-013 CAUSE-007 OP-009 a conflicting service is stopped first, whichever side declares it', async (t) => {
  const rig = createRig([define('web', { conflicts: ['old'] }), define('old')]);
  rig.up('web');
  const id = rig.accepted('start', 'old');
  t.equal(rig.is('web'), 'stopping / conflict_eviction');
  t.match(rig.view('web').operation, { source: 'conflict_resolution' });
  t.equal(rig.spawns('old'), 0);
  t.equal(rig.policy.operation(id)?.state, 'pending');
  rig.exits('web', 0);
  t.equal(rig.spawns('old'), 0);
  rig.empties('web');
  t.equal(rig.is('web'), 'failed / conflict_eviction');
  t.equal(rig.spawns('old'), 1);
});

t.test('DEP-011 an opponent that is starting or reloading is stopped first as well, one that is stopping is awaited', async (t) => {
  const opponents: Readonly<Record<string, (rig: Rig) => void>> = {
    starting: (rig) => {
      rig.command('start', 'old');
      rig.runs('old');
    },
    reloading: (rig) => {
      rig.up('old');
      rig.command('reload', 'old');
    },
    stopping: (rig) => {
      rig.up('old');
      rig.command('stop', 'old');
    },
  };
  for (const [state, prepare] of Object.entries(opponents)) {
    const rig = createRig([define('web', { conflicts: ['old'] }), define('old', notify)]);
    prepare(rig);
    t.equal(rig.view('old').state, state);
    const signals = rig.effects.length;
    rig.command('start', 'web');
    const evicted = state === 'stopping' ? 'explicit_stop' : 'conflict_eviction';
    t.equal(rig.is('old'), `stopping / ${evicted}`);
    t.equal(rig.view('old').operation?.source, state === 'stopping' ? 'admin' : 'conflict_resolution');
    const asked = rig.effects.slice(signals).flatMap((effect) => (effect.kind === 'signal' ? [effect.signal] : []));
    t.strictSame(asked, state === 'stopping' ? [] : [15, 18], 'SIGTERM, once');
    t.equal(rig.spawns('web'), 0, `${state}: its process is there`);
    rig.exits('old', 0);
    t.equal(rig.spawns('web'), 0, 'something may live in its cgroup');
    rig.empties('old');
    t.equal(rig.is('old'), state === 'stopping' ? 'inactive / explicit_stop' : 'failed / conflict_eviction');
    t.equal(rig.spawns('web'), 1);
  }
});

t.test('DEP-011 CMD-001 OP-014 an opponent in the stop leg of a restart is evicted, by a start of any source', async (t) => {
  for (const by of ['command', 'OnFailure'] as const) {
    const rig = createRig([
      define('web', { conflicts: ['old'], startTimeout: 3 }),
      define('old', { stopTimeout: 100 }),
      define('broken', { onFailure: 'web' }),
    ]);
    rig.up('old');
    const restart = rig.accepted('restart', 'old');
    t.equal(rig.is('old'), 'stopping / explicit_stop');
    if (by === 'OnFailure') {
      rig.up('broken');
      rig.exits('broken', 1);
      rig.empties('broken');
    } else rig.command('start', 'web');
    t.match(rig.policy.operation(restart), { state: 'aborted', error: 'superseded_by_later_operation' });
    t.match(rig.view('old').operation, { type: 'stop', source: 'conflict_resolution' });
    t.equal(rig.spawns('web'), 0);
    rig.exits('old', 0);
    rig.empties('old');
    t.equal(rig.is('old'), 'failed / conflict_eviction');
    t.match(rig.view('old').detail, /was stopped because web, which it conflicts with, was started/);
    rig.runs('web');
    t.equal(rig.view('web').state, 'active', by);
    t.equal(rig.spawns('old'), 1, 'it did not come up again');
  }
});

t.test('CMD-040 OPC-009 a stop command in the stop leg of a restart ends inactive, an opponent that is started too', async (t) => {
  const rig = createRig([define('web', { conflicts: ['old'] }), define('old')]);
  rig.up('old');
  rig.command('restart', 'old');
  rig.accepted('stop', 'old');
  rig.command('start', 'web');
  rig.exits('old', 0);
  rig.empties('old');
  t.equal(rig.is('old'), 'inactive / explicit_stop');
  rig.runs('web');
  t.equal(rig.view('web').state, 'active');
});

t.test('DEP-012 DEP-016 D-50 a stubborn opponent is killed; one in backoff gives up; an abandoned one fails the start', async (t) => {
  const rig = createRig([define('web', { conflicts: ['old'] }), define('old', { restartPolicy: 'OnFailure', restartDelay: 50 })]);
  rig.up('old');
  rig.command('start', 'web');
  rig.pass(10);
  t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'service', 'part'), [{ service: 'old', part: 'tree' }]);
  rig.exits('old', null, 9);
  rig.empties('old');
  t.equal(rig.spawns('web'), 1);
  rig.runs('web');
  rig.command('stop', 'web');
  rig.exits('web', 0);
  rig.empties('web');

  rig.up('old');
  rig.exits('old', 1);
  rig.empties('old');
  t.equal(rig.view('old').state, 'backoff');
  rig.command('start', 'web');
  t.equal(rig.is('old'), 'inactive / conflict_eviction');
  t.equal(rig.spawns('web'), 2);
  rig.runs('web');
  rig.command('stop', 'web');
  rig.exits('web', 0);
  rig.empties('web');

  rig.up('old');
  rig.command('stop', 'old');
  rig.pass(15);
  t.equal(rig.view('old').state, 'abandoned');
  const id = rig.accepted('start', 'web');
  t.match(rig.policy.operation(id), { state: 'failed', error: /old/ });
  t.equal(rig.view('web').state, 'inactive', 'it keeps its state');
});

t.test(
  'DEP-015 GRAPH-002 GRAPH-003 GRAPH-015 CAUSE-019 members of cycles are failed, the loop is named, and they can never be started',
  async (t) => {
    const rig = createRig([
      define('a', { ...boot, requires: ['b', 'ghost'] }),
      define('b', { requires: ['a'] }),
      define('self', { ...boot, wants: ['self'] }),
      define('fan', { ...boot, wants: ['a'] }),
      define('lazy', { requires: ['lazy2'] }),
      define('lazy2', { bindsTo: ['lazy'] }),
    ]);
    t.equal(rig.is('a'), 'failed / cycle_detected');
    t.equal(rig.is('b'), 'failed / cycle_detected');
    t.equal(rig.is('self'), 'failed / cycle_detected');
    t.match(rig.view('a').detail, 'dependency cycle: a -> b -> a');
    matchEach(
      t,
      rig.effects.filter((effect) => effect.kind === 'report' && /ghost is not defined/.test(effect.text)),
      [{}],
      'both are logged',
    );
    t.equal(rig.view('fan').state, 'starting', 'a wanted cycle member does not hold anybody up');
    const id = rig.accepted('start', 'lazy');
    t.match(rig.policy.operation(id), { state: 'failed', error: /^cycle_detected/ });
    t.equal(rig.is('lazy'), 'failed / cycle_detected');
  },
);

t.test('GRAPH-001 a graph is the roots with all they need, validated once before anything of it starts', async (t) => {
  const rig = createRig([
    define('root', { ...boot, requires: ['near'], wants: ['lost'] }),
    define('near', { bindsTo: ['far'] }),
    define('far'),
    define('lost', { requires: ['ghost'] }),
    define('other', { wants: ['apart'] }),
    define('apart', { requires: ['phantom'] }),
  ]);
  const told = (pattern: RegExp): number => rig.effects.filter((effect) => effect.kind === 'report' && pattern.test(effect.text)).length;
  const spawned = (): string[] => rig.effects.flatMap((effect) => (effect.kind === 'spawn' ? [effect.service] : []));
  const firstSpawn = rig.effects.findIndex((effect) => effect.kind === 'spawn');
  const finding = rig.effects.findIndex((effect) => effect.kind === 'report' && /ghost is not defined/.test(effect.text));
  t.ok(finding >= 0 && finding < firstSpawn, 'the finding is told before the first start');
  for (const service of ['far', 'near', 'root']) rig.runs(service);
  t.same(spawned(), ['far', 'near', 'root']);
  t.equal(told(/ghost is not defined/), 1, 'and not again while the graph is carried out');
  t.same([rig.view('other').state, rig.view('apart').state], ['inactive', 'inactive'], 'no part of this graph');
  rig.command('start', 'other');
  t.equal(rig.is('apart'), 'failed / dependency_failure', 'a part of the graph of the command');
  t.equal(told(/ghost is not defined/), 1, 'which does not hold the services of the boot');
  rig.runs('other');
  t.same(spawned(), ['far', 'near', 'root', 'other']);
});

t.test(
  'GRAPH-002 a start of one member of a cycle fails all of them that have no process, as a start of what needs them does',
  async (t) => {
    for (const root of ['r0', 'out']) {
      const rig = createRig([
        define('r0', { requires: ['r1'] }),
        define('r1', { requires: ['r2'] }),
        define('r2', { wants: ['r0'] }),
        define('out', { requires: ['r0'] }),
      ]);
      rig.command('start', root);
      for (const member of ['r0', 'r1', 'r2']) t.equal(rig.is(member), 'failed / cycle_detected', `${member} by ${root}`);
    }
  },
);

t.test('CAUSE-028 whoever waits for a service that is stopped meanwhile is told to start it, not to repair it', async (t) => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db', { readiness: 'Notify' })]);
  const start = rig.accepted('start', 'web');
  rig.runs('db');
  rig.command('stop', 'db');
  t.match(rig.policy.operation(start)?.error, /web requires db, but db is stopping and nothing starts it\. Start db first\./);
});

t.test('a service that conflicts with what it requires fails at once, and what runs of it is left alone', async (t) => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db', { conflicts: ['web'] })]);
  rig.up('db');
  const id = rig.accepted('start', 'web');
  t.match(rig.policy.operation(id), { state: 'failed', error: /conflicts with/ });
  t.equal(rig.is('web'), 'failed / validation_error');
  t.equal(rig.view('db').state, 'active');
});

t.test('CAUSE-028 a service that was stopped for another one says for which', async (t) => {
  const rig = createRig([define('blue', { conflicts: ['red'] }), define('red'), define('bound', { bindsTo: ['blue'] })]);
  for (const name of ['blue', 'bound']) rig.up(name);
  rig.command('start', 'red');
  for (const name of ['bound', 'blue']) {
    rig.exits(name, 0);
    rig.empties(name);
  }
  t.match(rig.view('blue').detail, /^service blue was stopped because red, which it conflicts with, was started\./);
  t.match(rig.view('bound').detail, /^service bound was stopped because blue, which it is bound to, stopped\./);
});

t.test('CAUSE-028 what a service died of is told with what it needs: Type Oneshot, another ExecReload, or its output', async (t) => {
  const early = createRig([define('web', { readiness: 'Notify' })]);
  early.command('start', 'web');
  early.runs('web');
  early.exits('web', 0);
  t.match(early.view('web').detail, /exited with code 0 before it was ready\. .*needs Type Oneshot/);
  const hup = createRig([define('web')]);
  hup.up('web');
  hup.command('reload', 'web');
  hup.exits('web', null, 1);
  t.match(hup.view('web').detail, /killed by SIGHUP \(1\) while it was reloading\. .*set ExecReload/);
  const crash = createRig([define('web')]);
  crash.up('web');
  crash.exits('web', null, 11);
  t.match(crash.view('web').detail, /Look at its output \(peiosctl logs web\)\.$/);
});

t.test('CAUSE-028 D-33 a main process that ends well and leaves others behind is told with what became of them', async (t) => {
  const remedy = 'A program that goes into the background must stay in the foreground: the service ends with its main process.';
  const simple = createRig([define('web')]);
  simple.up('web');
  simple.exits('web', 0, null, 2);
  t.equal(simple.is('web'), 'inactive / clean_exit');
  t.equal(
    simple.view('web').detail,
    `service web: its main process (pid 101) ended well; 2 other processes were left, which were killed. ${remedy}`,
  );
  const alone = createRig([define('web')]);
  alone.up('web');
  alone.exits('web', 0);
  t.strictSame([alone.is('web'), alone.view('web').detail], ['inactive / clean_exit', null]);
  const always = createRig([define('web', { restartPolicy: 'Always' })]);
  always.up('web');
  always.exits('web', 0, null, 1);
  t.match(always.view('web').detail, /ended well; 1 other process was left, which was killed\. .* peinit restarts it in 1 second/);
  const early = createRig([define('web', { readiness: 'Notify' })]);
  early.command('start', 'web');
  early.runs('web');
  early.exits('web', 0, null, 3);
  t.match(early.view('web').detail, /before it was ready\. 3 other processes were left, which were killed\. A program/);
  for (const remainAfterExit of [true, false]) {
    const oneshot = createRig([define('web', { type: 'Oneshot', remainAfterExit })]);
    oneshot.command('start', 'web');
    oneshot.runs('web');
    oneshot.exits('web', 0, null, 1);
    t.equal(oneshot.view('web').state, remainAfterExit ? 'completed' : 'inactive');
    t.match(oneshot.view('web').detail, /^service web: its process ended well; 1 other process was left, .*Type Simple, and to stay/);
  }
});

t.test('DEP-017 BOOT-029 a disabled target blocks its dependent unless it was started by hand', async (t) => {
  const rig = createRig([
    define('web', { ...boot, requires: ['db'] }),
    define('db', { ...boot, disabled: true }),
    define('lazy', { requires: ['db'] }),
  ]);
  t.equal(rig.is('web'), 'failed / dependency_failure');
  t.equal(rig.view('db').state, 'inactive');
  rig.command('start', 'lazy');
  t.equal(rig.is('lazy'), 'failed / dependency_failure');
  rig.up('db');
  t.equal(rig.view('db').state, 'active', 'a command starts it');
  rig.up('lazy');
  t.equal(rig.view('lazy').state, 'active');
});

t.test('conflicting members of one graph are failed, at boot and on demand, and an on-demand root with them', async (t) => {
  const rig = createRig([
    define('a', { ...boot, conflicts: ['b'] }),
    define('b', boot),
    define('top', { requires: ['c', 'd'] }),
    define('c', { conflicts: ['d'] }),
    define('d'),
  ]);
  t.equal(rig.is('a'), 'failed / validation_error');
  t.equal(rig.is('b'), 'failed / validation_error');
  const id = rig.accepted('start', 'top');
  t.equal(rig.policy.operation(id)?.state, 'failed');
  t.strictSame([rig.is('c'), rig.is('d')], ['failed / validation_error', 'failed / validation_error']);
  t.equal(rig.spawns('c') + rig.spawns('d') + rig.spawns('top'), 0);
});

t.test('GRAPH-008 BOOT-037 D-51 at most MaxParallelStarts of a run are on their way; up, failed and backoff free the slot', async (t) => {
  const rig = createRig();
  rig.load(
    Array.from({ length: 6 }, (_, at) =>
      define(`s${at}`, { ...boot, ...notify, restartPolicy: at === 1 ? 'OnFailure' : 'Never', restartDelay: 20 }),
    ),
  );
  rig.boot(2);
  const starting = () =>
    rig.policy
      .services()
      .filter(({ state }) => state === 'starting')
      .map(({ name }) => name);
  t.same(starting(), ['s0', 's1']);
  for (const name of ['s0', 's1']) rig.runs(name);
  rig.notify('s0', { ready: true });
  t.same(starting(), ['s1', 's2']);
  rig.exits('s1', 1);
  t.equal(rig.view('s1').state, 'backoff');
  t.same(starting(), ['s2', 's3']);
  rig.empties('s1');
  rig.runs('s2');
  rig.exits('s2', 1);
  t.same(starting(), ['s3', 's4']);
  rig.pass(20);
  t.equal(rig.spawns('s1'), 1, 'the retry waits for a slot');
  rig.runs('s3');
  rig.notify('s3', { ready: true });
  t.same([rig.spawns('s1'), rig.spawns('s5')], [1, 1], 'first come, first served');
  rig.runs('s4');
  rig.notify('s4', { ready: true });
  t.equal(rig.spawns('s1'), 2);
});

t.test('GRAPH-010 a dependent that is starting is killed when what it requires fails; an active one is left alone', async (t) => {
  const rig = createRig([define('web', { ...notify, requires: ['db'] }), define('old', { requires: ['db'] }), define('db')]);
  rig.up('db');
  rig.up('old');
  rig.command('start', 'web');
  rig.runs('web');
  rig.exits('db', 1);
  t.strictSame(
    only(
      rig.last.filter(({ kind, ...effect }) => kind === 'kill-cgroup' && 'service' in effect && effect.service === 'web'),
      'part',
    ),
    [{ part: 'tree' }],
  );
  rig.exits('web', null, 9);
  t.equal(rig.is('web'), 'failed / dependency_failure');
  t.equal(rig.view('old').state, 'active');
});

t.test('GRAPH-013 a satisfied dependency is not started again', async (t) => {
  const rig = createRig([
    define('web', { requires: ['db', 'once'] }),
    define('db'),
    define('once', { type: 'Oneshot', remainAfterExit: true }),
  ]);
  rig.up('db');
  rig.up('once');
  rig.exits('once', 0);
  rig.empties('once');
  rig.up('web');
  t.strictSame([rig.spawns('db'), rig.spawns('once'), rig.view('web').state], [1, 1, 'active']);
});

t.test('GRAPH-016 OP-008 two starts share one operation of a common target and both hear of it', async (t) => {
  const rig = createRig([define('a', { requires: ['db'] }), define('b', { requires: ['db'] }), define('db', notify)]);
  rig.command('start', 'a');
  rig.command('start', 'b');
  const merged = rig.last.filter((effect) => effect.kind === 'operation-changed' && effect.operation.state === 'merged');
  matchEach(t, merged, [{ operation: { service: 'db', source: 'dependency_propagation' } }]);
  rig.runs('db');
  rig.notify('db', { ready: true });
  t.same([rig.spawns('a'), rig.spawns('b'), rig.spawns('db')], [1, 1, 1]);
  t.equal(rig.policy.state.runs.size, 2);
  rig.runs('a');
  rig.runs('b');
  t.equal(rig.policy.state.runs.size, 0, 'a run is dropped when its members are settled');
});

t.test('GRAPH-017 DEF-053 for a skipped service no dependency is started', async (t) => {
  const rig = createRig([
    define('web', {
      requires: ['db'],
      conditions: [{ type: 'registry', argument: 'machine\\nothing' }],
      asserts: [{ type: 'registry', argument: 'machine\\neither' }],
    }),
    define('db'),
  ]);
  rig.command('start', 'web');
  t.equal(rig.is('web'), 'skipped / condition_skipped', 'conditions come before asserts');
  t.equal(rig.is('db'), 'inactive / null');
});

t.test('GRAPH-017 a pending start that nobody needs any more is cancelled, one that somebody else wants is not', async (t) => {
  const rig = createRig([
    define('web', { requires: ['db', 'net'] }),
    define('db', { ...notify, requires: ['disk'] }),
    define('disk', notify),
    define('net', notify),
  ]);
  rig.command('start', 'web');
  rig.runs('net');
  rig.exits('net', 1);
  t.equal(rig.is('web'), 'failed / dependency_failure');
  t.match(rig.effects.filter((effect) => effect.kind === 'operation-changed' && effect.operation.service === 'db').at(-1), {
    operation: { state: 'cancelled' },
  });
  rig.runs('disk');
  rig.notify('disk', { ready: true });
  t.equal(rig.is('db'), 'inactive / null');

  const claimed = createRig([
    define('web', { requires: ['db', 'net'] }),
    define('db', { ...notify, requires: ['disk'] }),
    define('disk', notify),
    define('net', notify),
  ]);
  claimed.command('start', 'web');
  const id = claimed.accepted('start', 'db');
  claimed.runs('net');
  claimed.exits('net', 1);
  t.equal(claimed.policy.operation(id)?.state, 'pending');
});

t.test('a stop of a required service while it starts fails those that wait for it', async (t) => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db', notify)]);
  const id = rig.accepted('start', 'web');
  rig.runs('db');
  rig.command('stop', 'db');
  t.equal(rig.is('web'), 'failed / dependency_failure');
  t.match(rig.policy.operation(id)?.error, /nothing starts it/);
});

t.test('ST-004 D-38 a reloading service satisfies', async (t) => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db')]);
  rig.up('db');
  rig.command('reload', 'db');
  rig.command('start', 'web');
  t.equal(rig.spawns('web'), 1);
});

t.test('BOOT-028 BOOT-038 SVC-012 the boot starts boot-triggered services with what they need, and nothing else', async (t) => {
  const rig = createRig([
    define('web', { ...boot, requires: ['db'], wants: ['log'] }),
    define('db', { ...notify, bindsTo: ['disk'] }),
    define('disk', { type: 'Oneshot' }),
    define('log'),
    define('lazy'),
    define('timer', { triggers: [{ type: 'timer', expression: 'daily' }], timerPersistent: false }),
  ]);
  t.same(
    rig.policy
      .services()
      .filter(({ state }) => state === 'starting')
      .map(({ name }) => name),
    ['disk', 'log'],
  );
  rig.runs('log');
  rig.runs('disk');
  rig.exits('disk', 0);
  t.equal(rig.is('disk'), 'inactive / clean_exit');
  rig.runs('db');
  t.equal(rig.spawns('web'), 0);
  rig.notify('db', { ready: true });
  rig.runs('web');
  t.equal(rig.is('web'), 'active / explicit_start');
  t.equal(rig.is('db'), 'active / dependency_start');
  t.strictSame([rig.is('lazy'), rig.is('timer')], ['inactive / null', 'inactive / null']);
});

t.test('BOOT-092 the machine has settled when what is left waits only for members in backoff', async (t) => {
  const settled = (rig: Rig) => rig.effects.some(({ kind }) => kind === 'settled');
  const rig = createRig([
    define('web', { ...boot, requires: ['db'] }),
    define('db', { ...notify, restartPolicy: 'Always', restartDelay: 10 }),
    define('slow', { ...boot, ...notify }),
  ]);
  t.strictSame(only(rig.policy.machine(), 'phase', 'settledAt', 'waitingFor'), {
    phase: 'booting',
    settledAt: null,
    waitingFor: ['db', 'slow'],
  });
  rig.runs('slow');
  rig.runs('db');
  rig.exits('db', 1);
  t.notOk(settled(rig), 'slow is starting');
  rig.notify('slow', { ready: true });
  t.ok(settled(rig));
  t.strictSame(only(rig.policy.machine(), 'phase', 'waitingFor'), { phase: 'settled', waitingFor: [] });
  t.strictSame(rig.policy.machine().settledAt, { monotonic: rig.now, realtime: 1_700_000_000_000_000_000n + rig.now });
  rig.command('restart', 'slow');
  rig.exits('slow', 0);
  rig.empties('slow');
  t.equal(rig.view('slow').state, 'starting');
  t.equal(rig.policy.machine().phase, 'settled', 'once and for all');
  t.strictSame(rig.policy.machine().waitingFor, [], 'nothing is waited for any more');

  const empty = createRig([define('lazy')]);
  t.ok(settled(empty), 'nothing to start');
});

t.test('what Safe mode leaves out is named, twenty of it, and that there is nothing', async (t) => {
  for (const [count, told] of [
    [0, /; no boot service is left out$/],
    [25, /; left out of the boot: s0, .*, s19 and 5 more$/],
  ] as const) {
    const rig = createRig();
    rig.load(Array.from({ length: count }, (_, at) => define(`s${at}`, boot)));
    rig.send({ kind: 'boot', maxParallelStarts: 10, safe: true });
    matchEach(t, ofKind(rig.last, 'report'), [{ console: true, level: 'info', text: told }]);
  }
});

t.test('BOOT-052 BOOT-091 D-12 safe mode starts the eligible ones and drops only edges to the others', async (t) => {
  const rig = createRig();
  rig.load([
    define('web', { ...boot, errorControl: 'Critical', requires: ['db', 'shell'], wants: ['log'] }),
    define('db', boot),
    define('shell', { safeMode: true }),
    define('log', boot),
    define('bad', { ...boot, safeMode: true, requires: ['ghost'] }),
  ]);
  rig.send({ kind: 'boot', maxParallelStarts: 10, safe: true });
  t.strictSame(
    ofKind(rig.last, 'report').flatMap(({ console, text }) => (console && text.startsWith('Safe mode') ? [text] : [])),
    ['Safe mode: only critical services and those with SafeMode=1 start; left out of the boot: db, log'],
  );
  rig.runs('shell');
  rig.runs('web');
  t.equal(rig.view('web').state, 'active');
  t.strictSame([rig.is('db'), rig.is('log')], ['inactive / null', 'inactive / null']);
  t.equal(rig.is('bad'), 'failed / dependency_failure');
});

t.test('BOOT-039 the order of the platform comes from the fields of its definitions, whatever they are called', async (t) => {
  const usual = ['eudev', 'lpsd', 'authd', 'eventd', 'networking', 'app', 'sshd'];
  const orderOf = (names: readonly string[]): readonly string[] => {
    const rig = createRig(names.map((name, at) => define(name, { ...boot, requires: at === 0 ? [] : [names[at - 1] ?? ''] })));
    rig.boot();
    const order: string[] = [];
    for (let turn = 0; turn < names.length; turn++) {
      const next = names.filter((name) => rig.spawns(name) > 0 && !order.includes(name));
      order.push(...next);
      for (const name of next) rig.runs(name);
    }
    return order;
  };
  t.strictSame(orderOf(usual), usual);
  t.strictSame(orderOf(usual.toReversed()), usual.toReversed());
});
