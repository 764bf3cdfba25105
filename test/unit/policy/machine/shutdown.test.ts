/** The shutdown, as far as services are concerned. PSD-007 10. */
import t from 'tap';
import { ofKind, only } from '../../../support/lists.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const shutdown = (rig: Rig, forced = false) => rig.send({ kind: 'shutdown', type: 'reboot', forced, reason: 'test' });
const stopped = (rig: Rig) => ofKind(rig.effects, 'services-stopped');
const asked = (rig: Rig) =>
  rig.effects
    .flatMap((effect) =>
      effect.kind === 'signal' && effect.signal === 15 ? [rig.effects.find((one) => one.kind === 'spawn' && one.job === effect.job)] : [],
    )
    .map((spawn) => (spawn?.kind === 'spawn' ? spawn.service : ''));
const end = (rig: Rig, service: string): void => {
  rig.exits(service, 0);
  rig.empties(service);
};
const running = (...services: readonly (readonly [string, Fields?])[]): Rig => {
  const rig = createRig(
    services.map(([name, fields]) => define(name, fields)),
    { shutdownTimeoutSeconds: 30 },
  );
  for (const [name] of [...services].reverse()) if (rig.view(name).state === 'inactive') rig.up(name);
  return rig;
};

t.test(
  'SHUT-009 SHUT-010 DEP-014 GRAPH-014 D-81 services stop in waves, dependents first, the pinned ones last and one by one',
  async (t) => {
    const rig = running(
      ['registryd', { requires: ['web'] }],
      ['web', { requires: ['db'] }],
      ['app', { bindsTo: ['db'] }],
      ['db'],
      ['free'],
      ['eventd'],
      ['authd'],
    );
    shutdown(rig);
    t.same(asked(rig).sort(), ['app', 'free', 'web']);
    t.match(rig.view('db').operation, { type: 'stop', source: 'shutdown' }, 'it waits for its turn');
    for (const name of ['web', 'app', 'free']) end(rig, name);
    t.equal(asked(rig).at(-1), 'db');
    end(rig, 'db');
    t.equal(asked(rig).at(-1), 'eventd');
    end(rig, 'eventd');
    t.equal(asked(rig).at(-1), 'authd');
    end(rig, 'authd');
    t.equal(asked(rig).at(-1), 'registryd');
    t.same(stopped(rig), []);
    end(rig, 'registryd');
    t.strictSame(only(stopped(rig), 'type', 'abandoned'), [{ type: 'reboot', abandoned: [] }]);
    t.ok(rig.policy.services().every(({ state, cause }) => state === 'inactive' && cause === 'shutdown_wave'));
  },
);

t.test('where nothing else lives when the main process has ended, a stop is over with it and nobody looks', async (t) => {
  const rig = running(['web'], ['app']);
  const exits = (service: string, empty: boolean): readonly string[] => {
    rig.command('stop', service);
    const { job } = rig.spawned(service);
    rig.send({ kind: 'job-exited', job, exitCode: 0, signal: null, coreDumped: false, left: 0, empty });
    return rig.last.flatMap(({ kind }) => (kind === 'await-empty' || kind === 'signal-part' ? [kind] : []));
  };
  t.strictSame(exits('web', true), []);
  t.equal(rig.is('web'), 'inactive / explicit_stop');
  t.strictSame(exits('app', false), ['signal-part', 'await-empty']);
  t.equal(rig.is('app'), 'stopping / explicit_stop');
  rig.empties('app');
  t.equal(rig.is('app'), 'inactive / explicit_stop');
});

