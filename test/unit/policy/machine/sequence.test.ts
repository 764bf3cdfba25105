/** Checks, hooks, the main process and post-hooks. PSD-007 4.1. */
import t from 'tap';
import { matchEach, ofKind, only } from '../../../support/lists.ts';
import type { Fields, Rig } from '../../../support/policy-rig.ts';
import { createRig, define } from '../../../support/policy-rig.ts';

const start = (fields: Fields): Rig => {
  const rig = createRig([define('web', fields)]);
  rig.command('start', 'web');
  return rig;
};
const check = (rig: Rig): string => {
  const found = ofKind(rig.effects, 'run-checks').at(-1);
  return found?.kind === 'run-checks' ? found.check : '';
};

t.test('EXEC-004 path checks go to the helper while the service is inactive, registry checks are answered from memory', async (t) => {
  const rig = createRig();
  const conditions = [
    { type: 'path', argument: '/a' },
    { type: 'registry', argument: 'Machine\\System\\Init\\X' },
  ] as const;
  rig.load([define('web', { conditions, asserts: [{ type: 'file', argument: '/b' }], preStartCheckTimeout: 7 })], {
    keys: ['machine\\system\\init\\x'],
  });
  rig.boot();
  rig.command('start', 'web');
  t.equal(rig.view('web').state, 'inactive');
  t.strictSame(only(ofKind(rig.last, 'run-checks'), 'service', 'timeoutSeconds', 'checks'), [
    {
      service: 'web',
      timeoutSeconds: 7,
      checks: [
        { type: 'path', argument: '/a' },
        { type: 'file', argument: '/b' },
      ],
    },
  ]);
  rig.send({ kind: 'checks-done', check: check(rig), verdicts: [true, true] });
  t.equal(rig.view('web').state, 'starting');
  t.strictSame(ofKind(rig.last, 'cancel-checks'), [], 'what has answered needs no cancelling');
});

t.test(
  'DEF-058 PreStartCheckTimeout is 5 s unless the definition says otherwise, and a changed one counts at the next start',
  async (t) => {
    const web = define('web', { conditions: [{ type: 'path', argument: '/a' }] });
    const rig = createRig([web]);
    rig.command('start', 'web');
    t.strictSame(only(ofKind(rig.last, 'run-checks'), 'timeoutSeconds'), [{ timeoutSeconds: 5 }]);
    rig.load([{ ...web, preStartCheckTimeout: 9 }]);
    rig.send({ kind: 'checks-done', check: check(rig), verdicts: [false] });
    t.equal(rig.is('web'), 'skipped / condition_skipped');
    rig.command('start', 'web');
    t.strictSame(only(ofKind(rig.last, 'run-checks'), 'timeoutSeconds'), [{ timeoutSeconds: 9 }]);
  },
);

t.test('DEF-065 checks that are not answered count as not met', async (t) => {
  const rig = start({ conditions: [{ type: 'path', argument: '/a' }] });
  rig.send({ kind: 'checks-done', check: check(rig), verdicts: null });
  t.equal(rig.is('web'), 'skipped / condition_skipped');
  t.match(rig.view('web').detail, /PreStartCheckTimeout/);
  const asserting = start({ asserts: [{ type: 'directory', argument: '/a' }] });
  asserting.send({ kind: 'checks-done', check: check(asserting), verdicts: null });
  t.equal(asserting.is('web'), 'failed / assertion_error');
});

t.test('no more than MaxParallelStarts services of a boot are checked at once, and the next in line takes over', async (t) => {
  const rig = createRig();
  const names = ['a', 'b', 'c', 'd', 'e'];
  rig.load(names.map((name) => define(name, { triggers: [{ type: 'boot' }], conditions: [{ type: 'path', argument: '/a' }] })));
  rig.boot(2);
  const asked = () => ofKind(rig.effects, 'run-checks').map((effect) => effect.service);
  t.strictSame(asked(), ['a', 'b']);
  rig.send({ kind: 'checks-done', check: check(rig), verdicts: [false] });
  t.strictSame(asked(), ['a', 'b', 'c']);
  rig.command('stop', 'd');
  rig.command('stop', 'a');
  t.strictSame(asked(), ['a', 'b', 'c', 'e'], 'who left the line has no turn');
});

