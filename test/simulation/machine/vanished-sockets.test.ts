/** Somebody removes the sockets of process 1. */
import t from 'tap';
import type { Program } from '../../../src/linux/simulated/processes.ts';
import { createScene, expectSound, service, withServices } from '../../support/simulated-peinit.ts';

/** Ready at once, and a sign of life every second. */
const lively: Program = (process) => {
  process.notify('READY=1');
  const beat = (): void => {
    process.notify('WATCHDOG=1');
    process.after(1000, beat);
  };
  beat();
};

for (const [what, paths] of [
  ['the sockets are', ['/run/peinit/control.sock', '/run/peinit/notify.sock']],
  ['all of /run/peinit is', ['/run/peinit/control.sock', '/run/peinit/notify.sock', '/run/peinit/boot-id', '/run/peinit']],
] as const)
  t.test(`when ${what} removed they come back by themselves, and nobody comes to harm`, async (t) => {
    const scene = createScene({
      tree: withServices({ web: service('/bin/web', { Readiness: 0, WatchdogTimeout: 3, RestartPolicy: 0, Triggers: ['boot'] }) }),
    });
    scene.program('/bin/web', lively);
    scene.boot();
    const connected = scene.client();
    for (const path of paths) t.equal(path === '/run/peinit' ? scene.kernel.rmdir(path) : scene.kernel.unlink(path), 0);
    scene.shows(/warning: the notify socket \/run\/peinit\/notify\.sock had vanished and is bound again/);
    scene.shows(/warning: the control socket \/run\/peinit\/control\.sock had vanished and is bound again/);
    t.match(scene.ask({ command: 'status', service: 'web' }), { state: 'active' });
    t.match(connected.ask({ command: 'status', service: 'web' }), { state: 'active' }, 'an open connection goes on');
    scene.run(10_000);
    t.equal(scene.state('web'), 'active');
    expectSound(t, scene);
  });