t.test('SHUT-004 SHUT-006 SHUT-008 from then on nothing is started, commands are refused, and what is down takes no part', async (t) => {
  const rig = createRig([define('web'), define('loop', { restartPolicy: 'Always', restartDelay: 1 }), define('dead')]);
  for (const name of ['web', 'loop', 'dead']) rig.up(name);
  rig.exits('loop', 1);
  rig.empties('loop');
  rig.exits('dead', 1);
  rig.empties('dead');
  shutdown(rig);
  for (const command of ['start', 'stop', 'restart', 'reload', 'reset'] as const)
    t.match(rig.command(command, 'web'), { kind: 'refused', code: 'INVALID_STATE' });
  rig.pass(5);
  t.strictSame([rig.is('loop'), rig.is('dead'), rig.spawns('loop')], ['backoff / process_crash', 'failed / process_crash', 1]);
  rig.exits('web', 1);
  rig.empties('web');
  t.equal(stopped(rig).length, 1);
});

t.test('SHUT-009 live starts and reloads end, and their waiters hear of it', async (t) => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db', { readiness: 'Notify' }), define('app')]);
  rig.up('app');
  const reload = rig.accepted('reload', 'app');
  const start = rig.accepted('start', 'web');
  shutdown(rig);
  t.equal(rig.policy.operation(start)?.state, 'cancelled');
  t.equal(rig.policy.operation(reload)?.state, 'aborted');
});

t.test('SHUT-007 CAUSE-033 a crash during the shutdown is failed: no restart, no handler, no reboot', async (t) => {
  const rig = running(
    ['web', { restartPolicy: 'Always', errorControl: 'Critical', restartMaxRetries: 0, onFailure: 'help', requires: ['db'] }],
    ['db', { errorControl: 'Critical', restartPolicy: 'OnFailure', restartMaxRetries: 0, onFailure: 'help' }],
  );
  rig.load([
    define('web', { requires: ['db'] }),
    define('db', { errorControl: 'Critical', restartPolicy: 'OnFailure', restartMaxRetries: 0, onFailure: 'help' }),
    define('help'),
  ]);
  shutdown(rig);
  rig.exits('db', 1);
  t.equal(rig.is('db'), 'failed / process_crash');
  t.same(ofKind(rig.effects, 'critical-failure'), []);
  t.equal(rig.spawns('help'), 0);
  end(rig, 'web');
  t.equal(stopped(rig).length, 1, 'the one that ended by itself needs no stop');
});

t.test('SHUT-012 SHUT-013 when the time is over all that is left is killed, and what outlives that is abandoned', async (t) => {
  const rig = running(['web', { requires: ['db'], stopTimeout: 100 }], ['db', { stopTimeout: 100 }]);
  shutdown(rig);
  rig.pass(30);
  t.same(
    rig.last
      .filter(({ kind }) => kind === 'kill-cgroup')
      .map((effect) => (effect.kind === 'kill-cgroup' ? `${effect.service}/${effect.part}` : ''))
      .sort(),
    ['db/tree', 'web/tree'],
  );
  rig.exits('web', null, 9);
  rig.empties('web');
  rig.pass(5);
  t.equal(rig.is('db'), 'abandoned / process_unkillable');
  t.strictSame(only(stopped(rig), 'abandoned'), [{ abandoned: ['db'] }]);
});

t.test('SHUT-003 a forced one kills everything at once, also when a shutdown is under way', async (t) => {
  for (const late of [false, true]) {
    const rig = running(['web', { requires: ['db'] }], ['db']);
    if (late) shutdown(rig);
    shutdown(rig, true);
    t.same(ofKind(rig.last, 'kill-cgroup').length, 2);
    for (const name of ['db', 'web']) {
      rig.exits(name, null, 9);
      rig.empties(name);
    }
    t.equal(stopped(rig).length, 1);
  }
});

