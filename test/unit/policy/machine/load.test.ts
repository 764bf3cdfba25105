/** New definitions. PSD-007 3.5, 11.2. */
import t from 'tap';
import type { Decoded, Finding } from '../../../../src/policy/definition/set.ts';
import type { LoadAnswer } from '../../../../src/policy/view.ts';
import { matchEach, ofKind, only } from '../../../support/lists.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, decoded, define, recordedBy, setOf } from '../../../support/policy-rig.ts';

const boot = { triggers: [{ type: 'boot' }] } as const;
const invalid = (name: string, kind: Finding['kind'] = 'invalid') => ({
  name,
  definition: null,
  findings: [{ service: name, field: 'Type', message: `Type of ${name} is 9. Set 0 or 1.`, kind }],
});

const summaryOf = (answer: LoadAnswer) => (answer.kind === 'loaded' ? answer.summary : null);
const updated = (answer: LoadAnswer) => summaryOf(answer)?.updated;

t.test('GEN-025 CMD-081 each kind of change is named in the summary', async (t) => {
  const rig = createRig([define('same'), define('edited'), define('gone'), define('running'), define('back')]);
  rig.up('running');
  rig.up('back');
  rig.load([define('same'), define('edited'), define('gone'), define('running')]);
  t.equal(rig.view('back').definitionRemoved, true);
  const answer = rig.load([define('same'), define('edited', { description: 'new' }), define('fresh'), define('back')], { strict: true });
  t.strictSame(answer, {
    kind: 'loaded',
    warnings: [],
    summary: { added: ['fresh'], updated: ['edited'], restored: ['back'], marked_removed: ['running'], discarded: ['gone'] },
  });
  rig.up('fresh');
  t.equal(rig.view('fresh').state, 'active');
});

t.test('CMD-023 after the boot a finding refuses: any one for reload-config, a new one for a notification', async (t) => {
  const rig = createRig([define('web'), invalid('bad')]);
  t.match(rig.load([define('web', { description: 'x' }), invalid('bad')]), { kind: 'loaded' }, 'the old finding does not matter');
  t.match(rig.load([define('web'), invalid('bad'), invalid('worse')]), {
    kind: 'refused',
    code: 'INVALID_STATE',
    message: /Type of worse is 9/,
  });
  matchEach(t, ofKind(rig.last, 'report'), [{ level: 'error', text: /^changed definitions are not taken over; .*Type of worse is 9/ }]);
  t.equal(rig.policy.service('worse'), null);
  t.equal(rig.view('web').definition?.description, 'x', 'nothing was changed');
  t.match(rig.load([define('web'), invalid('bad')], { strict: true }), { kind: 'refused', code: 'INVALID_STATE' });
  t.strictSame(ofKind(rig.last, 'report'), [], 'who asked for it has the answer');
  t.match(rig.load([define('web'), invalid('bad', 'undecodable')], { strict: true }), { kind: 'refused', code: 'INTERNAL_ERROR' });
  t.match(rig.load([define('web', { requires: ['ghost'] })], { strict: true }), {
    kind: 'refused',
    code: 'INVALID_STATE',
    message: /ghost is not defined/,
  });
});

t.test('GEN-018 D-23 the definition of a service without a process takes the service with it, a pending restart included', async (t) => {
  const rig = createRig([define('idle'), define('waiting', { restartPolicy: 'OnFailure', restartDelay: 5 }), define('dead')]);
  rig.up('waiting');
  rig.exits('waiting', 1);
  rig.empties('waiting');
  rig.up('dead');
  rig.exits('dead', 1);
  rig.empties('dead');
  rig.load([]);
  t.same(rig.policy.services(), []);
  t.same(rig.effects.flatMap((effect) => (effect.kind === 'service-discarded' ? [effect.service] : [])).sort(), [
    'dead',
    'idle',
    'waiting',
  ]);
  t.strictSame(
    recordedBy(rig.last).map(({ event, payload }) => [event, payload]),
    ['idle', 'waiting', 'dead'].map((service) => ['service.gone', { service }]),
    'O-115 whoever follows them is told',
  );
  rig.pass(10);
  t.equal(rig.spawns('waiting'), 1);
});