t.test('OPC-004 a stop while checks run cancels them and leaves the service as it was', async (t) => {
  const rig = start({ conditions: [{ type: 'path', argument: '/a' }] });
  rig.command('stop', 'web');
  t.strictSame(only(ofKind(rig.last, 'cancel-checks'), 'check'), [{ check: check(rig) }]);
  rig.send({ kind: 'checks-done', check: check(rig), verdicts: [true] });
  t.equal(rig.is('web'), 'inactive / null');
});

t.test('EXEC-007 waiting for checks does not use StartTimeout up', async (t) => {
  const rig = start({ conditions: [{ type: 'path', argument: '/a' }], startTimeout: 2, readiness: 'Notify' });
  rig.pass(1.5);
  rig.send({ kind: 'checks-done', check: check(rig), verdicts: [true] });
  rig.runs('web');
  rig.pass(1.9);
  t.equal(rig.view('web').state, 'starting');
  rig.pass(0.2);
  rig.exits('web', null, 9);
  t.equal(rig.is('web'), 'failed / readiness_timeout');
});

t.test(
  'EXEC-010 EXEC-013 JOB-006 hooks run one at a time under HookIdentity, then hooks/ is killed, then the main process starts',
  async (t) => {
    const rig = start({ execStartPre: [['/bin/one', 'x'], ['/bin/two']], hookIdentity: 'Hooker', identity: 'Worker' });
    t.strictSame(only(rig.spawned('web/ExecStartPre[0]'), 'type', 'part', 'argv', 'identity', 'prepareTree'), {
      type: 'pre_exec_hook',
      part: 'hooks',
      argv: ['/bin/one', 'x'],
      identity: 'Hooker',
      prepareTree: true,
    });
    t.equal(rig.spawns('web/ExecStartPre[1]'), 0);
    rig.runs('web/ExecStartPre[0]');
    rig.exits('web/ExecStartPre[0]', 0);
    t.match(rig.spawned('web/ExecStartPre[1]'), { prepareTree: false });
    rig.runs('web/ExecStartPre[1]');
    rig.exits('web/ExecStartPre[1]', 0);
    t.strictSame(only(ofKind(rig.last, 'kill-cgroup', 'await-empty'), 'part'), [{ part: 'hooks' }, { part: 'hooks' }]);
    t.equal(rig.spawns('web'), 0);
    rig.empties('web');
    t.strictSame(only(rig.spawned('web'), 'type', 'part', 'argv', 'identity'), {
      type: 'service_main',
      part: 'main',
      argv: ['/bin/web'],
      identity: 'Worker',
    });
    t.equal(rig.spawned('web').process.watchdogUsec, null);
  },
);

t.test(
  'EXEC-012 EXEC-011 CAUSE-014 a hook that fails or gets no process ends the start: the tree is killed and nothing else runs',
  async (t) => {
    for (const fail of [(rig: Rig) => rig.ends('web/ExecStartPre[0]', 3), (rig: Rig) => rig.setupFails('web/ExecStartPre[0]', 'parent')]) {
      const rig = start({ execStartPre: [['/bin/one'], ['/bin/two']], successExitCodes: [3] });
      fail(rig);
      t.equal(rig.is('web'), 'failed / pre_hook_failure');
      t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'part'), [{ part: 'tree' }]);
      t.equal(rig.spawns('web/ExecStartPre[1]') + rig.spawns('web'), 0);
      t.match(rig.view('web').detail, /service web: ExecStartPre\[0\]/);
    }
  },
);

t.test('EXEC-008 SVC-010 StartTimeout covers hooks and the run of a Oneshot, and kills the whole tree', async (t) => {
  const rig = start({ type: 'Oneshot', execStartPre: [['/bin/one']], startTimeout: 5 });
  rig.runs('web/ExecStartPre[0]');
  rig.pass(3);
  rig.exits('web/ExecStartPre[0]', 0);
  rig.empties('web');
  rig.runs('web');
  rig.pass(2);
  t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'part'), [{ part: 'tree' }]);
  rig.exits('web', null, 9);
  t.equal(rig.is('web'), 'failed / readiness_timeout');
  t.match(
    rig.view('web').detail,
    /its process had not ended 5 seconds after the start .*\. Look at its output \(peiosctl logs web\), or raise StartTimeout\.$/,
  );
});

