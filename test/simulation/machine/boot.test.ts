import type { Test } from 'tap';
import t from 'tap';
import { only } from '../../support/lists.ts';
import type { SceneOptions } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, programs, registrydProgram, service, withServices } from '../../support/simulated-peinit.ts';

const boot = { Triggers: ['boot'] };

/** Calls that must have come, in this order. */
function expectOrder(t: Test, found: readonly string[], wanted: readonly string[]): void {
  let from = 0;
  for (const start of wanted) {
    const at = found.findIndex((call, index) => index >= from && call.startsWith(start));
    t.ok(at >= 0, `${start} comes after what is before it`);
    from = Math.max(at, from);
  }
}

const kinds: readonly { readonly name: string; readonly options: SceneOptions }[] = [
  { name: 'a machine of its own', options: {} },
  { name: 'a container', options: { container: true } },
];

t.test(
  'BOOT-006 BOOT-020 BOOT-024 BOOT-088 the calls of PID 1 show the order of Phase 1: ' +
    'registryd after the clock and the notify socket, control socket and lo before services',
  async (t) => {
    for (const { name, options } of kinds) {
      const scene = createScene({ ...options, recorded: true, tree: withServices({ web: service('/bin/web', boot) }) });
      scene.kernel.writeFile('/var/lib/peinit/random-seed', 'x'.repeat(512));
      scene.program('/bin/web', programs.idle);
      scene.boot();
      t.comment(name);
      expectOrder(t, scene.calls, [
        'writeFile /.peinit/probe-',
        'mount sysfs',
        'addEntropy',
        'replaceFile /etc/machine-id',
        ...(options.container === true ? [] : ['setRealtime 1900000000']),
        'bindDatagram /run/peinit/notify.sock',
        `spawn ${registrydProgram}`,
        'connectStream /run/registry/registry.sock',
        'listenStream /run/peinit/control.sock',
        'loopbackUp',
        'spawn /bin/web',
      ]);
      t.strictSame(
        scene.registryd.calls.slice(0, 7),
        ['query', 'read-tree', 'watch', 'watch', 'watch', 'watch', 'read-tree'],
        'the probe read is the first one, then the provisioned paths, the watches, and everything in one read',
      );
      expectSound(t, scene);
    }
  },
);

t.test('BOOT-013 registryd can be asked for without an entry of its own, and a crash loop of it reboots the machine', async (t) => {
  const scene = createScene();
  scene.boot();
  t.match(scene.ask({ command: 'status', service: 'registryd' }), {
    state: 'active',
    current_job: { identity: 'SYSTEM', pid: scene.registryd.process?.pid },
    status_text: 'serving',
  });
  t.match(scene.view('registryd').definition, {
    imagePath: registrydProgram,
    identity: 'SYSTEM',
    readiness: 'Notify',
    errorControl: 'Critical',
  });
  scene.registryd.switches.exitCode = 3;
  scene.registryd.process?.die(11);
  scene.until('the reboot', () => scene.over, 600_000);
  t.equal(scene.world.rebooted, 0x01234567);
  t.equal(scene.started.filter((path) => path === registrydProgram).length, 1 + 5, 'its budget first');
  t.equal(scene.record.syncs, 1);
  expectSound(t, scene);
});

t.test(
  'BOOT-026 BOOT-028 BOOT-029 DEF-005 every definition is known; triggers and what they need run, disabled and unrelated ones do not',
  async (t) => {
    const scene = createScene({
      tree: withServices({
        Web: service('/bin/idle', { ...boot, Requires: ['store'], Wants: ['extra', 'absent', 'off-extra'] }),
        store: service('/bin/idle', { BindsTo: ['deep'] }),
        deep: service('/bin/idle'),
        extra: service('/bin/idle'),
        'off-extra': service('/bin/idle', { Disabled: 1 }),
        unrelated: service('/bin/idle'),
        off: service('/bin/idle', { ...boot, Disabled: 1 }),
      }),
    });
    scene.program('/bin/idle', programs.idle);
    scene.registryd.switches.keysPerAnswer = 2;
    scene.boot();
    const { services } = scene.ask({ command: 'list' });
    t.strictSame(
      services.map((each: { service: string; state: string; cause: string }) => `${each.service} ${each.state} ${each.cause}`),
      [
        'deep active dependency_start',
        'extra active dependency_start',
        'off inactive null',
        'off-extra inactive null',
        'registryd active explicit_start',
        'store active dependency_start',
        'unrelated inactive null',
        'Web active explicit_start',
      ],
    );
    t.match(scene.ask({ command: 'start', service: 'off' }), { status: 'ok', state: 'active' });
    expectSound(t, scene);
  },
);