t.test('GEN-019 GEN-020 GEN-021 CMD-024 a running one is kept to its end under its old definition', async (t) => {
  const rig = createRig([define('web', { restartPolicy: 'Always', stopTimeout: 4 }), define('app', { requires: ['web'] })]);
  rig.up('web');
  const { job } = rig.spawned('web');
  rig.load([]);
  t.match(rig.view('web'), { definitionRemoved: true, state: 'active', job: { id: job } });
  for (const command of ['start', 'restart', 'reload'] as const)
    t.match(rig.command(command, 'web'), { kind: 'refused', code: 'UNKNOWN_SERVICE' });
  rig.exits('web', 1);
  t.equal(rig.policy.service('web'), null);
  rig.empties('web');
  rig.pass(100);
  t.equal(rig.spawns('web'), 1);

  const stopped = createRig([define('web', { stopTimeout: 4 })]);
  stopped.up('web');
  stopped.load([]);
  stopped.command('stop', 'web');
  stopped.pass(4);
  t.strictSame(only(ofKind(stopped.last, 'kill-cgroup'), 'part'), [{ part: 'tree' }], 'the cached StopTimeout');
  stopped.exits('web', null, 9);
  stopped.empties('web');
  t.equal(stopped.policy.service('web'), null);
});

t.test('GEN-019 a service that runs without a definition satisfies those that depend on it', async (t) => {
  const early = createRig();
  early.load([define('web', { ...boot, requires: ['db'] }), define('db')]);
  early.send({ kind: 'command', command: 'start', service: 'db', source: 'boot' });
  early.runs('db');
  early.load([define('web', { ...boot, requires: ['db'] })]);
  t.match(early.view('db'), { state: 'active', definitionRemoved: true });
  early.boot();
  early.runs('web');
  t.equal(early.view('web').state, 'active', 'a boot starts on it');

  const rig = createRig([define('web', { requires: ['db', 'net'] }), define('db'), define('net')]);
  for (const name of ['db', 'net', 'web']) rig.up(name);
  rig.command('stop', 'net');
  rig.exits('net', 0);
  rig.empties('net');
  rig.command('restart', 'web');
  rig.exits('web', 0);
  rig.empties('web');
  t.strictSame([rig.view('web').state, rig.spawns('web')], ['starting', 1], 'it waits for net');
  rig.load([define('net')]);
  t.strictSame([rig.view('web').definitionRemoved, rig.view('db').definitionRemoved], [true, true]);
  rig.runs('net');
  rig.runs('web');
  t.strictSame([rig.view('web').state, rig.spawns('web'), rig.view('db').state], ['active', 2, 'active'], 'a start that waits goes on');
});

t.test('GEN-022 a definition that comes back clears the mark', async (t) => {
  const rig = createRig([define('web')]);
  rig.up('web');
  rig.load([]);
  rig.load([define('web')]);
  t.equal(rig.view('web').definitionRemoved, false);
  t.match(rig.command('restart', 'web'), { kind: 'accepted' });
});

t.test('GEN-023 a definition that others require cannot be deleted', async (t) => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db')]);
  t.match(rig.load([define('web', { requires: ['db'] })]), { kind: 'refused', message: /web requires db/ });
  t.equal(rig.view('db').state, 'inactive');
});

t.test('OP-018 a definition that vanishes during the stop leg of a restart aborts it after the stop', async (t) => {
  const rig = createRig([define('web')]);
  rig.up('web');
  const id = rig.accepted('restart', 'web');
  rig.load([]);
  rig.exits('web', 0);
  rig.empties('web');
  t.match(rig.policy.operation(id), { state: 'aborted', error: 'definition_removed_during_restart_stop_leg' });
  t.equal(rig.policy.service('web'), null);
  t.equal(rig.spawns('web'), 1);
});