t.test('HC-010 a hook left in D-state is given up and the start goes on', async (t) => {
  const rig = start({ execStartPre: [['/bin/one']] });
  rig.runs('web/ExecStartPre[0]');
  rig.exits('web/ExecStartPre[0]', 0);
  rig.pass(5);
  t.equal(rig.spawns('web'), 1);
  t.strictSame(only(rig.view('web').leaks, 'path', 'type'), [{ path: 'peinit/web/hooks', type: 'hooks' }]);
});

t.test('EXEC-028 EXEC-029 D-30 active comes before the post-hooks, the release of dependents and the watchdog after them', async (t) => {
  const rig = createRig([
    define('web', { execStartPost: [['/bin/post'], ['/bin/post2']], watchdogTimeout: 3 }),
    define('app', { requires: ['web'] }),
  ]);
  rig.command('start', 'app');
  rig.runs('web');
  t.equal(rig.view('web').state, 'active');
  t.match(rig.spawned('web/ExecStartPost[0]'), { type: 'post_exec_hook', part: 'hooks' });
  rig.runs('web/ExecStartPost[0]');
  rig.pass(4);
  t.equal(rig.view('web').state, 'active', 'the watchdog does not run yet');
  rig.exits('web/ExecStartPost[0]', 1);
  matchEach(t, ofKind(rig.last, 'report'), [{ level: 'warning', text: /ExecStartPost\[0\] exited with code 1/ }]);
  t.equal(rig.spawns('app'), 0);
  rig.runs('web/ExecStartPost[1]');
  rig.exits('web/ExecStartPost[1]', 0);
  t.equal(rig.spawns('app'), 1);
  t.equal(rig.is('web'), 'active / dependency_start', 'neither state nor cause changed');
  rig.pass(3);
  rig.exits('web', null, 9);
  t.equal(rig.is('web'), 'failed / watchdog_timeout');
});

t.test('EXEC-028 a post-hook that takes longer than the rest of StartTimeout is killed, and the service goes on', async (t) => {
  const rig = start({ execStartPost: [['/bin/post'], ['/bin/post2']], startTimeout: 4 });
  rig.runs('web');
  rig.runs('web/ExecStartPost[0]');
  rig.pass(4);
  t.strictSame(only(ofKind(rig.last, 'kill-cgroup'), 'part'), [{ part: 'hooks' }]);
  rig.exits('web/ExecStartPost[0]', null, 9);
  t.equal(rig.is('web'), 'active / explicit_start');
  t.equal(rig.spawns('web/ExecStartPost[1]'), 0);
});

t.test('SVC-009 SVC-005 SVC-008 a Oneshot runs post-hooks after a successful exit only', async (t) => {
  const rig = start({ type: 'Oneshot', successExitCodes: [3], execStartPost: [['/bin/post']] });
  rig.runs('web');
  rig.exits('web', 3);
  t.equal(rig.view('web').state, 'completed');
  rig.runs('web/ExecStartPost[0]');
  rig.exits('web/ExecStartPost[0]', 0);
  t.equal(rig.is('web'), 'inactive / clean_exit');
  const failing = start({ type: 'Oneshot', execStartPost: [['/bin/post']] });
  failing.runs('web');
  failing.exits('web', 3);
  t.equal(failing.is('web'), 'failed / process_crash');
  t.equal(failing.spawns('web/ExecStartPost[0]'), 0);
});

t.test('SVC-006 READY=1 does not complete a Oneshot', async (t) => {
  const rig = start({ type: 'Oneshot', readiness: 'Notify' });
  rig.runs('web');
  rig.notify('web', { ready: true });
  t.equal(rig.view('web').state, 'starting');
});

