/** Tokens come when they come: what may happen to a start, a hook, a check or a reload meanwhile. PSD-007 3.3, 4.1. */
import t from 'tap';
import type { Effect } from '../../../../src/policy/effects.ts';
import { ofKind, only } from '../../../support/lists.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';
import { systemFacts } from '../../../support/token-facts.ts';

/** A rig whose test answers for the authority. */
function held(fields: Fields = {}): Rig {
  const rig = createRig([define('web', { identity: 'Worker', ...fields })]);
  rig.holdsTokens = true;
  return rig;
}

const requests = (effects: readonly Effect[]) => ofKind(effects, 'request-token');
const latestJob = (rig: Rig): string => requests(rig.effects).at(-1)?.job ?? 'none';
const grants = (rig: Rig, job: string, token: number) =>
  rig.send({ kind: 'token-done', job, outcome: { ok: true, token, facts: systemFacts } });
const refuses = (rig: Rig, job: string, message: string) => rig.send({ kind: 'token-done', job, outcome: { ok: false, message } });
const endOf = (rig: Rig, job: string) =>
  only(
    ofKind(rig.effects, 'job-changed')
      .map((effect) => effect.job)
      .filter(({ id }) => id === job),
    'state',
    'failureCause',
  ).at(-1);

const takenBack = { state: 'failed', failureCause: 'it was not wanted any more before its token came' };

t.test('a process is made once its token is there, with that token', async (t) => {
  const rig = held();
  rig.command('start', 'web');
  t.strictSame(only(requests(rig.last), 'service', 'identity'), [{ service: 'web', identity: 'Worker' }]);
  t.equal(rig.spawns('web'), 0);
  t.equal(rig.view('web').state, 'starting');
  grants(rig, latestJob(rig), 7);
  t.strictSame(only(rig.spawned('web'), 'token', 'prepareTree', 'tree'), { token: 7, prepareTree: true, tree: 'web' });
  rig.runs('web');
  t.equal(rig.view('web').state, 'active');
});

t.test('CAUSE-027 a hook that got no token is told with the field that names its identity, and nobody is sent to its output', async (t) => {
  const rig = held({ execStartPre: [['/bin/pre']], hookIdentity: 'ghost', restartPolicy: 'Never' });
  rig.command('start', 'web');
  refuses(rig, latestJob(rig), 'nobody is called that.');
  t.equal(rig.view('web').detail, 'service web: ExecStartPre[0] (under HookIdentity) could not be started: nobody is called that.');
});

t.test(
  'EXEC-014 O-30 a refused token fails the start as parent_setup_failure, and its operation, with the words of who refused',
  async (t) => {
    const rig = held();
    const start = rig.accepted('start', 'web');
    refuses(rig, latestJob(rig), 'authd said no');
    t.equal(rig.is('web'), 'failed / parent_setup_failure');
    t.match(rig.view('web').detail, /authd said no/);
    t.match(rig.policy.operation(start), { state: 'failed', error: /authd said no/ });
    t.strictSame(endOf(rig, latestJob(rig)), { state: 'failed', failureCause: 'authd said no' });
    t.equal(rig.spawns('web'), 0);
  },
);

t.test('a token that never comes ends at StartTimeout, without a process and without a kill', async (t) => {
  const rig = held({ startTimeout: 3 });
  rig.command('start', 'web');
  const job = latestJob(rig);
  rig.pass(3);
  t.equal(rig.is('web'), 'failed / readiness_timeout');
  t.equal(
    rig.view('web').detail,
    'service web: the token of Worker had not come 3 seconds after the start (StartTimeout 3 s). ' +
      'Look at the authority (authd), which was asked for it, or raise StartTimeout.',
  );
  t.strictSame(only(ofKind(rig.effects, 'cancel-token'), 'job'), [{ job }]);
  t.strictSame(endOf(rig, job), takenBack);
  t.strictSame(ofKind(rig.effects, 'spawn', 'kill-cgroup', 'await-empty'), []);
  t.equal(rig.policy.state.jobs.size, 0);
});

t.test('ST-017 a stop while the token is out ends at once; the token that comes after it is given back', async (t) => {
  const rig = held();
  rig.command('start', 'web');
  const job = latestJob(rig);
  const stop = rig.accepted('stop', 'web');
  t.equal(rig.is('web'), 'inactive / explicit_stop');
  t.match(rig.policy.operation(stop), { state: 'completed', result: 'inactive' });
  t.strictSame(endOf(rig, job), takenBack);
  t.strictSame(grants(rig, job, 9).effects, [{ kind: 'drop-token', token: 9 }]);
  t.equal(rig.spawns('web'), 0);
  t.strictSame(refuses(rig, job, 'late').effects, []);
});