t.test('GEN-009 changed dependencies of a running service count from its next start, or at once with a graph reload', async (t) => {
  const rig = createRig([define('web', { bindsTo: ['db'] }), define('db')]);
  rig.command('start', 'web');
  rig.runs('db');
  rig.runs('web');
  rig.load([define('web'), define('db')]);
  rig.command('restart', 'db');
  t.equal(rig.is('web'), 'stopping / binds_to_propagation', 'still bound');

  const reloaded = createRig([define('web', { bindsTo: ['db'] }), define('db')]);
  reloaded.command('start', 'web');
  reloaded.runs('db');
  reloaded.runs('web');
  reloaded.load([define('web'), define('db')], { strict: true });
  reloaded.command('restart', 'db');
  t.equal(reloaded.view('web').state, 'active');
});

t.test('GEN-007 an edited dependency counts at the next start of what is down, and of what is up at its next restart', async (t) => {
  const rig = createRig([define('web'), define('db', { restartPolicy: 'Never' })]);
  rig.up('web');
  rig.load([define('web', { requires: ['db'] }), define('db'), define('other', { requires: ['db'] })]);
  t.strictSame([rig.view('web').state, rig.spawns('db')], ['active', 0], 'what runs is left alone');
  rig.accepted('restart', 'web');
  rig.exits('web', 0);
  rig.empties('web');
  t.strictSame([rig.spawns('web'), rig.spawns('db')], [1, 1], 'the restart begins with what it requires now');
  rig.runs('db');
  t.equal(rig.spawns('web'), 2);

  const down = createRig([define('web', { requires: ['db'] }), define('db')]);
  down.load([define('web'), define('db')]);
  down.up('web');
  t.equal(down.spawns('db'), 0);
});

t.test('CMD-025 what reload-config has brought can be started at once, also where no trigger may start it', async (t) => {
  const rig = createRig([define('web')]);
  t.match(rig.load([define('web'), define('fresh'), define('off', { ...boot, disabled: true })], { strict: true }), { kind: 'loaded' });
  for (const name of ['fresh', 'off']) {
    rig.command('start', name);
    rig.runs(name);
    t.equal(rig.view(name).state, 'active', name);
  }
});

t.test('GEN-009 a running service stays bound to what it was started with when another name takes that place', async (t) => {
  const rig = createRig([define('web', { bindsTo: ['db'] }), define('db'), define('net')]);
  rig.command('start', 'web');
  rig.runs('db');
  rig.runs('web');
  rig.load([define('web', { bindsTo: ['net'] }), define('db'), define('net')]);
  rig.command('stop', 'db');
  t.equal(rig.is('web'), 'stopping / binds_to_propagation');
});

t.test('GEN-009 reload-config puts the edges in force that a change notification before it has left to the next start', async (t) => {
  const parted = [define('web'), define('db')];
  const bound = [define('web', { bindsTo: ['db'] }), define('db')];
  for (const [before, after, state] of [
    [bound, parted, 'active'],
    [parted, bound, 'stopping'],
  ] as const) {
    const rig = createRig(before);
    rig.up('db');
    rig.up('web');
    t.strictSame(updated(rig.load(after)), ['web']);
    t.strictSame(updated(rig.load(after, { strict: true })), [], 'nothing is new to it');
    rig.command('stop', 'db');
    t.equal(rig.view('web').state, state);
  }
});

t.test('GEN-010 a new StopTimeout counts for the next stop of a running service', async (t) => {
  const rig = createRig([define('web', { stopTimeout: 50 })]);
  rig.up('web');
  rig.load([define('web', { stopTimeout: 2 })]);
  rig.command('stop', 'web');
  rig.pass(2);
  t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'part'), [{ part: 'tree' }]);
});

