/** What PID 1 gives its children and takes from them, followed through the whole of it. */
import t from 'tap';
import type { SimulatedProcess } from '../../../src/linux/simulated/processes.ts';
import { openFile } from '../../../src/linux/simulated/world.ts';
import { createScene, expectSound, programs, service, withServices } from '../../support/simulated-peinit.ts';

const allCapabilities = 0x1ff_ffff_ffffn;
const without = (bit: bigint): bigint => allCapabilities & ~(1n << bit);
const capSysResource = 24n;
const capSysTime = 25n;
const noLowerOom = { mayLowerOom: false, faults: [{ call: 'writeFile', errno: 13, path: 'oom_score_adj' }] } as const;

t.test('EXEC-020 limits that this machine does not let peinit raise are left out, with one warning', async (t) => {
  const values = { ErrorControl: 1, LimitNOFILE: 9000, RestartPolicy: 0 };
  for (const [options, warning] of [
    [{}, null],
    [
      { capabilities: without(capSysResource), ...noLowerOom },
      'hard resource limits cannot be raised, so larger limits of services are cut; ' +
        'oom_score_adj cannot be lowered, so critical services are not protected from the OOM killer (no CAP_SYS_RESOURCE)',
    ],
    [noLowerOom, /^oom_score_adj cannot be lowered, so critical services are not protected from the OOM killer \(/],
    [{ capabilities: without(capSysResource) }, /^hard resource limits cannot be raised, so larger limits of services are cut \(/],
  ] as const) {
    const scene = createScene({
      ...options,
      words: ['--nofile=1024:4096'],
      tree: withServices({ one: service('/bin/one', values), two: service('/bin/two', values) }),
    });
    for (const path of ['/bin/one', '/bin/two']) scene.program(path, programs.idle);
    scene.boot();
    for (const name of ['one', 'two']) t.match(scene.ask({ command: 'start', service: name }), { state: 'active' });
    const { warnings } = scene.ask({ command: 'machine-status' });
    t.equal(warnings.length, warning === null ? 0 : 1, 'once, however many services');
    if (warning !== null) t.match(warnings[0], warning);
    for (const path of ['/bin/one', '/bin/two']) {
      const request = scene.running(path)[0]?.request;
      const limit = 'capabilities' in options ? 4096n : 9000n;
      t.strictSame(request?.limits, [{ resource: 7, soft: limit, hard: limit }]);
      t.equal(request?.oomScoreAdj, 'mayLowerOom' in options ? null : -1000);
    }
    expectSound(t, scene);
  }
});

t.test('DEF-059 a runtime directory is for its service and root alone, and stays when the service ends', async (t) => {
  const scene = createScene({ tree: withServices({ web: service('/bin/web', { RuntimeDirectories: ['web', 'shared'] }) }) });
  scene.program('/bin/web', programs.idle);
  scene.boot();
  const mode = (path: string): number | null => {
    const node = scene.tree.lookup(path);
    return typeof node !== 'number' && node.kind === 'directory' ? node.mode & 0o7777 : null;
  };
  t.equal(mode('/run/web'), null, 'nobody needs it yet');
  for (let round = 0; round < 2; round++) {
    t.match(scene.ask({ command: 'start', service: 'web' }), { state: 'active' });
    t.strictSame([mode('/run/web'), mode('/run/shared')], [0o770, 0o770]);
    scene.kernel.writeFile('/run/web/kept', 'x', { mode: 0o600 });
    t.match(scene.ask({ command: 'stop', service: 'web' }), { state: 'inactive' });
    t.strictSame(scene.kernel.readDirectory('/run/web'), ['kept']);
    t.equal(mode('/run/shared'), 0o770);
  }
  scene.registryd.deleteKey('Machine\\System\\Services\\web');
  scene.run(1000);
  t.match(scene.ask({ command: 'status', service: 'web' }), { code: 'UNKNOWN_SERVICE' });
  t.strictSame(scene.kernel.readDirectory('/run/web'), ['kept'], 'also when it is no service any more');
  expectSound(t, scene);
});

t.test('FDS-003 only the main process stores descriptors: those of its children, of hooks and of checks are closed', async (t) => {
  const released: string[] = [];
  // Hooks and checks are not told where the socket is, but may know it all the same.
  const give = ({ pid }: SimulatedProcess, name: string): void =>
    void scene.datagrams.deliver('/run/peinit/notify.sock', {
      data: new TextEncoder().encode(`FDSTORE=1\nFDNAME=${name}`),
      sender: { pid, uid: 0, gid: 0 },
      files: [openFile('file', { released: () => released.push(name) })],
    });
  const scene = createScene({
    tree: withServices({
      web: service('/bin/web', {
        FdStoreMax: 9,
        ExecStartPre: ['/bin/pre'],
        ExecStartPost: ['/bin/post'],
        HealthCheck: '/bin/check',
        HealthCheckInterval: 1,
      }),
    }),
  });
  for (const part of ['pre', 'post', 'check'])
    scene.program(`/bin/${part}`, (process) => {
      give(process, part);
      process.after(20, () => process.exit(0));
    });
  scene.program('/bin/web', (process) => {
    give(process, 'main');
    process.fork((child) => child.after(100, () => give(child, 'child')));
  });
  scene.boot();
  t.match(scene.ask({ command: 'start', service: 'web' }), { state: 'active' });
  scene.until('the first check', () => released.includes('check'));
  t.strictSame(scene.ask({ command: 'status', service: 'web' })['stored_descriptors'], ['main']);
  t.strictSame([...new Set(released)].sort(), ['check', 'child', 'post', 'pre']);
  expectSound(t, scene);
});

t.test('BOOT-073 without CAP_SYS_TIME it is a container, also in the first namespace: the clock is left out with one line', async (t) => {
  const scene = createScene({
    capabilities: without(capSysTime),
    rtcSeconds: null,
    recorded: true,
    tree: withServices({ web: service('/bin/web', { Triggers: ['boot'] }) }),
  });
  scene.program('/bin/web', programs.idle);
  scene.boot();
  t.equal(scene.console.match(/^.*clock.*$/gm)?.length, 1);
  t.notOk(scene.calls.some((call) => call.startsWith('setRealtime') || call.startsWith('readRtc')));
  scene.ask({ command: 'shutdown', type: 'poweroff' });
  scene.until('the end', () => scene.over);
  t.equal(scene.exited, 0, 'it ends by exit');
  t.equal(scene.world.rebooted, null);
  expectSound(t, scene);
});

t.test('BOOT-073 with CAP_SYS_TIME in the first namespace it is a machine of its own: without a clock it ends in Recovery', async (t) => {
  const scene = createScene({ rtcSeconds: null });
  scene.start();
  scene.shows(/reason: clock: no usable real-time clock/);
  expectSound(t, scene);
});
