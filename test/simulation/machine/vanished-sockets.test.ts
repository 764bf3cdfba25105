/** Somebody removes the sockets of process 1. */
import t from 'tap';
import type { Program } from '../../../src/linux/simulated/processes.ts';
import type { Scene } from '../../support/simulated-peinit.ts';
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

const tokens = '/run/peinit/tokens';

function tokensIn({ kernel }: Scene): readonly string[] {
  const names = kernel.readDirectory(tokens);
  return typeof names === 'number' ? [] : names.toSorted();
}

/** With all that is in it. */
function remove(kernel: Scene['kernel'], path: string): void {
  const names = kernel.readDirectory(path);
  if (typeof names === 'number') return void kernel.unlink(path);
  for (const name of names) remove(kernel, `${path}/${name}`);
  kernel.rmdir(path);
}

for (const [what, paths] of [
  ['the sockets are', ['/run/peinit/control.sock', '/run/peinit/notify.sock', '/run/peinit/jfs.sock']],
  ['all of /run/peinit is', ['/run/peinit']],
  ['the tokens are', [tokens]],
] as const)
  t.test(`when ${what} removed they come back by themselves, and nobody comes to harm`, async (t) => {
    const scene = createScene({
      tree: withServices({
        web: service('/bin/web', { Readiness: 0, WatchdogTimeout: 3, RestartPolicy: 0, Triggers: ['boot'] }),
        db: service('/bin/db'),
      }),
    });
    scene.program('/bin/web', lively);
    scene.program('/bin/db', programs.idle);
    scene.boot();
    const connected = scene.client();
    const told = tokensIn(scene);
    for (const path of paths) {
      remove(scene.kernel, path);
      t.equal(scene.kernel.inode(path), -2);
    }
    if (paths[0] !== tokens) {
      scene.shows(/warning: the notify socket \/run\/peinit\/notify\.sock had vanished and is bound again/);
      scene.shows(/warning: the control socket \/run\/peinit\/control\.sock had vanished and is bound again/);
      scene.shows(/warning: the socket of ad-hoc jobs \/run\/peinit\/jfs\.sock had vanished and is bound again/);
      t.strictSame(tokensIn(scene), told, 'the daemons know those that live');
    }
    t.match(scene.ask({ command: 'start', service: 'db' }), { state: 'active' });
    const more = tokensIn(scene);
    t.strictSame([more.length, told.filter((name) => !more.includes(name))], [told.length + 1, []]);
    t.match(scene.ask({ command: 'status', service: 'web' }), { state: 'active' });
    t.match(connected.ask({ command: 'status', service: 'web' }), { state: 'active' }, 'an open connection goes on');
    scene.run(10_000);
    t.equal(scene.state('web'), 'active');
    expectSound(t, scene);
  });