t.test('GEN-008 RLD-001 Type and Identity of checks, reloads and the watchdog are those of the start', async (t) => {
  const fields = {
    readiness: 'Notify',
    identity: 'Worker',
    healthCheck: ['/bin/check'],
    healthCheckInterval: 5,
    healthCheckRetries: 99,
    execReload: { type: 'command', argv: ['/bin/reload'] },
    watchdogTimeout: 7,
  } as const;
  const rig = createRig([define('web', fields)]);
  rig.command('start', 'web');
  rig.runs('web');
  t.match(rig.load([define('web', { ...fields, identity: 'Other', type: 'Oneshot' })]), { kind: 'loaded' });
  rig.notify('web', { ready: true });
  t.match(rig.view('web'), { state: 'active', health: 'unknown', definition: { type: 'Oneshot', identity: 'Other' } });
  rig.pass(5);
  t.match(rig.spawned('web/HealthCheck'), { identity: 'Worker' });
  rig.ends('web/HealthCheck', 0);
  rig.command('reload', 'web');
  t.match(rig.spawned('web/ExecReload'), { identity: 'Worker' });
  rig.ends('web/ExecReload', 0);
  const doomed = (): boolean => rig.last.some((effect) => effect.kind === 'kill-cgroup' && effect.part === 'tree');
  rig.notify('web', { watchdogUsec: 3_000_000n });
  rig.pass(2.9);
  t.notOk(doomed());
  rig.pass(0.1);
  t.ok(doomed(), 'the watchdog goes on');
});

t.test('GEN-010 new HealthCheckRetries, WatchdogTimeout and SuccessExitCodes count for the incarnation that runs', async (t) => {
  const changed = (before: Fields, after: Fields): Rig => {
    const rig = createRig([define('web', before)]);
    rig.up('web');
    t.match(rig.load([define('web', after)]), { kind: 'loaded' });
    return rig;
  };
  const doomed = (rig: Rig): boolean => rig.effects.some((effect) => effect.kind === 'kill-cgroup' && effect.part === 'tree');
  const check = { healthCheck: ['/bin/check'], healthCheckInterval: 5 } as const;
  for (const [before, after] of [
    [3, 1],
    [1, 3],
  ] as const) {
    const rig = changed({ ...check, healthCheckRetries: before }, { ...check, healthCheckRetries: after });
    for (let failures = 1; failures <= after; failures++) {
      t.notOk(doomed(rig));
      rig.pass(5);
      rig.ends('web/HealthCheck', 1);
    }
    t.ok(doomed(rig), `HealthCheckRetries ${after}`);
  }
  for (const [before, after] of [
    [10, 2],
    [2, 10],
  ] as const) {
    const rig = changed({ watchdogTimeout: before }, { watchdogTimeout: after });
    rig.pass(1);
    rig.notify('web', { watchdog: true });
    rig.pass(after - 0.1);
    t.notOk(doomed(rig));
    rig.pass(0.1);
    t.ok(doomed(rig), `WatchdogTimeout ${after}`);
  }
  for (const [before, after, end] of [
    [[], [7], 'inactive / clean_exit'],
    [[7], [], 'failed / process_crash'],
  ] as const) {
    const rig = changed({ successExitCodes: before }, { successExitCodes: after });
    rig.exits('web', 7);
    t.equal(rig.is('web'), end, `SuccessExitCodes ${after.join()}`);
  }
});

t.test('a new MaxParallelStarts leaves a boot that is under way as it is and counts for the next run of the graph', async (t) => {
  const slow: Fields = { readiness: 'Notify' };
  const names = ['a', 'b', 'c'];
  const services = [
    ...names.map((name) => define(`boot-${name}`, { ...boot, ...slow })),
    ...names.map((name) => define(`late-${name}`, slow)),
    define('late', { requires: names.map((name) => `late-${name}`) }),
  ];
  const started = (rig: Rig, prefix: string): number => names.reduce((sum, name) => sum + rig.spawns(`${prefix}-${name}`), 0);
  for (const [before, after] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const rig = createRig();
    rig.load(services);
    rig.boot(before);
    t.equal(started(rig, 'boot'), before);
    rig.send({
      kind: 'load-definitions',
      definitions: setOf(services.map(decoded)),
      strict: true,
      settings: { maxParallelStarts: after, shutdownTimeoutSeconds: 90, bootSuccessGraceSeconds: 30 },
    });
    t.equal(started(rig, 'boot'), before);
    const first = rig.effects.find((effect) => effect.kind === 'spawn');
    const name = first?.kind === 'spawn' ? first.service : '';
    rig.runs(name);
    rig.notify(name, { ready: true });
    t.equal(started(rig, 'boot'), before + 1, 'one place, one more');
    rig.command('start', 'late');
    t.equal(started(rig, 'late'), after);
  }
});

