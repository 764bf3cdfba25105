import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { ControlError } from '../../../clients/typescript/transport.ts';
import { container } from '../../support/in-container.ts';
import { bootSettled, cannotRun, project, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;
const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive' };
const notifier = { ImagePath: '/usr/local/sbin/node', Arguments: [`${project}/test/support/notify-and-sleep.ts`] };
const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error instanceof ControlError ? error.code : String(error)),
  );

t.test(
  'CMD-005 CMD-006 EXEC-027 NTF-008 start answers at readiness with the acknowledgement, and status follows the service',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { registry: withServices({ app: notifier }) });
    const client = await machine.client();
    const answer = await client.start({ service: 'APP' });
    t.match(answer, { service: 'app', state: 'active', cause: 'explicit_start', operation_id: /^[0-9a-f-]{36}$/ });
    t.strictSame(answer.warnings, []);
    const status = await client.status({ service: 'app' });
    t.match(status, {
      state: 'active',
      status_text: 'ready by itself',
      current_job: { type: 'service_main', identity: 'SYSTEM' },
      definition_removed: false,
    });
    t.strictSame(machine.processes('app', 'main'), [status.current_job?.pid]);
  },
);

t.test('CMD-007 CMD-008 OP-009 stop ends the process with SIGTERM and answers when it is gone', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      app: { ...shell('trap "echo term > /run/said; exit 0" TERM; touch /run/up; while :; do sleep 0.05; done'), Readiness: 'Alive' },
    }),
  });
  const client = await machine.client();
  await client.start({ service: 'app' });
  await until('the trap is set', () => existsSync(machine.path('/run/up')));
  t.match(await client.stop({ service: 'app' }), { state: 'inactive', cause: 'explicit_stop' });
  t.equal(readFileSync(machine.path('/run/said'), 'utf8'), 'term\n');
  t.match(await client.status({ service: 'app' }), { current_job: null, uptime_seconds: null });
});

t.test('DEF-022 OP-010 a service that ignores SIGTERM is killed with all that it started after StopTimeout', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ deaf: { ...shell('trap "" TERM; sleep 1000 & touch /run/up; wait'), Readiness: 'Alive', StopTimeout: 1 } }),
  });
  const client = await machine.client();
  await client.start({ service: 'deaf' });
  await until('the trap is set', () => existsSync(machine.path('/run/up')));
  const before = Date.now();
  t.match(await client.stop({ service: 'deaf' }), { state: 'inactive' });
  t.ok(Date.now() - before >= 950, 'StopTimeout was given');
  t.strictSame(machine.processes('deaf'), []);
});

t.test(
  'CMD-002 CMD-014 a start that nobody waits for is acknowledged before the service is up, and status is answered meanwhile',
  { skip },
  async (t) => {
    const slow = shell('while [ ! -e /run/go ]; do sleep 0.05; done; exec /usr/local/sbin/node "$0"');
    const machine = await bootSettled(t, {
      registry: withServices({ app: { ...slow, Arguments: [...slow.Arguments, `${project}/test/support/notify-and-sleep.ts`] } }),
    });
    const client = await machine.client();
    const answer = await client.start({ service: 'app', wait: false });
    if (!('operation_id' in answer)) throw new Error('the answer is no acknowledgement');
    t.match(answer, { operation_id: /^[0-9a-f-]{36}$/, state: 'starting', cause: 'explicit_start' });
    t.match(await client.status({ service: 'app' }), { state: 'starting', current_operation: { id: answer.operation_id, type: 'start' } });
    t.match(await client.operationStatus({ operation_id: answer.operation_id }), { operation: { state: 'running' } });
    writeFileSync(machine.path('/run/go'), '');
    await machine.reaches('app', ({ state }) => state === 'active');
    t.match(await client.operationStatus({ operation_id: answer.operation_id }), { operation: { state: 'completed', result: 'active' } });
  },
);

t.test('CMD-003 start and restart of a Oneshot are answered at its end, and a skipped start with skipped', { skip }, async (t) => {
  const once = { Type: 'Oneshot', ...shell('echo run >> /run/runs') };
  const machine = await bootSettled(t, {
    registry: withServices({
      stays: { ...once, RemainAfterExit: 1 },
      goes: once,
      unmet: { ...once, Conditions: ['file:/run/never'] },
    }),
  });
  const client = await machine.client();
  for (const command of ['start', 'restart'] as const) {
    t.match(await client[command]({ service: 'stays' }), { state: 'completed', operation_id: /./ }, command);
    t.match(await client[command]({ service: 'goes' }), { state: 'inactive', operation_id: /./ }, command);
    t.match(await client[command]({ service: 'unmet' }), { state: 'skipped', cause: 'condition_skipped', operation_id: /./ }, command);
  }
  t.equal(readFileSync(machine.path('/run/runs'), 'utf8'), 'run\n'.repeat(4));
});

