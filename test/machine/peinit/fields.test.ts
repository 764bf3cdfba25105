import { existsSync, readFileSync, statSync } from 'node:fs';
import t from 'tap';
import { container } from '../../support/in-container.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, project, said, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';

const skip = cannotRun;
const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive' };
const notifier = { ImagePath: '/usr/local/sbin/node', Arguments: [`${project}/test/support/notify-and-sleep.ts`] };
const boot = { Triggers: ['boot'] };

/** A file of the main process of a service, below /proc/PID. */
async function ofMain(machine: Machine, service: string, file: string): Promise<string> {
  const { current_job: job } = await (await machine.client()).status({ service });
  return (await machine.run('cat', `/proc/${job?.pid}/${file}`)).stdout;
}

t.test('what a process is started with', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: {
      'Machine\\System\\Init\\EnvVars': { GLOBAL: 'everywhere', OWN: 'global' },
      ...withServices({
        full: {
          ...boot,
          Readiness: 'Alive',
          ImagePath: '/bin/sleep',
          Arguments: ['1000', '0.5'],
          Environment: ['OWN=mine', 'EMPTY=', 'SIGNS=a=b'],
          WorkingDirectory: '/usr/lib',
          LimitNOFILE: 333,
          LimitCORE: 4096,
          DisplayName: 'Full of fields',
          Description: 'Nothing depends on it',
          Foo: 'unknown values are ignored',
        },
        bare: { ...boot, ...sleeper },
      }),
    },
  });
  const client = await machine.client();
  t.test('DEF-002 Arguments come in order after the name of the program', async (t) => {
    t.equal(await ofMain(machine, 'full', 'cmdline'), '/bin/sleep\0' + '1000\0' + '0.5\0');
  });
  t.test(
    'DEF-037 EXEC-023 EXEC-024 KEY-016 Environment lies over the global variables, NOTIFY_SOCKET is there although the service is Alive',
    async (t) => {
      const entries = (await ofMain(machine, 'full', 'environ')).split('\0').filter((entry) => entry !== '');
      t.strictSame([...entries.filter((entry) => !container || !entry.startsWith('PEINIT_PART='))].sort(), [
        'EMPTY=',
        'GLOBAL=everywhere',
        'NOTIFY_SOCKET=/run/peinit/notify.sock',
        'OWN=mine',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'SIGNS=a=b',
      ]);
    },
  );
  t.test('DEF-038 WorkingDirectory is the directory of the main process, / without it', async (t) => {
    const directory = async (service: string): Promise<string> => {
      const pid = (await client.status({ service })).current_job?.pid;
      return (await machine.run('readlink', `/proc/${pid}/cwd`)).stdout.trim();
    };
    t.equal(await directory('full'), '/usr/lib');
    t.equal(await directory('bare'), '/');
  });
  t.test('DEF-039 DEF-040 LimitNOFILE and LimitCORE are applied', async (t) => {
    const limits = await ofMain(machine, 'full', 'limits');
    t.match(limits, /Max open files +333 +333/);
    t.match(limits, /Max core file size +4096 +4096/);
  });
  t.test('DEF-043 DEF-044 DEF-047 DisplayName is shown, Description and unknown values change nothing', async (t) => {
    t.match(await client.status({ service: 'full' }), { state: 'active', display_name: 'Full of fields' });
    t.equal((await client.status({ service: 'bare' })).display_name, null);
  });
  t.test('EXEC-035 changed global variables count from the next start', async (t) => {
    await machine.run('peiosctl', 'registry', 'set', 'Machine\\System\\Init\\EnvVars', 'GLOBAL', 'changed');
    await client.reloadConfig();
    t.match(await ofMain(machine, 'bare', 'environ'), /GLOBAL=everywhere/);
    await client.restart({ service: 'bare' });
    t.match(await ofMain(machine, 'bare', 'environ'), /GLOBAL=changed/);
  });
});

t.test(
  'DEF-015 SVC-007 RemainAfterExit keeps a Oneshot completed, without it the service is inactive again; both release their dependents',
  { skip },
  async (t) => {
    const oneshot = { ...shell('true'), Type: 'Oneshot' };
    const machine = await bootSettled(t, {
      registry: withServices({
        stays: { ...oneshot, RemainAfterExit: 1 },
        goes: oneshot,
        after: { ...boot, ...sleeper, Requires: ['stays', 'goes'] },
      }),
    });
    const client = await machine.client();
    t.match(await client.status({ service: 'stays' }), { state: 'completed' });
    t.match(await client.status({ service: 'goes' }), { state: 'inactive', cause: 'clean_exit' });
    t.match(await client.status({ service: 'after' }), { state: 'active' });
  },
);