t.test('a new ShutdownTimeout counts for the next shutdown', async (t) => {
  const services = [define('web', { stopTimeout: 500 })];
  const rig = createRig(services, { shutdownTimeoutSeconds: 90 });
  rig.up('web');
  const settings = { maxParallelStarts: 10, shutdownTimeoutSeconds: 20, bootSuccessGraceSeconds: 30 };
  rig.send({ kind: 'load-definitions', definitions: setOf(services.map(decoded)), strict: true, settings });
  rig.send({ kind: 'shutdown', type: 'reboot', forced: false, reason: 'test' });
  const killed = (): boolean => rig.effects.some((effect) => effect.kind === 'kill-cgroup' && effect.part === 'tree');
  rig.pass(19.9);
  t.notOk(killed());
  rig.pass(0.1);
  t.ok(killed());
});

t.test('BOOT-078 D-06 registryd keeps its instance when its definition comes, and stays known without one', async (t) => {
  const rig = createRig();
  rig.load([define('registryd', { readiness: 'Notify' })]);
  rig.send({ kind: 'command', command: 'start', service: 'registryd', source: 'boot' });
  rig.runs('registryd');
  rig.notify('registryd', { ready: true });
  const { job } = rig.spawned('registryd');
  t.strictSame(summaryOf(rig.load([define('web', boot)])), {
    added: ['web'],
    updated: [],
    restored: [],
    marked_removed: [],
    discarded: [],
  });
  rig.boot();
  t.match(rig.view('registryd'), { state: 'active', job: { id: job }, definitionRemoved: false });
  rig.load([define('web', boot), define('registryd', { readiness: 'Notify', stopTimeout: 3 })]);
  t.match(rig.view('registryd'), { state: 'active', job: { id: job }, definition: { stopTimeout: 3 } });
  t.equal(rig.spawns('registryd'), 1);
  t.equal(rig.policy.services().length, 2);
});

t.test('SVC-001 names are compared without case and shown as they are spelt; services come ordered by name', async (t) => {
  const rig = createRig([define('web'), define('App'), define('db')]);
  t.same(
    rig.policy.services().map(({ name }) => name),
    ['App', 'db', 'web'],
  );
  t.equal(rig.policy.service('aPP')?.name, 'App');
  t.match(rig.command('start', 'nobody'), { kind: 'refused', code: 'UNKNOWN_SERVICE' });
});

t.test('a leaked tree of a service that is known no more is forgotten and removed once it is empty', async (t) => {
  const rig = createRig([define('web', { stopTimeout: 1 })]);
  const removals = (): number => rig.effects.filter((effect) => effect.kind === 'remove-tree' && effect.tree === 'web').length;
  rig.up('web');
  rig.load([]);
  rig.command('stop', 'web');
  rig.pass(60);
  t.equal(rig.policy.service('web'), null, 'its processes were given up, and it went with them');
  t.match(rig.policy.state.trees.get('web'), { state: 'leaked' });
  t.equal(removals(), 0, 'processes live in it');
  rig.exits('web', null, 9);
  rig.empties('web');
  t.equal(rig.policy.state.trees.size, 0);
  t.equal(removals(), 1);
});

