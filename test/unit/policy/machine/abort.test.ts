/** AbortMode Stop: a start that StartTimeout or a shutdown cuts short is asked to end first. O-22. */
import t from 'tap';
import type { Effect } from '../../../../src/policy/effects.ts';
import { ofKind } from '../../../support/lists.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

/** What is done with processes and deadlines, the steps and warnings, in order. */
const told = (effects: readonly Effect[]): readonly string[] =>
  effects.flatMap((effect) => {
    switch (effect.kind) {
      case 'signal':
        return [`signal ${effect.signal}`];
      case 'signal-part':
        return [`signal ${effect.signals.join(' ')} to ${effect.service}/${effect.part}`];
      case 'kill-cgroup':
        return [`kill ${effect.service}/${effect.part}`];
      case 'await-empty':
        return [`await ${effect.service}/${effect.part}`];
      case 'spawn':
        return [`spawn ${effect.service}/${effect.part}`];
      case 'arm-deadline':
        return effect.deadline.kind === 'retention' ? [] : [`arm ${effect.deadline.kind}`];
      case 'disarm-deadline':
        return [`disarm ${effect.deadline.kind}`];
      case 'service-changed':
        return [`${effect.service} ${effect.from}>${effect.to} ${effect.cause}`];
      case 'report':
        return effect.level === 'warning' ? [effect.text] : [];
      default:
        return [];
    }
  });

const stop = { abortMode: 'Stop', stopTimeout: 5 } as const;
const shutdown = (rig: Rig, forced = false) => rig.send({ kind: 'shutdown', type: 'poweroff', forced, reason: 'test' });
const stopped = (rig: Rig) => ofKind(rig.effects, 'services-stopped').length;

/** Its main process runs and has not said READY=1. */
const starting = (fields: Fields = {}): Rig => {
  const rig = createRig([define('web', { readiness: 'Notify', startTimeout: 3, ...stop, ...fields })], { shutdownTimeoutSeconds: 30 });
  rig.command('start', 'web');
  rig.runs('web');
  return rig;
};

const late = 'service web: READY=1 had not come 3 seconds after the start (StartTimeout 3 s).';
const advice = 'Look at its output (peiosctl logs web); a program that never sends READY=1 needs Readiness Alive, or raise StartTimeout.';

t.test('O-22 at StartTimeout it is asked like a stop, and the step of the timeout comes when nothing is left', async (t) => {
  const rig = starting({ restartPolicy: 'OnFailure', restartDelay: 1, restartMaxRetries: 5 });
  const start = rig.view('web').operation?.id ?? '';
  rig.pass(3);
  t.strictSame(told(rig.last), [`${late} It is asked to end and has 5 seconds (StopTimeout).`, 'signal 15', 'signal 18', 'arm stop']);
  rig.notify('web', { ready: true, status: 'too late' });
  t.strictSame(told(rig.last), []);
  rig.exits('web', 0);
  t.strictSame(told(rig.last), ['signal 15 18 to web/main', 'await web/main'], 'what a wrapper leaves has its chance too');
  t.equal(rig.policy.operation(start)?.state, 'running');
  rig.empties('web');
  t.strictSame(rig.steps('web'), ['inactive>starting explicit_start', 'starting>backoff readiness_timeout']);
  t.equal(
    rig.view('web').detail,
    `${late} ${advice} It was asked to end by SIGTERM and did. peinit restarts it in 1 second (restart 1 of 5).`,
  );
  t.equal(rig.policy.operation(start)?.state, 'failed');
  t.equal(rig.view('web').forced, null);
  rig.pass(1);
  t.equal(rig.view('web').state, 'starting');
});

