/** Health checks. PSD-007 4.2. */
import t from 'tap';
import { only } from '../../../support/lists.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const checked = (fields: Fields = {}): Rig => {
  const rig = createRig([
    define('web', { healthCheck: ['/bin/check', 'x'], healthCheckInterval: 5, healthCheckTimeout: 2, healthCheckRetries: 3, ...fields }),
  ]);
  rig.up('web');
  return rig;
};
const check = (rig: Rig, code: number): void => {
  rig.pass(5);
  rig.ends('web/HealthCheck', code);
};
const killed = (rig: Rig, part: string): boolean => rig.last.some((effect) => effect.kind === 'kill-cgroup' && effect.part === part);

t.test('HC-001 HC-002 HC-015 checks run in health/ at the interval; unknown, healthy, unhealthy; what they leave is killed', async (t) => {
  const rig = checked({ identity: 'Worker' });
  t.equal(rig.view('web').health, 'unknown');
  rig.pass(4.9);
  t.equal(rig.spawns('web/HealthCheck'), 0);
  rig.pass(0.1);
  t.strictSame(only(rig.spawned('web/HealthCheck'), 'type', 'part', 'argv', 'identity'), {
    type: 'health_check',
    part: 'health',
    argv: ['/bin/check', 'x'],
    identity: 'Worker',
  });
  rig.ends('web/HealthCheck', 0);
  t.equal(rig.view('web').health, 'healthy');
  t.ok(killed(rig, 'health'));
  check(rig, 1);
  t.equal(rig.view('web').health, 'unhealthy', 'D-46 with the first failing one');
  t.equal(createRig([define('web')]).view('web').health, null);
});

t.test('HC-005 HC-006 only HealthCheckRetries failures in a row doom the service', async (t) => {
  const rig = checked({ restartPolicy: 'OnFailure' });
  for (const code of [1, 1, 0, 1, 1]) check(rig, code);
  t.equal(rig.view('web').state, 'active');
  t.notOk(killed(rig, 'tree'));
  check(rig, 1);
  t.ok(killed(rig, 'tree'));
  rig.exits('web', null, 9);
  t.equal(rig.is('web'), 'backoff / health_check_failure');
});

t.test('HC-003 HC-004 a check that takes too long is killed and is one failure; while it runs no other one begins', async (t) => {
  const rig = checked({ healthCheckTimeout: 7 });
  rig.pass(5);
  rig.runs('web/HealthCheck');
  rig.pass(5);
  t.equal(rig.spawns('web/HealthCheck'), 1);
  rig.pass(2);
  t.ok(killed(rig, 'health'));
  t.equal(rig.view('web').health, 'unhealthy');
  rig.exits('web/HealthCheck', null, 9);
  check(rig, 1);
  check(rig, 1);
  t.ok(killed(rig, 'tree'), 'the overlong one counted once');
});

t.test('HC-014 a check that cannot be launched is a failed one', async (t) => {
  const rig = checked({ healthCheckRetries: 1 });
  rig.pass(5);
  rig.setupFails('web/HealthCheck', 'child');
  t.equal(rig.view('web').health, 'unhealthy');
  t.ok(killed(rig, 'tree'));
});

t.test('HC-008 HC-009 HC-011 HC-016 a check that outlives SIGKILL is given up with a warning, and supervision goes on', async (t) => {
  const rig = checked();
  rig.pass(5);
  rig.runs('web/HealthCheck');
  rig.pass(2);
  rig.pass(5);
  t.equal(rig.view('web').state, 'active');
  t.strictSame(only(rig.view('web').leaks, 'path', 'type', 'detectedAt'), [
    { path: 'peinit/web/health', type: 'health', detectedAt: 1_700_000_000_000_000_000n + rig.now },
  ]);
  const text = rig.effects.flatMap((effect) => (effect.kind === 'report' ? [effect.text] : [])).at(-1);
  t.match(
    text,
    'health check sub-cgroup for service web has D-state processes, likely dead I/O. Sub-cgroup leaked. ' +
      'Underlying I/O problem requires investigation.',
  );
});

t.test('HC-015 health is unknown as soon as the service is active, through ExecStartPost', async (t) => {
  const rig = createRig([define('web', { healthCheck: ['/bin/check'], healthCheckInterval: 5, execStartPost: [['/bin/post']] })]);
  rig.command('start', 'web');
  t.equal(rig.view('web').health, null);
  rig.runs('web');
  t.match(rig.view('web'), { state: 'active', health: 'unknown' });
  rig.pass(6);
  t.equal(rig.spawns('web/HealthCheck'), 0, 'checks begin after the post-hooks');
  rig.ends('web/ExecStartPost[0]', 0);
  rig.pass(5);
  t.equal(rig.spawns('web/HealthCheck'), 1);
});