t.test('a leaked tree that has emptied goes with the definition of its service', async (t) => {
  const rig = createRig([define('web', { stopTimeout: 1 })]);
  rig.up('web');
  rig.command('stop', 'web');
  rig.pass(60);
  t.equal(rig.view('web').state, 'abandoned');
  rig.exits('web', null, 9);
  rig.empties('web');
  t.match(rig.policy.state.trees.get('web'), { state: 'leaked' }, 'until it is reset');
  rig.load([]);
  t.equal(rig.policy.service('web'), null);
  t.equal(rig.policy.state.trees.size, 0);
  t.equal(rig.effects.filter((effect) => effect.kind === 'remove-tree' && effect.tree === 'web').length, 1);
});

t.test('GEN-018 what still runs of a completed service ends with its definition', async (t) => {
  const rig = createRig([define('web', { type: 'Oneshot', remainAfterExit: true, execStartPost: [['/bin/post']] })]);
  rig.command('start', 'web');
  rig.ends('web', 0);
  rig.runs('web/ExecStartPost[0]');
  t.equal(rig.view('web').state, 'completed');
  rig.load([]);
  t.equal(rig.policy.service('web'), null);
  t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'tree', 'part'), [{ tree: 'web', part: 'tree' }]);
});

t.test('what runs already when the load of the boot breaks its definition runs on, without a budget', async (t) => {
  const rig = createRig();
  rig.load([define('web', { restartPolicy: 'Always', restartMaxRetries: 9, restartDelay: 1 })]);
  rig.up('web');
  rig.exits('web', 1);
  rig.empties('web');
  rig.pass(1);
  rig.runs('web');
  t.strictSame(rig.view('web').restart, { attempt: 1, maxRetries: 9, nextAttemptAt: null });
  rig.load([invalid('web')]);
  t.strictSame([rig.view('web').state, rig.view('web').definition], ['active', null]);
  t.strictSame(rig.view('web').restart, { attempt: 1, maxRetries: 0, nextAttemptAt: null });
});

/** A sound definition that is warned of. */
const warned = (name: string, text: string): Decoded => ({
  ...decoded(define(name)),
  findings: [{ service: name, field: 'Triggers', message: `service ${name}: ${text}`, kind: 'warning' }],
});

t.test('EVT-013 warnings go to the console at the boot, and to whoever looks at the service or asks for a reload', async (t) => {
  const handled = define('handled', { onFailure: 'nobody' });
  const noHandler =
    'service handled: OnFailure names nobody, which is not defined, so nothing is started when handled fails. ' +
    'Define nobody, or remove OnFailure.';
  const rig = createRig([warned('web', 'one'), handled]);
  const told = (): unknown[] => ofKind(rig.effects, 'report').map(({ level, console, text, service }) => [level, console, text, service]);
  t.strictSame(told(), [
    ['warning', true, 'service web: one', 'web'],
    ['warning', true, noHandler, 'handled'],
  ]);
  t.strictSame([rig.view('web').warnings, rig.view('handled').warnings], [['service web: one'], [noHandler]]);
  const events = (): unknown[] => recordedBy(rig.last).map(({ event, payload }) => [event, (payload as { service: string }).service]);
  const record = (service: string): unknown[] => ['graph.validation_warning', service];
  rig.load([warned('web', 'one'), warned('other', 'two'), handled]);
  t.strictSame(events(), [record('other')], 'a change tells of what is new');
  const answer = rig.load([warned('web', 'one'), handled], { strict: true });
  t.strictSame(answer.kind === 'loaded' && answer.warnings, ['service web: one', noHandler]);
  t.strictSame(events(), [record('web'), record('handled'), ['service.gone', 'other']]);
  rig.load([define('web'), define('nobody'), handled], { strict: true });
  t.strictSame([rig.view('web').warnings, rig.view('handled').warnings], [[], []]);
});

t.test('a boot with many warnings has twenty of them on its console', async (t) => {
  const rig = createRig(Array.from({ length: 25 }, (_, at) => warned(`s${at}`, 'one')));
  const shown = ofKind(rig.effects, 'report').filter(({ console }) => console);
  t.equal(shown.length, 21);
  t.match(shown.at(-1), { level: 'warning', text: '5 more; peiosctl reload-config shows them all' });
});