t.test('DEF-009 DEF-010 Requires fails with its target, Wants does not', { skip }, async (t) => {
  const failing = { ...shell('exit 1'), Type: 'Oneshot', RestartPolicy: 'Never' };
  const machine = await bootSettled(t, {
    registry: withServices({
      bad: failing,
      hard: { ...sleeper, ...boot, Requires: ['bad'] },
      soft: { ...sleeper, ...boot, Wants: ['bad'] },
    }),
  });
  const client = await machine.client();
  t.match(await client.status({ service: 'hard' }), { state: 'failed', cause: 'dependency_failure', detail: /bad/ });
  t.match(await client.status({ service: 'soft' }), { state: 'active' });
});

t.test('DEF-011 DEP-008 DEP-009 BindsTo stops the service with its target and brings it back with it', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ base: { ...sleeper, ...boot }, bound: { ...sleeper, ...boot, BindsTo: ['base'] } }),
  });
  const client = await machine.client();
  await client.stop({ service: 'base' });
  t.match(await machine.reaches('bound', ({ state }) => state === 'failed'), { cause: 'binds_to_propagation' });
  await client.start({ service: 'base' });
  t.match(await machine.reaches('bound', ({ state }) => state === 'active'), { cause: 'binds_to_recovery' });
});

t.test('DEF-012 DEP-011 DEP-013 Conflicts stops the other one first, whichever of the two declares it', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ one: { ...sleeper, ...boot, Conflicts: ['other'] }, other: sleeper }) });
  const client = await machine.client();
  t.match(await client.start({ service: 'other' }), { state: 'active' });
  t.match(await client.status({ service: 'one' }), { state: 'failed', cause: 'conflict_eviction', current_job: null });
  t.match(await client.start({ service: 'one' }), { state: 'active' });
  t.match(await client.status({ service: 'other' }), { state: 'failed', cause: 'conflict_eviction' });
});

t.test('DEF-013 CAUSE-026 OnFailure starts its service once the failure is final', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      bad: { ...shell('exit 1'), Readiness: 'Alive', RestartDelay: 0, RestartMaxRetries: 1, OnFailure: 'rescue' },
      rescue: sleeper,
    }),
  });
  await (await machine.client()).start({ service: 'bad' });
  t.match(await machine.reaches('rescue', ({ state }) => state === 'active'), { cause: 'explicit_start' });
  t.match(await machine.reaches('bad', ({ state }) => state === 'failed'), { cause: 'restart_budget_exhausted' });
});

t.test(
  'DEF-014 RST-007 SHUT-002 O-54 a critical service that uses up its restarts reboots the machine at once, and the sandbox ends with 125',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: withServices({
        vital: { ...shell('sleep 0.2; exit 1'), Readiness: 'Alive', ErrorControl: 'Critical', RestartDelay: 0, RestartMaxRetries: 1 },
        other: { ...shell('trap "echo term > /run/term" TERM; while :; do sleep 0.1; done'), Readiness: 'Alive', ...boot },
      }),
    });
    await (await machine.client()).start({ service: 'vital', wait: false });
    t.equal((await machine.running.ended).status, 125);
    t.match(machine.console(), /the critical service vital has failed for good: the machine reboots at once/);
    t.notMatch(machine.console(), /other: stopping/, 'nothing is stopped in order');
  },
);

t.test(
  'DEF-017 DEF-018 DEF-032 hooks run before the program and after readiness; a notifying service is up when it says so',
  { skip },
  async (t) => {
    const hook = (word: string): string => `/bin/sh -c "echo ${word} >> /run/order"`;
    const machine = await bootSettled(t, {
      registry: withServices({ app: { ...notifier, ExecStartPre: [hook('first'), hook('second')], ExecStartPost: [hook('third')] } }),
    });
    t.match(await (await machine.client()).start({ service: 'app' }), { state: 'active' });
    await until('the hook after readiness', () => readFileSync(machine.path('/run/order'), 'utf8') === 'first\nsecond\nthird\n');
  },
);

t.test(
  'DEF-019 EXEC-011 a HookIdentity that cannot be had fails the hook, which before the start is a failure of the service',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: withServices({ app: { ...sleeper, RestartPolicy: 'Never', HookIdentity: 'Somebody', ExecStartPre: ['/bin/true'] } }),
    });
    const client = await machine.client();
    t.match(await client.start({ service: 'app' }), { state: 'failed', cause: 'pre_hook_failure' });
    t.match((await client.status({ service: 'app' })).detail, /Somebody/);
  },
);