t.test(
  'BOOT-037 GRAPH-008 never more than MaxParallelStarts services are starting at once, and one in backoff holds no slot',
  async (t) => {
    const slow = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`slow-${at}`, service('/bin/slow', { ...boot, Readiness: 0 })]));
    const scene = createScene({
      tree: {
        ...withServices({ ...slow, aaa: service('/bin/crash', { ...boot, Readiness: 0, RestartDelay: 20, RestartMaxRetries: 1 }) }),
        'Machine\\System\\Boot': { MaxParallelStarts: 3 },
      },
    });
    scene.program('/bin/slow', programs.notifies(100));
    scene.program('/bin/crash', programs.exits(1));
    scene.start();
    let most = 0;
    scene.until('the machine settles', () => {
      most = Math.max(
        most,
        scene.composed.policy.services().filter(({ name, state }) => name !== 'registryd' && state === 'starting').length,
      );
      return scene.composed.policy.machine().settledAt !== null;
    });
    t.equal(most, 3);
    t.equal(scene.state('aaa'), 'backoff');
    t.ok(scene.nowMs < 10_000, 'nobody waited for the delay');
    expectSound(t, scene);
  },
);

t.test(
  'BOOT-038 BOOT-041 a dependent starts when its dependencies are up: READY=1, an existing process, a successful exit, a skip',
  async (t) => {
    const scene = createScene({
      tree: withServices({
        last: service('/bin/last', { ...boot, Requires: ['notifies', 'alive', 'done', 'kept', 'skipped'] }),
        notifies: service('/bin/notifies', { Readiness: 0 }),
        alive: service('/bin/alive'),
        done: service('/bin/done', { Type: 1 }),
        kept: service('/bin/kept', { Type: 1, RemainAfterExit: 1 }),
        skipped: service('/bin/never', { Conditions: ['path:/nowhere'] }),
      }),
    });
    const said: string[] = [];
    scene.program('/bin/notifies', (process) =>
      process.after(300, () => {
        said.push('ready');
        process.notify('READY=1');
      }),
    );
    scene.program('/bin/alive', programs.idle);
    for (const [path, afterMs] of [
      ['/bin/done', 500],
      ['/bin/kept', 700],
    ] as const)
      scene.program(path, (process) =>
        process.after(afterMs, () => {
          said.push(path);
          process.exit(0);
        }),
      );
    scene.program('/bin/last', () => void said.push('last'));
    scene.boot();
    scene.until('the first word of the last', () => said.includes('last'));
    t.strictSame(said, ['ready', '/bin/done', '/bin/kept', 'last']);
    t.equal(scene.started.includes('/bin/never'), false);
    t.strictSame(
      [scene.state('last'), scene.state('skipped'), scene.state('done'), scene.state('kept')],
      ['active', 'skipped', 'inactive', 'completed'],
    );
    expectSound(t, scene);
  },
);

t.test(
  'BOOT-042 a dependency that misses its StartTimeout for good fails who requires it, and frees who only wants it; ' +
    'during its retries both wait',
  async (t) => {
    const scene = createScene({
      tree: withServices({
        late: service('/bin/mute', { Readiness: 0, StartTimeout: 2, RestartMaxRetries: 2, RestartDelay: 1 }),
        hard: service('/bin/idle', { ...boot, Requires: ['late'] }),
        soft: service('/bin/idle', { ...boot, Wants: ['late'] }),
      }),
    });
    scene.program('/bin/mute', programs.idle);
    scene.program('/bin/idle', programs.idle);
    scene.start();
    scene.until('the second attempt', () => scene.started.filter((path) => path === '/bin/mute').length === 2);
    t.strictSame(
      [scene.running('/bin/idle').length, scene.view('hard').waitingFor, scene.view('soft').waitingFor],
      [0, ['late'], ['late']],
    );
    scene.until('the end of its budget', () => scene.state('late') === 'failed', 60_000);
    t.match(scene.view('hard'), { state: 'failed', cause: 'dependency_failure' });
    scene.until('the other one to start', () => scene.state('soft') === 'active', 1000);
    t.equal(scene.started.filter((path) => path === '/bin/mute').length, 3);
    expectSound(t, scene);
  },
);

