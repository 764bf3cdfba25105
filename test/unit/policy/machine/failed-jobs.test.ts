import t from 'tap';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const jobOf = (rig: Rig, origin: string): string => rig.spawned(origin).job;

const starting = (fields: Fields): Rig => {
  const rig = createRig([define('web', { readiness: 'Notify', startTimeout: 5, ...fields })]);
  rig.command('start', 'web');
  return rig;
};

t.test('a failure names the processes whose output tells of it', async (t) => {
  const hook = starting({ execStartPre: [['/bin/pre']] });
  hook.ends('web/ExecStartPre[0]', 1);
  t.strictSame([hook.is('web'), hook.view('web').failedJobs], ['failed / pre_hook_failure', [jobOf(hook, 'web/ExecStartPre[0]')]]);

  const slowHook = starting({ execStartPre: [['/bin/pre']] });
  slowHook.runs('web/ExecStartPre[0]');
  slowHook.pass(5);
  slowHook.exits('web/ExecStartPre[0]', null, 9);
  t.strictSame(slowHook.view('web').failedJobs, [jobOf(slowHook, 'web/ExecStartPre[0]')]);

  const crash = starting({ execStartPre: [['/bin/pre']], restartPolicy: 'OnFailure', restartDelay: 3 });
  crash.ends('web/ExecStartPre[0]', 0);
  crash.empties('web');
  crash.ends('web', 1);
  t.strictSame([crash.is('web'), crash.view('web').failedJobs], ['backoff / process_crash', [jobOf(crash, 'web')]]);
  crash.pass(3);
  crash.empties('web');
  t.strictSame([crash.view('web').state, crash.view('web').failedJobs], ['starting', []], 'it goes on');

  const late = starting({});
  late.runs('web');
  late.pass(5);
  late.exits('web', null, 9);
  t.strictSame([late.is('web'), late.view('web').failedJobs], ['failed / readiness_timeout', [jobOf(late, 'web')]]);

  const ill = createRig([
    define('web', { healthCheck: ['/bin/check'], healthCheckInterval: 5, healthCheckTimeout: 1, healthCheckRetries: 1 }),
  ]);
  ill.up('web');
  ill.pass(5);
  ill.ends('web/HealthCheck', 1);
  ill.exits('web', null, 9);
  t.strictSame(ill.view('web').failedJobs, [jobOf(ill, 'web'), jobOf(ill, 'web/HealthCheck')]);

  const hung = createRig([define('web', { watchdogTimeout: 2 })]);
  hung.up('web');
  hung.pass(2);
  hung.exits('web', null, 9);
  t.strictSame([hung.is('web'), hung.view('web').failedJobs], ['failed / watchdog_timeout', [jobOf(hung, 'web')]]);
});

t.test('a service that failed because of another one has no process that did', async (t) => {
  const rig = createRig([define('web', { requires: ['db'] }), define('db')]);
  rig.command('start', 'web');
  rig.setupFails('db', 'child');
  t.strictSame([rig.is('web'), rig.view('web').failedJobs], ['failed / dependency_failure', []]);
  t.strictSame([rig.is('db'), rig.view('db').failedJobs], ['failed / pre_exec_failure', [jobOf(rig, 'db')]]);
});