t.test(
  'EXEC-019 JOB-001 JOB-002 JOB-004 JOB-007 JOB-008 CMD-016 a job is created with its id and gets its pid when exec is confirmed',
  async (t) => {
    const rig = start({ arguments: ['-d', '/x'] });
    const { job } = rig.spawned('web');
    t.match(rig.view('web').job, { id: job, pid: null, startedAt: null, identity: 'LocalService' });
    const records = () => ofKind(rig.effects, 'job-changed').flatMap((effect) => (effect.kind === 'job-changed' ? [effect.job] : []));
    t.strictSame(only(records(), 'id', 'state', 'imagePath', 'arguments', 'tree', 'pid', 'startedAt'), [
      { id: job, state: 'created', imagePath: '/bin/web', arguments: ['-d', '/x'], tree: 'web', pid: null, startedAt: null },
    ]);
    rig.runs('web');
    t.match(records().at(-1), { state: 'running' });
    t.type(rig.view('web').job?.pid, 'number');
    rig.exits('web', null, 15);
    t.match(records().at(-1), { id: job, state: 'failed', exitCode: null, exitSignal: 15, failureCause: /SIGTERM/ });
    t.equal(rig.policy.state.jobs.size, 0, 'forgotten');
    t.equal(rig.view('web').job, null);
    rig.empties('web');
    rig.command('start', 'web');
    t.not(rig.spawned('web').job, job);
  },
);

t.test('CMD-016 hooks and checks are never the current job: only the main process is', async (t) => {
  const rig = start({
    readiness: 'Notify',
    execStartPre: [['/bin/pre']],
    execStartPost: [['/bin/post']],
    execReload: { type: 'command', argv: ['/bin/reload'] },
    healthCheck: ['/bin/check'],
    healthCheckInterval: 5,
  });
  t.equal(rig.view('web').job, null, 'a hook is being made');
  rig.runs('web/ExecStartPre[0]');
  t.equal(rig.view('web').job, null, 'a hook runs');
  rig.exits('web/ExecStartPre[0]', 0);
  rig.empties('web');
  rig.runs('web');
  const main = rig.spawned('web').job;
  rig.notify('web', { ready: true });
  rig.runs('web/ExecStartPost[0]');
  t.equal(rig.view('web').job?.id, main, 'while a post-hook runs');
  rig.exits('web/ExecStartPost[0]', 0);
  rig.pass(5);
  rig.runs('web/HealthCheck');
  t.equal(rig.view('web').job?.id, main, 'while a check runs');
  rig.command('reload', 'web');
  rig.runs('web/ExecReload');
  t.equal(rig.view('web').job?.id, main, 'while a reload command runs');
});

t.test('CMD-016 once the main process has ended nothing that still runs is shown', async (t) => {
  const rig = start({ type: 'Oneshot', remainAfterExit: true, execStartPost: [['/bin/post']] });
  rig.ends('web', 0);
  rig.empties('web');
  rig.runs('web/ExecStartPost[0]');
  t.equal(rig.view('web').state, 'completed');
  t.equal(rig.view('web').job, null);
});

t.test(
  'DEF-019 HC-001 ID-015 ID-016 ID-020 HookIdentity is the principal of hooks alone, before and after the start; absent it is Identity',
  async (t) => {
    const kept = ['SeAuditPrivilege'];
    const fields = {
      identity: 'Worker',
      requiredPrivileges: kept,
      readiness: 'Notify',
      execStartPre: [['/bin/pre']],
      execStartPost: [['/bin/post']],
      execReload: { type: 'command', argv: ['/bin/reload'] },
      healthCheck: ['/bin/check'],
      healthCheckInterval: 5,
    } as const;
    for (const [hookIdentity, ofHooks] of [
      ['Helper', { identity: 'Helper', requiredPrivileges: null }],
      [undefined, { identity: 'Worker', requiredPrivileges: kept }],
    ] as const) {
      const rig = start({ ...fields, hookIdentity });
      rig.ends('web/ExecStartPre[0]', 0);
      rig.empties('web');
      rig.runs('web');
      rig.notify('web', { ready: true });
      rig.ends('web/ExecStartPost[0]', 0);
      rig.pass(5);
      rig.ends('web/HealthCheck', 0);
      rig.command('reload', 'web');
      const origins = ['web/ExecStartPre[0]', 'web/ExecStartPost[0]', 'web', 'web/HealthCheck', 'web/ExecReload'];
      const own = { identity: 'Worker', requiredPrivileges: kept };
      t.strictSame(
        only(
          origins.map((origin) => rig.spawned(origin)),
          'identity',
          'requiredPrivileges',
        ),
        [ofHooks, ofHooks, own, own, own],
      );
    }
  },
);