t.test('CMD-009 CMD-010 OP-011 restart has one operation over both phases and a new job', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ app: { ...sleeper, Triggers: ['boot'] } }) });
  const client = await machine.client();
  const before = await client.status({ service: 'app' });
  const answer = await client.restart({ service: 'app' });
  const after = await client.status({ service: 'app' });
  t.match(answer, { state: 'active', operation_id: String });
  t.not(after.current_job?.id, before.current_job?.id);
  t.not(after.current_job?.pid, before.current_job?.pid);
  t.match((await client.operationStatus({ operation_id: 'operation_id' in answer ? answer.operation_id : '' })).operation, {
    type: 'restart',
    state: 'completed',
    result: 'active',
    error: null,
    merged_into: null,
  });
});

t.test(
  'RLD-001 RLD-010 CMD-011 CMD-012 reload signals the main process and is answered at once or at its end; ' +
    'READY=1 of a child confirms nothing',
  { skip },
  async (t) => {
    const script =
      `trap 'node -e "import(\\"${project}/clients/typescript/index.ts\\").then(m=>m.notify({ready:true}))"; ` +
      `echo hup >> /run/hups' HUP; touch /run/up; while :; do sleep 0.05; done`;
    const machine = await bootSettled(t, { registry: withServices({ app: { ...shell(script), Readiness: 'Alive' } }) });
    const client = await machine.client();
    await client.start({ service: 'app' });
    await until('the trap is set', () => existsSync(machine.path('/run/up')));
    t.match(await client.reload({ service: 'app' }), { state: 'reloading', mode: 'advisory' }, 'answered at once');
    const waited = await client.reload({ service: 'app', wait: true });
    // The datagram comes from a child of the main process, so it does not count.
    t.match(waited, { state: 'active', cause: 'explicit_reload', mode: 'advisory' });
    t.match(readFileSync(machine.path('/run/hups'), 'utf8'), /^hup\n/);
  },
);

t.test(
  'RLD-001 RLD-011 RLD-012 a reload command reloads, and one that fails leaves the service active with mode failed',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: withServices({
        good: { ...sleeper, Triggers: ['boot'], ExecReload: '/bin/touch /run/reloaded' },
        bad: { ...sleeper, Triggers: ['boot'], ExecReload: '/bin/false' },
      }),
    });
    const client = await machine.client();
    t.match(await client.reload({ service: 'good', wait: true }), { state: 'active', mode: 'advisory' });
    t.ok(existsSync(machine.path('/run/reloaded')));
    const before = (await client.status({ service: 'bad' })).current_job?.pid;
    t.match(await client.reload({ service: 'bad', wait: true }), { state: 'active', mode: 'failed' });
    t.equal((await client.status({ service: 'bad' })).current_job?.pid, before);
  },
);

t.test(
  'SVC-004 RST-002 RST-008 ST-022 ST-051 a killed service comes back after its delay with cause restart_policy',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { registry: withServices({ app: { ...sleeper, Triggers: ['boot'], RestartDelay: 1 } }) });
    const client = await machine.client();
    const before = (await client.status({ service: 'app' })).current_job?.pid ?? 0;
    await machine.run('kill', '-9', String(before));
    const down = await machine.reaches('app', ({ state }) => state === 'backoff');
    t.match(down, { cause: 'process_crash', restart: { attempt: 1, max_retries: 5, next_attempt_at: String } });
    t.match(down.detail, /signal|SIGKILL|9/);
    const up = await machine.reaches('app', ({ state }) => state === 'active');
    t.equal(up.cause, 'restart_policy');
    t.not(up.current_job?.pid, before);
  },
);

t.test('RST-006 CMD-013 ST-041 a service that keeps failing ends failed, and reset clears it', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      app: { ...shell('echo run >> /run/runs; exit 3'), Readiness: 'Alive', RestartDelay: 0, RestartMaxRetries: 2 },
    }),
  });
  const client = await machine.client();
  await client.start({ service: 'app' });
  const failed = await machine.reaches('app', ({ state }) => state === 'failed');
  t.match(failed, { cause: 'restart_budget_exhausted', current_job: null });
  t.equal(readFileSync(machine.path('/run/runs'), 'utf8'), 'run\n'.repeat(3));
  t.match(await client.reset({ service: 'app' }), { state: 'inactive', cause: 'explicit_reset', operation_id: String });
});