t.test('DEF-020 ExecReload sends the signal it names', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      app: {
        ...shell('trap "echo usr2 > /run/signal" USR2; echo up; while :; do sleep 0.05; done'),
        Readiness: 'Alive',
        ExecReload: 'signal:SIGUSR2',
        ...boot,
      },
    }),
  });
  await machine.reaches('app', (status) => said(status).includes('up'));
  await (await machine.client()).reload({ service: 'app' });
  await until('the signal', () => existsSync(machine.path('/run/signal')) && readFileSync(machine.path('/run/signal'), 'utf8') !== '');
  t.equal(readFileSync(machine.path('/run/signal'), 'utf8'), 'usr2\n');
});

t.test(
  'DEF-024 DEF-027 HC-001 HC-005 HC-015 health checks run at their interval, are killed at their timeout, ' +
    'and fail the service after their retries',
  { skip },
  async (t) => {
    const check = '/bin/sh -c "echo parent $PPID >> /run/checks; cat /proc/self/cgroup >> /run/checks; test ! -e /run/sick; exit $?"';
    const machine = await bootSettled(t, {
      registry: withServices({
        app: {
          ...sleeper,
          ...boot,
          HealthCheck: check.replace('$?', '1').replace('; exit 1', ''),
          HealthCheckInterval: 1,
          HealthCheckRetries: 2,
          RestartPolicy: 'Never',
        },
        slow: {
          ...sleeper,
          ...boot,
          HealthCheck: '/bin/sleep 1000',
          HealthCheckInterval: 1,
          HealthCheckTimeout: 1,
          HealthCheckRetries: 1,
          RestartPolicy: 'Never',
        },
      }),
    });
    t.match(await (await machine.client()).status({ service: 'app' }), { health: 'unknown' });
    t.match(await machine.reaches('app', ({ health }) => health === 'healthy'), { state: 'active' });
    t.match(
      readFileSync(machine.path('/run/checks'), 'utf8'),
      container ? /^parent 1\n/ : /^parent 1\n(.*\n)*?0::.*\/peinit\/app\/health\n/,
    );
    t.match(await machine.reaches('slow', ({ state }) => state === 'failed'), { cause: 'health_check_failure' });
    await machine.run('touch', '/run/sick');
    t.match(await machine.reaches('app', ({ health }) => health === 'unhealthy'), { state: 'active' }, 'one failure is not enough');
    t.match(await machine.reaches('app', ({ state }) => state === 'failed'), { cause: 'health_check_failure' });
  },
);

t.test('DEF-029 DEF-031 RST-008 RestartMaxRetries bounds the restarts and RestartDelay doubles between them', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      app: { ...shell('date +%s.%N >> /run/starts; exit 1'), Readiness: 'Alive', RestartDelay: 1, RestartMaxRetries: 2 },
    }),
  });
  await (await machine.client()).start({ service: 'app', wait: false });
  await machine.reaches('app', ({ state }) => state === 'failed');
  const times = readFileSync(machine.path('/run/starts'), 'utf8').trim().split('\n').map(Number);
  t.equal(times.length, 3);
  t.ok((times[1] ?? 0) - (times[0] ?? 0) >= 0.95 && (times[2] ?? 0) - (times[1] ?? 0) >= 1.95, times.join(' '));
});

t.test('DEF-030 RST-009 RST-010 a quiet RestartWindow sets the counter back', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ app: { ...sleeper, ...boot, RestartDelay: 0, RestartWindow: 1, RestartMaxRetries: 1 } }),
  });
  const client = await machine.client();
  for (let round = 0; round < 3; round++) {
    const { current_job: job } = await client.status({ service: 'app' });
    await machine.run('kill', '-9', String(job?.pid));
    await machine.reaches('app', ({ state, current_job: next }) => state === 'active' && next?.pid !== job?.pid);
    await machine.reaches('app', ({ restart }) => restart === null);
  }
  t.match(await client.status({ service: 'app' }), { state: 'active' }, 'three crashes with one retry each');
});

t.test(
  'DEF-033 NTF-004 CAUSE-028 READY=1 of a child does not count, and the start that fails for it says whose it was',
  { skip },
  async (t) => {
    const script =
      `node -e 'import("${project}/clients/typescript/index.ts").then((m) => m.notify({ ready: true, status: "child" }))'; ` +
      'touch /run/said; exec sleep 1000';
    const machine = await bootSettled(t, {
      registry: withServices({ app: { ...shell(script), StartTimeout: 6, RestartPolicy: 'Never' } }),
    });
    const client = await machine.client();
    await client.start({ service: 'app', wait: false });
    await until('the child has spoken', () => existsSync(machine.path('/run/said')));
    t.match(await client.status({ service: 'app' }), { state: 'starting', status_text: null });
    const { detail } = await machine.reaches('app', ({ state }) => state === 'failed');
    t.match(detail, /Process \d+ \(.+\), which is not the main one \(\d+\), sent READY=1 and was not heard\. .*with exec/);
  },
);

