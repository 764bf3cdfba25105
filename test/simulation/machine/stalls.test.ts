/** Process 1 stands still for a while, and the machine around it goes on. */
import t from 'tap';
import type { Program } from '../../../src/linux/simulated/processes.ts';
import { createScene, expectSound, programs, service, withServices } from '../../support/simulated-peinit.ts';

/** Ready at once, and a sign of life every second. */
const lively: Program = (process) => {
  process.notify('READY=1');
  const beat = (): void => {
    process.notify('WATCHDOG=1');
    process.after(1000, beat);
  };
  beat();
};

const watched = { Readiness: 0, WatchdogTimeout: 3, RestartPolicy: 0 };

t.test('signs of life that came while process 1 stood still count before a watchdog is judged', async (t) => {
  const names = Array.from({ length: 5 }, (_, index) => `web${index}`);
  const scene = createScene({
    tree: withServices(
      Object.fromEntries([...names, 'mute'].map((name) => [name, service(`/bin/${name}`, { ...watched, Triggers: ['boot'] })])),
    ),
  });
  for (const name of names) scene.program(`/bin/${name}`, lively);
  scene.program('/bin/mute', programs.notifies(0));
  scene.boot();
  for (const wait of [3100, 3500, 4700]) {
    scene.loop.standStill(wait);
    scene.run(300);
    t.strictSame(
      names.map(scene.state),
      names.map(() => 'active'),
      `${wait} ms`,
    );
  }
  scene.run(4000);
  t.equal(scene.state('mute'), 'failed', 'who says nothing is found out all the same');
  t.match(scene.console, /warning: peinit stood still for at least [0-9.]+ seconds?/);
  expectSound(t, scene);
});

t.test('NTF-005 READY=1 that came in time counts, however late process 1 reads it', async (t) => {
  const scene = createScene({ tree: withServices({ web: service('/bin/web', { Readiness: 0, StartTimeout: 3, RestartPolicy: 0 }) }) });
  scene.program('/bin/web', programs.notifies(2900));
  scene.boot();
  scene.client().send({ command: 'start', service: 'web', wait: false });
  scene.until('it is starting', () => scene.running('/bin/web').length > 0);
  scene.run(500);
  // So little too late that no stall is seen.
  scene.loop.standStill(2550);
  scene.run(100);
  t.equal(scene.state('web'), 'active');
  expectSound(t, scene);
});

t.test('who stood still together with process 1 gets the time to say that it lives', async (t) => {
  const scene = createScene({ tree: withServices({ web: service('/bin/web', watched) }) });
  let frozen = false;
  scene.program('/bin/web', (process) => {
    process.notify('READY=1');
    const beat = (): void => {
      if (!frozen) process.notify('WATCHDOG=1');
      process.after(1000, beat);
    };
    beat();
  });
  scene.boot();
  scene.ask({ command: 'start', service: 'web' });
  scene.run(1500);
  frozen = true;
  scene.loop.standStill(60_000);
  frozen = false;
  scene.run(10_000);
  t.equal(scene.state('web'), 'active');
  expectSound(t, scene);
});