t.test(
  'EXEC-005 EXEC-006 DEF-049 DEF-050 DEF-051 DEF-054 conditions skip, asserts fail, and a skipped service satisfies its dependents',
  { skip },
  async (t) => {
    const oneshot = { ...shell('true'), Type: 'Oneshot', RemainAfterExit: 1 };
    const machine = await bootSettled(t, {
      registry: withServices({
        skipped: { ...oneshot, Conditions: ['directory:/etc/passwd'] },
        dependent: { ...oneshot, Requires: ['skipped'] },
        failing: { ...oneshot, Asserts: ['file:/etc'] },
        both: { ...oneshot, Conditions: ['path:/nowhere'], Asserts: ['path:/nowhere'] },
        met: { ...oneshot, Conditions: ['path:/etc', 'file:/etc/passwd', 'directory:/etc'], Asserts: ['path:/etc/passwd'] },
      }),
    });
    const client = await machine.client();
    t.match(await client.start({ service: 'dependent' }), { state: 'completed' });
    t.match(await client.status({ service: 'skipped' }), {
      state: 'skipped',
      cause: 'condition_skipped',
      current_job: null,
      detail: /directory:\/etc\/passwd/,
    });
    t.match(await client.start({ service: 'failing' }), { state: 'failed', cause: 'assertion_error' });
    t.match(await client.start({ service: 'both' }), { state: 'skipped' });
    t.match(await client.start({ service: 'met' }), { state: 'completed' });
  },
);

t.test('DEF-021 EXEC-008 a service that is never ready is killed after StartTimeout', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ mute: { ...shell('exec sleep 1000'), StartTimeout: 1, RestartPolicy: 'Never' } }),
  });
  const client = await machine.client();
  t.match(await client.start({ service: 'mute' }), { state: 'failed', cause: 'readiness_timeout' });
  t.strictSame(machine.processes('mute'), []);
});

t.test(
  'EXEC-010 EXEC-012 EXEC-013 EXEC-028 hooks run one after another (in their cgroup, if any), and a failing one aborts the start',
  { skip },
  async (t) => {
    const hook = (word: string): string => `/bin/sh -c "echo ${word} >> /run/order; cat /proc/self/cgroup > /run/cgroup-${word}"`;
    const machine = await bootSettled(t, {
      registry: withServices({
        app: {
          ...sleeper,
          ExecStartPre: [hook('one'), '/bin/sh -c "sleep 1000 & echo two >> /run/order"'],
          ExecStartPost: [hook('three'), '/bin/false'],
        },
        bad: { ...sleeper, RestartPolicy: 'Never', ExecStartPre: ['/bin/false', hook('never')] },
      }),
    });
    const client = await machine.client();
    t.match(await client.start({ service: 'app' }), { state: 'active' });
    await until('the post hook', () => readFileSync(machine.path('/run/order'), 'utf8').includes('three'));
    t.equal(readFileSync(machine.path('/run/order'), 'utf8'), 'one\ntwo\nthree\n');
    if (!container) t.match(readFileSync(machine.path('/run/cgroup-one'), 'utf8'), '/peinit/app/hooks');
    t.match(await client.status({ service: 'app' }), { state: 'active', cause: 'explicit_start' });
    for await (const line of (await machine.client()).subscribe({ events: ['log'], since: 0 })) {
      // What concerns the machine alone comes in between.
      if (line.event !== 'log' || line.payload.service === null) continue;
      t.match(line, { event: 'log', payload: { service: 'app', text: /ExecStartPost\[1\]/ } }, 'the failed post hook is told');
      break;
    }
    t.match(await client.start({ service: 'bad' }), { state: 'failed', cause: 'pre_hook_failure' });
    t.match((await client.status({ service: 'bad' })).detail, /ExecStartPre/);
    t.notOk(existsSync(machine.path('/run/cgroup-never')));
  },
);

t.test(
  'EXEC-026 EXEC-019 a program that is not there fails with step, errno and the next step for the administrator',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { registry: withServices({ app: { ImagePath: '/nowhere/program', RestartPolicy: 'Never' } }) });
    const client = await machine.client();
    await client.start({ service: 'app' });
    t.match(await client.status({ service: 'app' }), { state: 'failed', cause: 'pre_exec_failure', detail: /app.*exec.*ENOENT.*check/ });
  },
);