t.test('O-22 O-25 what does not end within StopTimeout is killed, and that is said', async (t) => {
  const rig = starting();
  rig.pass(3);
  rig.pass(4.9);
  t.equal(rig.view('web').state, 'starting');
  rig.pass(0.2);
  t.strictSame(told(rig.last), [
    'web did not end within 5 seconds after SIGTERM (StopTimeout) and was killed',
    'kill web/tree',
    'arm kill',
  ]);
  rig.exits('web', null, 9);
  rig.empties('web');
  const { detail, forced } = rig.view('web');
  t.equal(rig.is('web'), 'failed / readiness_timeout');
  t.equal(forced, 'web did not end within 5 seconds after SIGTERM (StopTimeout) and was killed');
  t.equal(detail, `${late} ${advice} It was asked to end by SIGTERM: ${forced}.`);
});

t.test('O-22 O-21 a Oneshot that rolls back and ends well has not done its work; StopSignal and StopMode count', async (t) => {
  const rig = starting({ type: 'Oneshot', stopMode: 'All', stopSignal: { name: 'SIGINT', signal: 2 } });
  rig.pass(3);
  t.strictSame(told(rig.last).slice(1), ['signal 2', 'signal 18', 'signal 2 18 to web/main', 'arm stop']);
  rig.exits('web', 0);
  rig.empties('web');
  t.equal(rig.is('web'), 'failed / readiness_timeout');
});

t.test('O-22 a hook is asked in its part of the tree, and no process comes after it', async (t) => {
  const rig = createRig([define('web', { ...stop, startTimeout: 3, execStartPre: [['/bin/pre'], ['/bin/next']] })]);
  rig.command('start', 'web');
  rig.runs('web/ExecStartPre[0]');
  rig.pass(3);
  t.strictSame(told(rig.last), [
    'service web: ExecStartPre[0] had not ended 3 seconds after the start (StartTimeout 3 s). ' +
      'It is asked to end and has 5 seconds (StopTimeout).',
    'signal 15',
    'signal 18',
    'arm stop',
  ]);
  rig.exits('web/ExecStartPre[0]', 0);
  t.strictSame(told(rig.last), ['signal 15 18 to web/hooks', 'await web/hooks']);
  rig.others = 1;
  rig.pass(5);
  t.strictSame(told(rig.last), [
    'web did not end within 5 seconds after SIGTERM (StopTimeout): its hook had ended, 1 other had not and was killed',
    'kill web/tree',
    'arm kill',
  ]);
  rig.empties('web');
  t.equal(rig.is('web'), 'failed / readiness_timeout');
  t.equal(rig.spawns('web/ExecStartPre[1]') + rig.spawns('web'), 0);
});

t.test('O-22 what has no program yet is killed as without it', async (t) => {
  const rig = createRig([define('web', { ...stop, readiness: 'Notify', startTimeout: 3 })]);
  rig.command('start', 'web');
  rig.pass(3);
  t.strictSame(told(rig.last), ['kill web/tree', 'arm kill']);
  rig.setupFails('web', 'child');
  t.equal(rig.is('web'), 'failed / readiness_timeout');
});

t.test('O-22 what outlives SIGKILL: the main process makes it abandoned, what it left only leaks', async (t) => {
  const main = starting();
  main.pass(13.1);
  t.strictSame(main.steps('web').slice(1), ['starting>stopping process_unkillable', 'stopping>abandoned process_unkillable']);
  const rest = starting();
  rest.pass(3);
  rest.exits('web', 0);
  rest.pass(10.1);
  t.equal(rest.is('web'), 'failed / readiness_timeout');
  t.strictSame(
    rest.view('web').leaks.map(({ path }) => path),
    ['peinit/web'],
  );
});

t.test('O-22 EXTEND_TIMEOUT_USEC gives it more time to end, up to four times StopTimeout, and no other start', async (t) => {
  const rig = starting();
  rig.pass(3);
  rig.pass(4);
  rig.notify('web', { extendTimeoutUsec: 100_000_000n });
  t.strictSame(told(rig.last), ['arm stop']);
  rig.pass(15.9);
  t.same(ofKind(rig.effects, 'kill-cgroup'), []);
  rig.pass(0.2);
  t.equal(told(rig.last)[1], 'kill web/tree');
});

