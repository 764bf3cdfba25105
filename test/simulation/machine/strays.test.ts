/** Processes that go to another cgroup than the one they were born in, as conmon and cgexec do. */
import t from 'tap';
import { fileNode } from '../../../src/linux/simulated/file-tree.ts';
import type { Program, SimulatedProcess } from '../../../src/linux/simulated/processes.ts';
import type { Scene } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, programs, service, withServices } from '../../support/simulated-peinit.ts';

const elsewhere = '/sys/fs/cgroup/own';

/** Programs that move at once; the services do not start by themselves. */
function settled(services: Parameters<typeof withServices>[0], strayPrograms: Readonly<Record<string, Program>>): Scene {
  const scene = createScene({ tree: withServices(services) });
  for (const [path, program] of Object.entries(strayPrograms))
    scene.program(path, (process) => {
      move(scene, process);
      program(process);
    });
  scene.program('/bin/idle', programs.idle);
  scene.boot();
  scene.kernel.mkdir(elsewhere, 0o755);
  return scene;
}

const move = (scene: Scene, { pid }: SimulatedProcess): void => {
  scene.kernel.writeFile(`${elsewhere}/cgroup.procs`, String(pid), { create: false });
  scene.tree.place(`/proc/${pid}/cgroup`, fileNode('0::/own\n', 0o444));
};

const failing = { RestartPolicy: 0 };

for (const [how, values, program, after] of [
  ['a watchdog', { WatchdogTimeout: 1, Readiness: 0 }, programs.notifies(0), ['failed', 'watchdog_timeout']],
  ['StartTimeout', { StartTimeout: 1, Readiness: 0 }, programs.stubborn, ['failed', 'readiness_timeout']],
  [
    'a health check',
    { HealthCheck: '/bin/sick', HealthCheckInterval: 2, HealthCheckTimeout: 1, HealthCheckRetries: 1 },
    programs.stubborn,
    ['failed', 'health_check_failure'],
  ],
] as const)
  t.test(`a main process in another cgroup is killed by ${how}`, async (t) => {
    const scene = settled({ web: service('/bin/web', { ...failing, ...values }) }, { '/bin/web': program });
    scene.program('/bin/sick', programs.exits(1));
    scene.client().send({ command: 'start', service: 'web', wait: false });
    scene.until('it has moved', () => scene.running('/bin/web').some(({ cgroup }) => cgroup === '/own'));
    scene.until('it has failed', () => scene.state('web') === 'failed', 10_000);
    t.strictSame([scene.view('web').state, scene.view('web').cause], after);
    t.strictSame(scene.running('/bin/web'), []);
    expectSound(t, scene);
  });

t.test('a main process in another cgroup hears of a stop, is killed after StopTimeout, and only then another one starts', async (t) => {
  const scene = settled(
    { web: service('/bin/web', { StopTimeout: 2 }), polite: service('/bin/polite') },
    { '/bin/web': programs.stubborn, '/bin/polite': programs.idle },
  );
  const client = scene.client();
  for (const name of ['web', 'polite']) t.match(client.ask({ command: 'start', service: name }), { state: 'active' });
  scene.run(100);
  const began = scene.nowMs;
  t.match(client.ask({ command: 'stop', service: 'polite' }), { state: 'inactive' });
  t.ok(scene.nowMs - began < 100, 'by SIGTERM');
  t.match(client.ask({ command: 'restart', service: 'web' }), { state: 'active' });
  t.ok(scene.nowMs - began >= 2000);
  t.equal(scene.running('/bin/web').length, 1);
  t.match(client.ask({ command: 'stop', service: 'web' }), { state: 'inactive' });
  t.strictSame(scene.running('/bin/web'), []);
  expectSound(t, scene);
});

t.test('hooks, checks and what is still starting at a shutdown are killed wherever they are', async (t) => {
  const scene = settled(
    {
      hooked: service('/bin/idle', { ExecStartPre: ['/bin/hook'], StartTimeout: 3, RestartPolicy: 0 }),
      checked: service('/bin/idle', { HealthCheck: '/bin/check', HealthCheckInterval: 2, HealthCheckTimeout: 1 }),
      web: service('/bin/web', { Readiness: 0, StartTimeout: 100 }),
      // A killed process takes a moment to be gone, which the machine waits for within its own tree only.
      last: service('/bin/last', { StopTimeout: 2 }),
    },
    Object.fromEntries(['hook', 'check', 'web', 'last'].map((name) => [`/bin/${name}`, programs.stubborn])),
  );
  const client = scene.client();
  for (const name of ['hooked', 'checked', 'web', 'last']) client.ask({ command: 'start', service: name, wait: false });
  scene.until('hook and check run', () => scene.running('/bin/hook').length + scene.running('/bin/check').length === 2);
  scene.until('the hook is gone', () => scene.running('/bin/hook').length === 0, 5000);
  scene.until('the check is gone', () => scene.running('/bin/check').length === 0, 5000);
  client.send({ command: 'shutdown', type: 'poweroff' });
  scene.until('the machine is over', () => scene.over, 60_000);
  t.strictSame(scene.running('/bin/web'), []);
  expectSound(t, scene);
});

t.test('of a main process that outlives SIGKILL in another cgroup it is said where it is', async (t) => {
  const scene = settled({ web: service('/bin/web', { StopTimeout: 1 }) }, { '/bin/web': programs.stuck });
  const client = scene.client();
  client.ask({ command: 'start', service: 'web' });
  scene.run(100);
  const [main] = scene.running('/bin/web');
  t.match(client.ask({ command: 'stop', service: 'web' }), { state: 'abandoned' });
  const { detail, warnings } = client.ask({ command: 'status', service: 'web' });
  t.equal(
    detail,
    `service web: its main process (pid ${main?.pid}) outlived SIGKILL in cgroup /own, where it went by itself, ` +
      `so peinit has given it up. See in /proc/${main?.pid}/stack what it waits for, then reset the service.`,
  );
  t.strictSame(warnings, [], 'its own tree is empty');
  main?.letGo();
  t.match(client.ask({ command: 'reset', service: 'web' }), { state: 'inactive' });
  expectSound(t, scene);
});
