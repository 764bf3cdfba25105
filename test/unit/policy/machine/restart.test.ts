/** The restart policy: policy, budget, delay, window. PSD-007 5.3. */

import fc from 'fast-check';
import t from 'tap';
import type { Cause } from '../../../../gen/service/types.ts';
import { decideRestart, restartDelaySeconds } from '../../../../src/policy/restarts/decision.ts';
import { ofKind, only } from '../../../support/lists.ts';
import type { Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const definition = { restartPolicy: 'OnFailure', restartMaxRetries: 5, restartDelay: 1, successExitCodes: [3] } as const;
const ask = (cause: Cause, more: Partial<Parameters<typeof decideRestart>[0]> = {}) =>
  decideRestart({ cause, exitCode: null, restarts: 0, definition, possible: true, ...more });

t.test('CAUSE-024 RST-002 the seven failures are restarted under OnFailure', async (t) => {
  for (const cause of [
    'process_crash',
    'watchdog_timeout',
    'health_check_failure',
    'readiness_timeout',
    'pre_hook_failure',
    'pre_exec_failure',
    'parent_setup_failure',
  ] as const) {
    t.match(ask(cause), { kind: 'retry', cause }, cause);
  }
});

t.test('CAUSE-025 nothing else is restarted, not even with Always', async (t) => {
  const always = { ...definition, restartPolicy: 'Always' } as const;
  for (const cause of [
    'explicit_stop',
    'explicit_reset',
    'clean_exit',
    'shutdown_wave',
    'conflict_eviction',
    'binds_to_propagation',
    'process_unkillable',
    'restart_budget_exhausted',
    'validation_error',
    'cycle_detected',
    'dependency_failure',
    'assertion_error',
    'condition_skipped',
  ] as const) {
    t.same(ask(cause, { definition: always }), { kind: 'fail', cause }, cause);
  }
});

t.test('RST-001 RST-005 Never never restarts and never reports an exhausted budget', async (t) => {
  t.same(ask('process_crash', { definition: { ...definition, restartPolicy: 'Never', restartMaxRetries: 0 } }), {
    kind: 'fail',
    cause: 'process_crash',
  });
});

t.test(
  'RST-002 RST-003 an exit before readiness with code 0 or a listed one stays failed under OnFailure and is restarted under Always',
  async (t) => {
    for (const exitCode of [0, 3]) {
      t.same(ask('process_crash', { exitCode }), { kind: 'fail', cause: 'process_crash' });
      t.match(ask('process_crash', { exitCode, definition: { ...definition, restartPolicy: 'Always' } }), { kind: 'retry' });
    }
    t.match(ask('process_crash', { exitCode: 4 }), { kind: 'retry' });
    t.match(ask('readiness_timeout', { exitCode: 0 }), { kind: 'retry' }, 'causes without an exit code always count');
  },
);

t.test('RST-008 the delay doubles from RestartDelay to 60 s and the arithmetic saturates', async (t) => {
  t.same(
    [0, 1, 2, 3, 4, 5, 6, 7].map((restarts) => restartDelaySeconds(1, restarts)),
    [1, 2, 4, 8, 16, 32, 60, 60],
  );
  t.equal(restartDelaySeconds(4_000_000_000, 0), 60);
  t.equal(restartDelaySeconds(4_294_967_295, 4_000_000_000), 60);
  t.equal(restartDelaySeconds(0, 9), 0);
  fc.assert(
    fc.property(fc.nat(4_294_967_295), fc.nat(4_294_967_295), (delay, restarts) => {
      const seconds = restartDelaySeconds(delay, restarts);
      const wanted = BigInt(delay) << BigInt(Math.min(restarts, 64));
      return seconds === Number(wanted > 60n ? 60n : wanted);
    }),
  );
});

t.test('RST-006 a budget of three gives exactly four launches, also for readiness timeouts', async (t) => {
  for (const way of ['crash', 'timeout'] as const) {
    const rig = createRig([
      define('web', { readiness: 'Notify', restartPolicy: 'OnFailure', restartMaxRetries: 3, startTimeout: 5, restartDelay: 1 }),
    ]);
    rig.command('start', 'web');
    for (let round = 0; round < 4; round++) {
      rig.runs('web');
      if (way === 'timeout') rig.pass(5);
      rig.exits('web', way === 'timeout' ? null : 1, way === 'timeout' ? 9 : undefined);
      rig.empties('web');
      if (round < 3) rig.pass(2 ** round);
    }
    rig.pass(500);
    t.equal(rig.spawns('web'), 4, way);
    t.equal(rig.is('web'), 'failed / restart_budget_exhausted', way);
  }
});

/** Crashes and is brought back; @returns the seconds it took. */
function crash(rig: Rig): number {
  const before = rig.spawns('web');
  rig.exits('web', 1);
  rig.empties('web');
  let seconds = 0;
  while (rig.spawns('web') === before && seconds < 100) {
    rig.pass(1);
    seconds += 1;
  }
  rig.runs('web');
  return seconds;
}
const restarting = (fields: Parameters<typeof define>[1] = {}): Rig => {
  const rig = createRig([
    define('web', { restartPolicy: 'OnFailure', restartDelay: 1, restartMaxRetries: 20, restartWindow: 120, ...fields }),
  ]);
  rig.up('web');
  return rig;
};

t.test('RST-009 RST-010 after RestartWindow without failing the next delay is RestartDelay again', async (t) => {
  const rig = restarting();
  t.same([crash(rig), crash(rig), crash(rig)], [1, 2, 4]);
  rig.pass(119);
  t.equal(crash(rig), 8);
  rig.pass(120);
  t.equal(rig.view('web').restart, null);
  t.equal(crash(rig), 1);
});

t.test('RST-009 reloading postpones the end of the window to the return to active', async (t) => {
  const rig = restarting({ startTimeout: 30 });
  crash(rig);
  rig.pass(119);
  rig.command('reload', 'web');
  rig.notify('web', { reloading: true });
  rig.pass(10);
  t.match(rig.view('web'), { state: 'reloading', restart: { attempt: 1 } });
  rig.notify('web', { ready: true });
  t.match(rig.view('web'), { state: 'active', restart: null });
});

t.test('RST-009 RST-014 a clean exit and a reset zero the counter, start, restart and a stop in backoff do not', async (t) => {
  const rig = restarting();
  t.same([crash(rig), crash(rig)], [1, 2]);
  rig.command('restart', 'web');
  rig.exits('web', 0);
  rig.empties('web');
  rig.runs('web');
  t.equal(crash(rig), 4);
  rig.exits('web', 1);
  rig.empties('web');
  rig.command('stop', 'web');
  rig.up('web');
  t.equal(crash(rig), 16, 'the crash before the stop counted');
  rig.exits('web', 0);
  rig.empties('web');
  t.equal(rig.is('web'), 'inactive / clean_exit');
  rig.up('web');
  t.equal(crash(rig), 1);
  const spent = restarting({ restartMaxRetries: 2 });
  t.same([crash(spent), crash(spent)], [1, 2]);
  spent.exits('web', 1);
  spent.empties('web');
  t.equal(spent.is('web'), 'failed / restart_budget_exhausted');
  spent.command('reset', 'web');
  spent.up('web');
  t.same([crash(spent), crash(spent)], [1, 2], 'the whole budget is there again');
});

t.test('RST-004 a successful Oneshot is not run again, not even with Always', async (t) => {
  const rig = createRig([define('web', { type: 'Oneshot', restartPolicy: 'Always' })]);
  rig.up('web');
  rig.exits('web', 0);
  rig.empties('web');
  rig.pass(500);
  t.equal(rig.spawns('web'), 1);
});

t.test('RST-011 CMD-082 the restart is an operation of source restart_policy, or joins a deferred start', async (t) => {
  const rig = restarting();
  rig.exits('web', 1);
  rig.empties('web');
  rig.pass(1);
  t.match(rig.view('web').operation, { type: 'start', source: 'restart_policy' });
  rig.runs('web');
  rig.exits('web', 1);
  rig.empties('web');
  const deferred = rig.accepted('start', 'web');
  t.equal(rig.policy.operation(deferred)?.state, 'pending');
  rig.pass(2);
  t.equal(rig.is('web'), 'starting / explicit_start');
  t.match(rig.view('web').operation, { id: deferred, source: 'admin' });
});

t.test('RST-016 each relaunch has a StartTimeout of its own', async (t) => {
  const rig = createRig([define('web', { readiness: 'Notify', restartPolicy: 'OnFailure', restartDelay: 1, startTimeout: 5 })]);
  rig.command('start', 'web');
  rig.runs('web');
  rig.pass(5);
  rig.exits('web', null, 9);
  rig.empties('web');
  rig.pass(1);
  rig.runs('web');
  rig.pass(4.9);
  t.equal(rig.view('web').state, 'starting');
  rig.pass(0.2);
  rig.exits('web', null, 9);
  t.equal(rig.is('web'), 'backoff / readiness_timeout');
});

t.test(
  'OP-021 CMD-001 the operation of a start that ends in backoff is failed at that moment and says when the next attempt comes',
  async (t) => {
    const rig = createRig([define('web', { readiness: 'Notify', restartPolicy: 'Always', restartDelay: 4 })]);
    const id = rig.accepted('start', 'web');
    rig.runs('web');
    rig.exits('web', 1);
    t.match(rig.policy.operation(id), { state: 'failed', error: /^process_crash: .*in 4 seconds/ });
    t.equal(rig.view('web').state, 'backoff');
    t.match(rig.view('web').restart, { attempt: 1, maxRetries: 5, nextAttemptAt: rig.now + 4_000_000_000n });
  },
);

t.test('RST-007 SHUT-002 BOOT-044 D-40 a Critical service reboots with an exhausted budget, once, and not with Never', async (t) => {
  const rig = createRig([define('web', { errorControl: 'Critical', restartPolicy: 'OnFailure', restartMaxRetries: 1, restartDelay: 0 })]);
  rig.up('web');
  rig.exits('web', 1);
  t.same(ofKind(rig.effects, 'critical-failure'), []);
  rig.empties('web');
  rig.runs('web');
  rig.exits('web', 1);
  t.strictSame(only(ofKind(rig.effects, 'critical-failure'), 'service'), [{ service: 'web' }]);
  const never = createRig([define('web', { errorControl: 'Critical', restartPolicy: 'Never' })]);
  never.up('web');
  never.exits('web', 1);
  t.equal(never.is('web'), 'failed / process_crash');
  t.same(ofKind(never.effects, 'critical-failure'), []);
});

t.test('each failure of a Critical service says on the console how many restarts are left', async (t) => {
  const rig = createRig([define('web', { errorControl: 'Critical', restartPolicy: 'OnFailure', restartMaxRetries: 2, restartDelay: 0 })]);
  rig.up('web');
  for (const text of [
    'critical service web failed; 1 more restart, then its failure reboots the machine',
    'critical service web failed; it has no restart left: its next failure reboots the machine',
  ]) {
    rig.exits('web', 1);
    const told = ofKind(rig.effects, 'report').filter((each) => each.console && each.text.startsWith('critical'));
    t.equal(told.at(-1)?.text, text);
    rig.empties('web');
    rig.runs('web');
  }
});

t.test('GEN-008 ErrorControl counts as it was when the service started', async (t) => {
  const fields = { restartPolicy: 'OnFailure', restartMaxRetries: 0 } as const;
  const rig = createRig([define('web', fields)]);
  rig.up('web');
  rig.load([define('web', { ...fields, errorControl: 'Critical' })]);
  rig.exits('web', 1);
  t.equal(rig.is('web'), 'failed / restart_budget_exhausted');
  t.same(ofKind(rig.effects, 'critical-failure'), []);
});

t.test('RST-009 a skipped service satisfies, and its counter returns to 0 after RestartWindow as well', async (t) => {
  const web = define('web', { restartPolicy: 'OnFailure', restartDelay: 5, restartWindow: 10 });
  const rig = createRig([web]);
  rig.up('web');
  rig.exits('web', 1);
  rig.empties('web');
  rig.load([{ ...web, conditions: [{ type: 'registry', argument: 'Machine\\Never' }] }]);
  rig.pass(5);
  t.equal(rig.view('web').state, 'skipped');
  rig.pass(9.9);
  t.match(rig.view('web').restart, { attempt: 1 });
  rig.pass(0.2);
  t.equal(rig.view('web').restart, null);
});