t.test('O-22 SHUT-018 after STOPPING=1 nothing is sent, and StopTimeout holds', async (t) => {
  const rig = starting();
  rig.notify('web', { stopping: true });
  rig.pass(3);
  t.strictSame(told(rig.last).slice(1), ['arm stop']);
  rig.exits('web', 0);
  rig.empties('web');
  t.equal(rig.view('web').detail, `${late} ${advice} It had time to end and did.`);
});

t.test('O-22 ST-017 a stop by command takes over: the main process goes on ending by the same clock, a hook is killed', async (t) => {
  const rig = starting();
  rig.pass(3);
  rig.pass(2);
  rig.command('stop', 'web');
  t.strictSame(told(rig.last), ['web starting>stopping explicit_stop']);
  rig.pass(3);
  t.strictSame(told(rig.last).slice(1), ['kill web/tree', 'arm kill']);
  rig.exits('web', null, 9);
  rig.empties('web');
  t.equal(rig.is('web'), 'inactive / explicit_stop');
  const hook = createRig([define('web', { ...stop, startTimeout: 3, execStartPre: [['/bin/pre']] })]);
  hook.command('start', 'web');
  hook.runs('web/ExecStartPre[0]');
  hook.pass(3);
  hook.command('stop', 'web');
  t.strictSame(told(hook.last), ['web starting>stopping explicit_stop', 'disarm stop', 'kill web/hooks', 'arm kill']);
  hook.exits('web/ExecStartPre[0]', null, 9);
  hook.empties('web');
  t.equal(hook.is('web'), 'inactive / explicit_stop');
});

t.test('O-22 ST-017 a stop by command of what is starting is the same in both modes', async (t) => {
  const [kill, ask] = (['Kill', 'Stop'] as const).map((abortMode) => {
    const rig = starting({ abortMode });
    rig.command('stop', 'web');
    const first = told(rig.last);
    rig.exits('web', 0);
    rig.empties('web');
    return [first, rig.steps('web')];
  });
  t.strictSame(ask, kill);
  t.strictSame(ask?.[0]?.slice(-3), ['signal 15', 'signal 18', 'arm stop']);
});

/** `web` needs `app`, which is starting and needs `db`. */
const chain = (fields: Fields = {}): Rig => {
  const rig = createRig(
    [
      define('db'),
      define('app', { requires: ['db'], readiness: 'Notify', startTimeout: 100, ...stop, ...fields }),
      define('web', { requires: ['app'], startTimeout: 200 }),
    ],
    { shutdownTimeoutSeconds: 30 },
  );
  rig.up('db');
  rig.command('start', 'web');
  rig.runs('app');
  return rig;
};

t.test('O-22 in a shutdown it has its turn among the others, and what it needs waits', async (t) => {
  const rig = chain();
  shutdown(rig);
  t.equal(rig.view('db').state, 'active');
  t.strictSame(told(rig.last).slice(-4), ['disarm start', 'signal 15', 'signal 18', 'arm stop']);
  t.strictSame(
    told(rig.last).filter((one) => one.includes('kill') || one.includes('>')),
    [],
  );
  rig.notify('app', { ready: true });
  t.equal(rig.view('app').state, 'starting');
  rig.exits('app', 0);
  t.equal(rig.view('app').state, 'starting');
  rig.empties('app');
  t.equal(rig.is('app'), 'failed / shutdown_wave');
  t.equal(rig.view('app').detail, 'service app was still starting when the machine went down. It was asked to end by SIGTERM and did.');
  t.equal(rig.is('db'), 'stopping / shutdown_wave');
  rig.exits('db', 0);
  rig.empties('db');
  t.equal(stopped(rig), 1);
});

t.test('O-22 SHUT-021 with Kill, and without a program, what is starting is killed at once as ever', async (t) => {
  const kill = chain({ abortMode: 'Kill' });
  shutdown(kill);
  t.equal(kill.is('app'), 'failed / shutdown_wave');
  t.equal(kill.view('app').detail, 'service app was killed while it was starting: the machine is shutting down.');
  const early = createRig([define('app', stop)]);
  early.command('start', 'app');
  shutdown(early);
  t.equal(early.is('app'), 'failed / shutdown_wave');
  t.same(ofKind(early.effects, 'signal'), []);
});