t.test('BOOT-043 BOOT-085 broken and unfulfillable definitions fail by themselves, and the rest of the boot goes on', async (t) => {
  const scene = createScene({
    tree: withServices({
      broken: service('/bin/idle', { ...boot, StartTimeout: 'soon' }),
      lost: service('/bin/idle', { ...boot, Requires: ['nobody'] }),
      bound: service('/bin/idle', { ...boot, BindsTo: ['off'] }),
      easy: service('/bin/idle', { ...boot, Wants: ['nobody', 'off'] }),
      off: service('/bin/idle', { Disabled: 1 }),
    }),
  });
  scene.program('/bin/idle', programs.idle);
  scene.boot();
  const found = Object.fromEntries(scene.composed.policy.services().map(({ name, state, cause }) => [name, `${state} ${cause}`]));
  t.strictSame(found, {
    broken: 'failed validation_error',
    lost: 'failed dependency_failure',
    bound: 'failed dependency_failure',
    easy: 'active explicit_start',
    off: 'inactive null',
    registryd: 'active explicit_start',
  });
  t.match(scene.console, /StartTimeout/, 'field and reason are told');
  t.match(scene.ask({ command: 'status', service: 'lost' }), { state: 'failed', detail: /nobody/ });
  expectSound(t, scene);
});

t.test('BOOT-044 a Critical service uses its budget and then reboots the machine; a Normal one stays failed', async (t) => {
  for (const errorControl of [0, 1]) {
    const scene = createScene({
      tree: withServices({
        shaky: service('/bin/crash', { ...boot, Readiness: 0, ErrorControl: errorControl, RestartMaxRetries: 2, RestartDelay: 1 }),
        web: service('/bin/idle', boot),
      }),
    });
    scene.program('/bin/crash', programs.exits(1));
    scene.program('/bin/idle', programs.stubborn);
    scene.start();
    const rebooted = (): boolean => scene.world.rebooted !== null;
    if (errorControl === 1) scene.until('the reboot', rebooted, 60_000);
    else scene.until('the end of its budget', () => scene.composed.policy.service('shaky')?.state === 'failed', 60_000);
    t.equal(scene.started.filter((path) => path === '/bin/crash').length, 3);
    t.equal(scene.running('/bin/idle').length, 1, 'nobody was stopped in order');
    t.equal(rebooted(), errorControl === 1);
    if (errorControl === 0) t.match(scene.view('shaky').cause, 'restart_budget_exhausted');
    expectSound(t, scene);
  }
});

t.test('an identity that only the authority can give fails its service and nothing else', async (t) => {
  const scene = createScene({
    tree: withServices({
      mail: { ImagePath: '/bin/idle', Identity: 'LocalService', ...boot, RestartPolicy: 0 },
      web: service('/bin/idle', boot),
    }),
  });
  scene.program('/bin/idle', programs.idle);
  scene.boot();
  t.match(scene.view('mail'), { state: 'failed', cause: 'parent_setup_failure', detail: /authority/ });
  t.equal(scene.state('web'), 'active');
  expectSound(t, scene);
});