t.test('EXEC-026 JOB-004 a job whose setup failed has a reason and no exit', async (t) => {
  const rig = start({});
  rig.setupFails('web', 'child');
  const last = ofKind(rig.effects, 'job-changed').at(-1);
  t.match(last, { job: { state: 'failed', exitCode: null, exitSignal: null, failureCause: /clone3 failed/ } });
});

t.test('EXEC-038 WD-005 the watchdog interval goes with the spawn of a Simple service', async (t) => {
  t.equal(start({ watchdogTimeout: 2 }).spawned('web').process.watchdogUsec, 2_000_000n);
  t.equal(start({ watchdogTimeout: 2, type: 'Oneshot' }).spawned('web').process.watchdogUsec, null);
});

t.test(
  'GEN-003 program, arguments, variables and post-hooks are those of the begin of the start, whatever is written meanwhile',
  async (t) => {
    const before = {
      readiness: 'Notify',
      execStartPre: [
        ['/bin/pre', '0'],
        ['/bin/pre', '1'],
      ],
      execStartPost: [['/bin/post', 'old']],
      arguments: ['old'],
      environment: ['WHICH=old'],
    } as const;
    const after = {
      ...before,
      imagePath: '/bin/new',
      execStartPre: [],
      execStartPost: [['/bin/post', 'new']],
      arguments: ['new'],
      environment: ['WHICH=new'],
    } as const;
    const rig = createRig([define('web', before)]);
    rig.command('start', 'web');
    rig.runs('web/ExecStartPre[0]');
    rig.load([define('web', after)]);
    rig.exits('web/ExecStartPre[0]', 0);
    rig.ends('web/ExecStartPre[1]', 0);
    rig.empties('web');
    t.strictSame(rig.spawned('web').argv, ['/bin/web', 'old']);
    t.strictSame(rig.spawned('web').process.environment, ['WHICH=old']);
    rig.runs('web');
    rig.load([define('web', { ...after, arguments: ['newer'] })]);
    rig.notify('web', { ready: true });
    t.strictSame(rig.spawned('web/ExecStartPost[0]').argv, ['/bin/post', 'old']);
    t.strictSame(rig.spawned('web/ExecStartPost[0]').process.environment, ['WHICH=old']);
  },
);

t.test('GEN-003 GEN-004 GEN-005 a start runs on the definition it began with, the next one on the present one', async (t) => {
  const rig = createRig([define('web', { readiness: 'Notify', startTimeout: 10 })]);
  rig.command('start', 'web');
  rig.load([define('web', { imagePath: '/bin/new', readiness: 'Notify', startTimeout: 1 })]);
  rig.runs('web');
  rig.pass(9);
  t.equal(rig.view('web').state, 'starting');
  rig.pass(1);
  rig.exits('web', null, 9);
  rig.empties('web');
  rig.command('start', 'web');
  t.strictSame(rig.spawned('web').argv, ['/bin/new']);
});

t.test('EXEC-008 what the hooks left behind keeps no start from ending at StartTimeout', async (t) => {
  const rig = start({ execStartPre: [['/bin/pre']], startTimeout: 3 });
  rig.ends('web/ExecStartPre[0]', 0);
  rig.pass(3);
  t.equal(rig.is('web'), 'failed / readiness_timeout');
  t.match(rig.view('web').detail, /processes left by ExecStartPre had not ended 3 seconds after the start/);
});

t.test('GRAPH-008 a Oneshot that did its work holds no slot while its post-hooks run', async (t) => {
  const boot = [{ type: 'boot' }] as const;
  const rig = createRig();
  rig.load([define('a', { triggers: boot, type: 'Oneshot', execStartPost: [['/bin/post']] }), define('b', { triggers: boot })]);
  rig.boot(1);
  t.equal(rig.spawns('b'), 0);
  rig.ends('a', 0);
  t.strictSame([rig.view('a').state, rig.spawns('a/ExecStartPost[0]'), rig.spawns('b')], ['completed', 1, 1]);
});