t.test('a second answer gives its token back, while the first process runs on', async (t) => {
  const rig = held();
  rig.command('start', 'web');
  const job = latestJob(rig);
  grants(rig, job, 1);
  rig.runs('web');
  t.strictSame(grants(rig, job, 2).effects, [{ kind: 'drop-token', token: 2 }]);
  t.strictSame(refuses(rig, job, 'no, after all').effects, []);
  t.equal(rig.is('web'), 'active / explicit_start');
  t.equal(rig.spawns('web'), 1);
});

t.test('SHUT-021 a shutdown does not wait for a token', async (t) => {
  const rig = held();
  rig.command('start', 'web');
  const job = latestJob(rig);
  rig.send({ kind: 'shutdown', type: 'poweroff', forced: false, reason: 'a test' });
  t.strictSame(only(ofKind(rig.last, 'services-stopped'), 'abandoned'), [{ abandoned: [] }]);
  t.strictSame(grants(rig, job, 3).effects, [{ kind: 'drop-token', token: 3 }]);
});

t.test('SHUT-004 a shutdown takes back the check whose token has not come, and its end counts for nothing', async (t) => {
  const check: Fields = { healthCheck: ['/bin/check'], healthCheckInterval: 5, healthCheckRetries: 1 };
  const rig = createRig([define('web', check), define('late', { requires: ['web'] })]);
  rig.up('web');
  rig.up('late');
  rig.holdsTokens = true;
  rig.pass(5);
  const job = latestJob(rig);
  rig.send({ kind: 'shutdown', type: 'poweroff', forced: false, reason: 'a test' });
  t.equal(rig.view('web').state, 'active', 'its wave has not come');
  t.strictSame(endOf(rig, job), takenBack);
  t.strictSame(grants(rig, job, 3).effects, [{ kind: 'drop-token', token: 3 }]);
  t.equal(rig.spawns('web/HealthCheck'), 0);
  t.equal(rig.view('web').state, 'active');
});

t.test('D-23 an answer for a service that was removed meanwhile is given back', async (t) => {
  const rig = held();
  rig.command('start', 'web');
  const job = latestJob(rig);
  rig.load([]);
  rig.command('stop', 'web');
  t.equal(rig.policy.service('web'), null);
  t.strictSame(grants(rig, job, 4).effects, [{ kind: 'drop-token', token: 4 }]);
});

t.test('EXEC-010 the main process waits for its own token after the hooks, whose tree is killed when the start is cut short', async (t) => {
  const rig = held({ execStartPre: [['/bin/one']], hookIdentity: 'Hooker', startTimeout: 3 });
  rig.command('start', 'web');
  t.strictSame(only(requests(rig.last), 'identity'), [{ identity: 'Hooker' }]);
  grants(rig, latestJob(rig), 1);
  rig.ends('web/ExecStartPre[0]', 0);
  rig.empties('web');
  t.strictSame(only(requests(rig.last), 'identity'), [{ identity: 'Worker' }]);
  rig.pass(3);
  t.equal(rig.is('web'), 'failed / readiness_timeout');
  t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'part'), [{ part: 'tree' }, { part: 'tree' }]);
  t.equal(rig.spawns('web'), 0);
});

t.test('HC-004 a check whose token does not come in time is a failed one, and the next one asks anew', async (t) => {
  const rig = createRig([define('web', { healthCheck: ['/bin/check'], healthCheckInterval: 5, healthCheckTimeout: 2 })]);
  rig.up('web');
  rig.holdsTokens = true;
  rig.pass(5);
  const job = latestJob(rig);
  rig.pass(2);
  t.equal(rig.view('web').health, 'unhealthy');
  t.strictSame(endOf(rig, job), takenBack);
  rig.empties('web');
  rig.pass(3);
  t.not(latestJob(rig), job);
  grants(rig, latestJob(rig), 5);
  rig.ends('web/HealthCheck', 0);
  t.equal(rig.view('web').health, 'healthy');
});

t.test('RLD-011 a reload whose token does not come fails at its timeout, and the service goes on', async (t) => {
  const rig = createRig([define('web', { execReload: { type: 'command', argv: ['/bin/reload'] }, startTimeout: 3 })]);
  rig.up('web');
  rig.holdsTokens = true;
  const id = rig.accepted('reload', 'web');
  const job = latestJob(rig);
  rig.pass(3);
  t.equal(rig.view('web').state, 'active');
  t.match(rig.policy.operation(id), { state: 'failed', error: /the token of \w+ for its ExecReload command had not come after 3 seconds/ });
  t.strictSame(endOf(rig, job), takenBack);
  t.equal(rig.spawns('web/ExecReload'), 0);
});