t.test(
  'BOOT-078 the registryd of Phase 1 is kept: its entry is merged onto it, with and without one it is the same process and listed once',
  async (t) => {
    for (const entry of [{}, withServices({ RegistryD: { StopTimeout: 3, Description: 'the registry' } })]) {
      const scene = createScene({ tree: entry });
      scene.boot();
      const { pid } = scene.registryd.process ?? {};
      const job = scene.view('registryd').job?.id;
      t.match(scene.ask({ command: 'reload-config' }), { status: 'ok' });
      t.equal(scene.view('registryd').job?.id, job);
      t.equal(scene.view('registryd').job?.pid, pid);
      const { services } = scene.ask({ command: 'list' });
      t.equal(services.filter((each: { service: string }) => each.service.toLowerCase() === 'registryd').length, 1);
      t.equal(scene.view('registryd').definition?.stopTimeout, Object.keys(entry).length > 0 ? 3 : 10);
      t.equal(scene.started.length, 1);
      // Its restart policy is the ordinary one again.
      scene.registryd.process?.die(9);
      scene.until('its restart', () => scene.registryd.process !== null && scene.registryd.process.pid !== pid);
      expectSound(t, scene);
    }
  },
);

t.test(
  'BOOT-086 EXEC-023 services get nothing of the environment of PID 1, and the global variables of the registry except registryd',
  async (t) => {
    const scene = createScene({
      tree: { ...withServices({ web: service('/bin/web', boot) }), 'Machine\\System\\Init\\EnvVars': { LANG: 'C.UTF-8' } },
    });
    const variables: string[][] = [];
    scene.program('/bin/web', (process) => void variables.push([...process.environment.keys()].sort()));
    const { TERM = '' } = process.env;
    t.teardown(() => {
      process.env['TERM'] = TERM;
    });
    process.env['TERM'] = 'dumb';
    scene.boot();
    scene.until('its first word', () => variables.length > 0);
    t.strictSame(variables, [['LANG', 'NOTIFY_SOCKET', 'PATH']]);
    t.strictSame([...(scene.registryd.process?.environment.keys() ?? [])].sort(), ['NOTIFY_SOCKET', 'PATH']);
    expectSound(t, scene);
  },
);

t.test('BOOT-092 machine-status waits until the machine has settled; a crash loop does not hold it up, a slow start does', async (t) => {
  const scene = createScene({
    tree: withServices({
      slow: service('/bin/slow', { ...boot, Readiness: 0 }),
      loop: service('/bin/crash', { ...boot, Readiness: 0, RestartDelay: 60 }),
      behind: service('/bin/slow', { ...boot, Requires: ['loop'] }),
      never: service('/bin/crash', { ...boot, Readiness: 0, RestartPolicy: 0 }),
    }),
  });
  scene.program('/bin/slow', programs.notifies(3000));
  scene.program('/bin/crash', programs.exits(1));
  scene.start();
  scene.until('the control socket', () => scene.composed.policy.service('loop')?.state === 'backoff');
  t.strictSame(only(scene.ask({ command: 'machine-status' }), 'phase', 'settled_at', 'waiting_for'), {
    phase: 'booting',
    settled_at: null,
    waiting_for: ['slow'],
  });
  const waiting = scene.client();
  waiting.send({ command: 'machine-status', wait: true });
  scene.run(1000);
  t.strictSame(waiting.stream.takeLines(), [], 'no answer yet');
  const settled = waiting.answer();
  t.match(settled, { mode: 'full', phase: 'settled', settled_at: /^2030/ });
  t.strictSame([settled['failed'], settled['waiting_for']], [['never'], []]);
  t.strictSame([scene.state('slow'), scene.state('loop')], ['active', 'backoff']);
  expectSound(t, scene);
});

t.test('BOOT-025 BOOT-075 BOOT-076 what may fail in Phase 1 fails with a warning, and the machine boots', async (t) => {
  const scene = createScene({ tree: withServices({ web: service('/bin/idle', boot) }) });
  scene.program('/bin/idle', programs.idle);
  scene.faults.add({ call: 'loopbackUp', errno: 1 });
  scene.faults.add({ call: 'readFile', errno: 5, path: 'random-seed' });
  scene.faults.add({ call: 'replaceFile', errno: 28, path: '/etc/machine-id' });
  scene.faults.add({ call: 'reserveDescriptors', errno: 12 });
  scene.boot();
  t.equal(scene.state('web'), 'active');
  for (const warning of [/warning: the interface lo is not up: EPERM/, /warning: .*random-seed.*EIO/, /warning: .*machine-id.*ENOSPC/])
    t.match(scene.console, warning);
  expectSound(t, scene);
});