t.test(
  'EXEC-031 EXEC-032 EXEC-040 a service has three descriptors, no blocked or ignored signals, ' +
    'a session of its own and the inherited NOFILE pair',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { registry: withServices({ app: { ...sleeper, Triggers: ['boot'] } }) });
    const pid = (await (await machine.client()).status({ service: 'app' })).current_job?.pid;
    const descriptors = await machine.run('ls', '-l', `/proc/${pid}/fd`);
    t.strictSame(
      [...descriptors.stdout.matchAll(/ (\d+) -> (\S+)/g)].map(([, fd, target]) => `${fd} ${target?.replace(/\d+/, 'N')}`),
      ['0 /dev/null', '1 pipe:[N]', '2 pipe:[N]'],
    );
    const status = readFileSync(`/proc/${machine.pid}/root/proc/${pid}/status`, 'utf8');
    t.match(status, /SigBlk:\t0{16}/);
    t.match(status, /SigIgn:\t0{16}/);
    t.match(status, /Umask:\t0022/);
    const stat = readFileSync(`/proc/${machine.pid}/root/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
    t.equal(Number(stat?.[3]), pid, 'session leader');
    const limits = readFileSync(`/proc/${machine.pid}/root/proc/${pid}/limits`, 'utf8');
    t.match(limits, readFileSync('/proc/self/limits', 'utf8').match(/Max open files.*/)?.[0] ?? 'no limit');
  },
);

t.test(
  'CTL-014 GEN-012 with registryd suspended, known services start and stop, and reload-config waits without blocking others',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { registry: withServices({ app: sleeper }) });
    const client = await machine.client();
    const registryd = (await client.status({ service: 'registryd' })).current_job?.pid ?? 0;
    await machine.run('kill', '-STOP', String(registryd));
    try {
      const reload = (await machine.client()).reloadConfig().then(
        () => 'answered',
        () => 'refused',
      );
      t.match(await client.start({ service: 'app' }), { state: 'active' });
      t.match(await client.stop({ service: 'app' }), { state: 'inactive' });
      await machine.run('kill', '-CONT', String(registryd));
      t.equal(await reload, 'answered');
    } finally {
      await machine.run('kill', '-CONT', String(registryd));
    }
  },
);

t.test(
  'GEN-006 GEN-018 SVC-002 writing the registry is enough: new services start, edits count, deleted ones are gone',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { registry: withServices({ app: sleeper }) });
    const client = await machine.client();
    const file = machine.path('/run/new.yaml');
    writeFileSync(
      file,
      'Machine\\System\\Services\\fresh:\n  Identity: SYSTEM\n  Readiness: Alive\n  ImagePath: /bin/sleep\n  Arguments: ["1000"]\n',
    );
    t.match(await machine.run('peiosctl', 'registry', 'import', '/run/new.yaml'), { status: 0, stdout: /imported 4 values/ });
    await until('fresh is known', async () => (await code(client.status({ service: 'fresh' }))) === 'ok', { more: machine.console });
    t.match(await client.start({ service: 'fresh' }), { state: 'active' });
    await client.stop({ service: 'fresh' });
    await machine.run('peiosctl', 'registry', 'set', 'Machine\\System\\Services\\fresh', 'DisplayName', 'Quite new');
    await machine.reaches('fresh', ({ display_name: name }) => name === 'Quite new');
    await machine.run('peiosctl', 'registry', 'delete', 'Machine\\System\\Services\\fresh');
    await until('fresh is gone', async () => (await code(client.status({ service: 'fresh' }))) === 'UNKNOWN_SERVICE', {
      more: machine.console,
    });
  },
);

t.test(
  'CMD-022 CMD-023 CMD-081 reload-config answers with its summary, and refuses a set with a finding as a whole',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { registry: withServices({ app: sleeper, gone: sleeper }) });
    const client = await machine.client();
    t.strictSame(await client.reloadConfig(), {
      status: 'ok',
      summary: { added: [], updated: [], restored: [], marked_removed: [], discarded: [] },
      warnings: [],
    });
    await machine.run('peiosctl', 'registry', 'set', 'Machine\\System\\Services\\app', 'Requires', 'nowhere', '--force');
    const refused = await client.reloadConfig().catch((error: unknown) => error);
    t.match(refused, { code: 'INVALID_STATE', message: /app.*nowhere/ });
  },
);

t.test('SIG-002 SVC-017 a double-forking daemon counts as ended, and its orphan does not survive', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ forker: { ...shell('(sleep 1000 &) ; exit 0'), Readiness: 'Alive', RestartPolicy: 'Never' } }),
  });
  const client = await machine.client();
  await client.start({ service: 'forker' });
  await machine.reaches('forker', ({ state }) => state === 'inactive' || state === 'failed');
  await until('the orphan is gone', () => machine.processes('forker').length === 0);
  t.notMatch((await machine.run('sh', '-c', 'cat /proc/[0-9]*/comm')).stdout, /sleep/);
});