t.test('O-22 one that waits for its wave is not asked before, starts nothing more, and may end by itself', async (t) => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db')], { shutdownTimeoutSeconds: 30 });
  rig.up('db');
  rig.up('web');
  const hooks = { execStartPre: [['/bin/pre'], ['/bin/next']] } as const;
  rig.load([define('db', { ...stop, ...hooks }), define('web', { requires: ['db'] })]);
  rig.command('restart', 'db');
  rig.exits('db', 0);
  rig.empties('db');
  rig.runs('db/ExecStartPre[0]');
  const web = rig.spawned('web').job;
  shutdown(rig);
  t.strictSame(
    ofKind(rig.last, 'signal').map((effect) => (effect.kind === 'signal' ? effect.job : '')),
    [web, web],
  );
  rig.exits('db/ExecStartPre[0]', 0);
  t.equal(rig.is('db'), 'failed / shutdown_wave');
  t.equal(rig.view('db').detail, 'service db was still starting when the machine went down.');
  t.equal(rig.spawns('db/ExecStartPre[1]'), 0);
  rig.exits('web', 0);
  rig.empties('web');
  t.equal(stopped(rig), 1);
});

t.test('O-22 SHUT-003 SHUT-012 SHUT-013 ShutdownTimeout and a forced shutdown kill it', async (t) => {
  const timed = chain({ stopTimeout: 100 });
  shutdown(timed);
  timed.pass(30);
  t.strictSame(
    told(timed.last).filter((one) => one.startsWith('kill ')),
    ['kill app/tree', 'kill db/tree'],
  );
  timed.exits('app', null, 9);
  timed.exits('db', null, 9);
  timed.empties('app');
  timed.empties('db');
  t.equal(timed.is('app'), 'failed / shutdown_wave');
  t.equal(stopped(timed), 1);
  const forced = chain();
  shutdown(forced, true);
  t.ok(told(forced.last).includes('kill app/tree'));
  forced.pass(5.1);
  t.equal(forced.is('app'), 'abandoned / process_unkillable');
});

t.test('O-22 SHUT-020 one that StartTimeout has cut short already joins its wave, is not asked again and keeps its clock', async (t) => {
  const rig = chain({ startTimeout: 3 });
  rig.pass(3);
  rig.pass(2);
  shutdown(rig);
  t.equal(ofKind(rig.effects, 'signal').length, 2);
  t.equal(rig.view('db').state, 'active');
  rig.pass(3);
  t.ok(told(rig.last).includes('kill app/tree'));
  rig.exits('app', null, 9);
  rig.empties('app');
  t.equal(rig.is('app'), 'failed / readiness_timeout');
  t.equal(rig.view('db').state, 'stopping');
});

t.test('O-22 SHUT-021 what the main process left and outlives SIGKILL in a shutdown makes it abandoned', async (t) => {
  const rig = chain();
  shutdown(rig);
  rig.exits('app', 0);
  rig.pass(10.1);
  t.equal(rig.is('app'), 'abandoned / process_unkillable');
});

t.test('O-22 a ReadinessCheck that runs is killed at once, and its end brings nothing up', async (t) => {
  const rig = createRig([define('web', { ...stop, startTimeout: 3, readinessCheck: ['/bin/probe'] })]);
  rig.command('start', 'web');
  rig.runs('web');
  rig.runs('web/ReadinessCheck');
  rig.pass(3);
  t.ok(told(rig.last).includes('kill web/health'));
  rig.exits('web/ReadinessCheck', 0);
  t.equal(rig.view('web').state, 'starting');
  rig.exits('web', 0);
  rig.empties('web');
  t.equal(rig.is('web'), 'failed / readiness_timeout');
});