t.test('FDS-012 a shutdown clears the stored descriptors of every service, and again what each stores until its end', async (t) => {
  const rig = running(['web', { requires: ['db'] }], ['db'], ['app']);
  rig.command('reload', 'app');
  const cleared = () => rig.effects.flatMap((effect) => (effect.kind === 'clear-fd-store' ? [effect.service] : [])).sort();
  t.same(cleared(), []);
  shutdown(rig);
  t.same(cleared(), ['app', 'db', 'web']);
  for (const name of ['web', 'app']) end(rig, name);
  t.same(cleared(), ['app', 'app', 'db', 'web', 'web'], 'db has its turn now');
  end(rig, 'db');
  t.same(cleared(), ['app', 'app', 'db', 'db', 'web', 'web']);
});

t.test('SHUT-022 the stop of a later wave waits for its turn as long as that takes, and nobody is signalled before', async (t) => {
  const rig = running(['web', { requires: ['db'], stopTimeout: 25 }], ['db', { stopTimeout: 2 }]);
  shutdown(rig);
  rig.pass(24);
  t.same(asked(rig), ['web']);
  t.match(rig.view('db'), { state: 'active', operation: { type: 'stop', source: 'shutdown' } });
  t.strictSame(
    ofKind(rig.effects, 'kill-cgroup').filter(({ tree }) => tree === 'db'),
    [],
  );
  end(rig, 'web');
  t.same(asked(rig), ['web', 'db']);
  t.match(rig.view('db'), { state: 'stopping' });
  end(rig, 'db');
  t.equal(stopped(rig).length, 1);
});

t.test('SHUT-020 a service that is stopping already joins without a second SIGTERM and keeps its clock', async (t) => {
  const rig = running(['web', { stopTimeout: 8 }]);
  rig.command('stop', 'web');
  rig.pass(5);
  shutdown(rig);
  t.same(asked(rig), ['web']);
  rig.pass(3);
  t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'part'), [{ part: 'tree' }]);
});

t.test('SHUT-011 WD-009 an extension during the shutdown ends with the shutdown', async (t) => {
  const rig = running(['web', { stopTimeout: 20 }]);
  shutdown(rig);
  rig.notify('web', { extendTimeoutUsec: 70_000_000n });
  rig.pass(29);
  t.same(ofKind(rig.last, 'kill-cgroup'), []);
  rig.pass(1);
  t.ok(rig.effects.some(({ kind }) => kind === 'kill-cgroup'));
});

t.test('SHUT-016 SHUT-021 a shutdown during the boot kills what is starting and stops what is up', async (t) => {
  const fields: Fields = { triggers: [{ type: 'boot' }] };
  const rig = createRig([
    define('up', fields),
    define('slow', { ...fields, readiness: 'Notify' }),
    define('later', { ...fields, requires: ['slow'] }),
  ]);
  rig.runs('up');
  rig.runs('slow');
  shutdown(rig);
  t.strictSame([rig.is('up'), rig.is('slow'), rig.is('later')], ['stopping / shutdown_wave', 'failed / shutdown_wave', 'inactive / null']);
  end(rig, 'up');
  t.same(stopped(rig), [], 'the killed one is not gone yet');
  rig.exits('slow', null, 9);
  rig.empties('slow');
  t.equal(stopped(rig).length, 1);
  t.equal(rig.spawns('later'), 0);
});

t.test('SHUT-023 a participant whose definition was withdrawn counts as stopped once it is discarded', async (t) => {
  const rig = running(['web', { requires: ['db'] }], ['db']);
  rig.load([define('db')]);
  t.equal(rig.view('web').definitionRemoved, true);
  shutdown(rig);
  end(rig, 'web');
  t.equal(rig.policy.service('web'), null);
  t.equal(asked(rig).at(-1), 'db');
  end(rig, 'db');
  t.equal(stopped(rig).length, 1);
});

t.test('a machine without services is through at once', async (t) => {
  const rig = createRig([define('web')]);
  shutdown(rig);
  t.strictSame(only(stopped(rig), 'type', 'abandoned'), [{ type: 'reboot', abandoned: [] }]);
  t.strictSame(Array.from(rig.policy.state.deadlines.get('shutdown') ?? []), [], 'ShutdownTimeout is over with it');
});