t.test('DEF-024 GEN-010 D-17 a HealthCheck that is added to a running service runs, and one that is taken away ends', async (t) => {
  const plain = define('web', { healthCheckInterval: 5, healthCheckTimeout: 2, healthCheckRetries: 1 });
  const withCheck = { ...plain, healthCheck: ['/bin/check'] as const };
  const rig = createRig([plain]);
  rig.up('web');
  rig.pass(100);
  rig.load([withCheck]);
  t.equal(rig.view('web').health, 'unknown');
  check(rig, 0);
  t.equal(rig.view('web').health, 'healthy');
  rig.empties('web');
  rig.load([plain]);
  t.equal(rig.view('web').health, null);
  rig.pass(100);
  t.equal(rig.spawns('web/HealthCheck'), 1);
  rig.load([withCheck]);
  rig.pass(5);
  rig.runs('web/HealthCheck');
  rig.load([plain]);
  t.ok(killed(rig, 'health'), 'one that runs is given up');
  rig.load([withCheck]);
  rig.exits('web/HealthCheck', null, 9);
  t.match(rig.view('web'), { state: 'active', health: 'unknown' }, 'its end is not a failure of the new one');
  check(rig, 0);
  t.equal(rig.view('web').health, 'healthy');
});

t.test('HC-004 the text of a check that took too long names the time it was given', async (t) => {
  const rig = checked({ healthCheckRetries: 1 });
  rig.pass(5);
  rig.runs('web/HealthCheck');
  rig.load([define('web', { healthCheck: ['/bin/check', 'x'], healthCheckInterval: 5, healthCheckTimeout: 60, healthCheckRetries: 1 })]);
  rig.pass(2);
  rig.exits('web', null, 9);
  t.match(rig.view('web').detail, /did not end within 2 s/);
});

t.test('the last check is told with its result, and is forgotten with its run', async (t) => {
  const rig = checked({ healthCheckRetries: 9, restartPolicy: 'OnFailure' });
  const last = () => rig.view('web').healthCheck;
  t.equal(last(), null);
  check(rig, 3);
  const at = { monotonic: rig.now, realtime: 1_700_000_000_000_000_000n + rig.now };
  t.same(last(), { result: 'failed', exitCode: 3, exitSignal: null, at, failures: 1, retries: 9 });
  rig.pass(5);
  rig.runs('web/HealthCheck');
  rig.exits('web/HealthCheck', null, 11);
  t.match(last(), { result: 'failed', exitCode: null, exitSignal: 11, failures: 2 });
  rig.pass(5);
  rig.setupFails('web/HealthCheck', 'child');
  t.match(last(), { result: 'not_started', exitCode: null, exitSignal: null, failures: 3 });
  rig.pass(5);
  rig.runs('web/HealthCheck');
  rig.pass(2);
  rig.exits('web/HealthCheck', null, 9);
  t.match(last(), { result: 'timed_out', exitCode: null, exitSignal: null, failures: 4 });
  rig.pass(3);
  rig.ends('web/HealthCheck', 0);
  t.match(last(), { result: 'passed', exitCode: 0, failures: 0 });
  rig.exits('web', 1);
  t.equal(last(), null);
});

t.test('HC-008 HC-009 while a killed check lingers, the next one is born in another generation of health/', async (t) => {
  const rig = checked({ healthCheckRetries: 2 });
  const leaks = () => rig.view('web').leaks.map(({ path }) => path);
  rig.pass(5);
  rig.runs('web/HealthCheck');
  rig.pass(2);
  rig.pass(4.9);
  t.equal(rig.spawns('web/HealthCheck'), 1, 'it runs as long as it may still vanish');
  rig.pass(0.1);
  t.same(leaks(), ['peinit/web/health']);
  rig.pass(3);
  t.equal(rig.spawned('web/HealthCheck').part, 'health@gen1');
  rig.ends('web/HealthCheck', 0);
  t.equal(rig.view('web').health, 'healthy');
  rig.empties('web');
  check(rig, 0);
  t.equal(rig.spawned('web/HealthCheck').part, 'health@gen1');
  t.match(rig.view('web'), { state: 'active', leaks: { length: 1 } });
});

t.test('HC-002 HC-009 what a check that passed leaves in D-state is told as a leak, each time, and fails nobody', async (t) => {
  const rig = checked({ healthCheckRetries: 1 });
  const parts: string[] = [];
  for (let round = 0; round < 3; round++) {
    check(rig, 0);
    parts.push(rig.spawned('web/HealthCheck').part);
  }
  t.same(parts, ['health', 'health@gen1', 'health@gen2']);
  rig.pass(4);
  t.match(rig.view('web'), { state: 'active', health: 'healthy' });
  t.strictSame(only(rig.view('web').leaks, 'path', 'type'), [
    { path: 'peinit/web/health', type: 'health' },
    { path: 'peinit/web/health@gen1', type: 'health' },
  ]);
});

t.test('GEN-010 a check whose command is changed while it runs counts for nothing, and a shorter interval begins at once', async (t) => {
  const web = define('web', { healthCheck: ['/bin/old'], healthCheckInterval: 600, healthCheckTimeout: 100, healthCheckRetries: 1 });
  const rig = createRig([web]);
  rig.up('web');
  rig.load([{ ...web, healthCheckInterval: 5 }]);
  rig.pass(5);
  rig.runs('web/HealthCheck');
  rig.load([{ ...web, healthCheck: ['/bin/new'], healthCheckInterval: 5 }]);
  rig.exits('web/HealthCheck', 1);
  t.match(rig.view('web'), { state: 'active', health: 'unknown' });
  rig.pass(5);
  t.same(rig.spawned('web/HealthCheck').argv, ['/bin/new']);
});