t.test('CAUSE-028 LOG-018 a program that goes into the background is told as that, on the console too', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ app: { ...shell('sleep 1000 & sleep 1000 & exit 0'), ...boot, Readiness: 'Alive' } }),
  });
  const { state, detail } = await machine.reaches('app', ({ cause }) => cause === 'clean_exit');
  t.equal(state, 'inactive');
  t.match(detail, /ended well; 2 other processes were left, which were killed\. .*must stay in the foreground/);
  await machine.shows(/app: ended: its main process \(pid \d+\) ended well; 2 other processes were left/);
});

t.test(
  'DEF-041 DEF-042 Disabled blocks the trigger at boot, conditions skip, asserts fail, SafeMode changes nothing in a full boot',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: withServices({
        off: { ...sleeper, ...boot, Disabled: 1 },
        skipped: { ...sleeper, ...boot, Conditions: ['path:/nowhere'] },
        refused: { ...sleeper, ...boot, Asserts: ['path:/nowhere'] },
        safe: { ...sleeper, SafeMode: 1 },
      }),
    });
    const client = await machine.client();
    const states = Object.fromEntries((await client.list()).services.map(({ service, state, cause }) => [service, `${state} ${cause}`]));
    t.match(states, {
      off: 'inactive null',
      skipped: 'skipped condition_skipped',
      refused: 'failed assertion_error',
      safe: 'inactive null',
    });
    t.match(await client.start({ service: 'off' }), { state: 'active' });
  },
);

t.test(
  'SYSTEM is taken in any case of letters and by its SID; without Identity it is LocalService, which needs the authority',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: withServices({
        lower: { ...sleeper, ...boot, Identity: 'system' },
        sid: { ...sleeper, ...boot, Identity: 'S-1-5-18' },
        none: { ...sleeper, ...boot, Identity: '', RestartPolicy: 'Never' },
      }),
    });
    const client = await machine.client();
    t.match(await client.status({ service: 'lower' }), { state: 'active' });
    t.match(await client.status({ service: 'sid' }), { state: 'active' });
    t.match(await client.status({ service: 'none' }), { state: 'failed', cause: 'parent_setup_failure', detail: /LocalService/ });
  },
);

t.test('EXEC-002 EXEC-039 the cgroup of a service is named like it, and a long name is kept', { skip }, async (t) => {
  const long = 'x'.repeat(128);
  const machine = await bootSettled(t, {
    registry: withServices({ [long]: { ...sleeper, ...boot }, 'web.gen1': { ...sleeper, ...boot } }),
  });
  const names = (await machine.run('ls', '/sys/fs/cgroup/peinit')).stdout.split('\n');
  t.ok(names.includes(long) && names.includes('web.gen1') && names.includes('registryd'));
});

t.test(
  'HC-013 an unhealthy critical service uses up its restarts and reboots the machine like any other failure of it',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: withServices({
        vital: {
          ...sleeper,
          ...boot,
          ErrorControl: 'Critical',
          HealthCheck: '/bin/false',
          HealthCheckInterval: 1,
          HealthCheckRetries: 1,
          RestartMaxRetries: 0,
        },
      }),
    });
    t.equal((await machine.running.ended).status, 125);
    t.match(machine.console(), /the critical service vital has failed for good: the machine reboots at once/);
  },
);

t.test(
  'DEF-059 a runtime directory is made, a directory that is there is taken, and anything else fails the start',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: withServices({ app: { ...sleeper, RuntimeDirectories: ['app-state'], RestartPolicy: 'Never' } }),
    });
    const client = await machine.client();
    for (const [command, state] of [
      ['true', 'active'],
      ['true', 'active'],
      ['rmdir /run/app-state && echo text > /run/app-state', 'failed'],
      ['ln -sf /nowhere /run/app-state', 'failed'],
      ['ln -sfn /tmp /run/app-state', 'failed'],
      ['rm /run/app-state', 'active'],
    ] as const) {
      t.equal((await machine.run('sh', '-c', command)).status, 0, command);
      t.match(await client.start({ service: 'app' }), { state }, command);
      const status = await client.status({ service: 'app' });
      if (state === 'failed')
        t.match(status, { cause: 'parent_setup_failure', detail: /runtime directory \/run\/app-state .*no directory/ });
      else t.ok(statSync(machine.path('/run/app-state')).isDirectory());
      await client.stop({ service: 'app' });
    }
  },
);
