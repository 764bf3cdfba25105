import t from 'tap';
import { createHeapKeeper } from '../../../src/linux/heap-keeper.ts';

const mb = 1 << 20;

function createScene() {
  const scene = { used: 10 * mb, live: 10 * mb, collected: 0, settled: 0, booted: false, ending: false };
  const keep = createHeapKeeper(
    {
      used: () => scene.used,
      collect() {
        scene.collected++;
        scene.used = scene.live;
      },
      settle: () => void scene.settled++,
    },
    { isBooted: () => scene.booted, isEnding: () => scene.ending },
  );
  /** Enough turns for one look. */
  const look = (used: number): number => {
    scene.used = used * mb;
    for (let turn = 0; turn < 4; turn++) keep();
    return scene.collected;
  };
  return { scene, look };
}

t.test('garbage is collected when the heap has grown by half or eight megabytes, whichever is more', async (t) => {
  const { scene, look } = createScene();
  scene.booted = true;
  t.strictSame([look(10), look(18), look(19)], [0, 0, 1]);
  t.strictSame([look(17), look(19)], [1, 2]);
  scene.live = 40 * mb;
  t.strictSame([look(50), look(60), look(61)], [3, 3, 4]);
});

t.test('during the boot nothing is collected, and at its end only where much is in use', async (t) => {
  const { scene, look } = createScene();
  t.equal(look(100), 0);
  scene.booted = true;
  t.strictSame([look(16), look(23), look(25)], [0, 0, 1]);
  const large = createScene();
  large.look(100);
  large.scene.live = 30 * mb;
  large.scene.booted = true;
  t.strictSame([large.look(60), large.look(44), large.look(46)], [1, 1, 2]);
});

t.test('what the boot alone needed goes back in the turn that ends it, once', async (t) => {
  const { scene, look } = createScene();
  look(10);
  t.equal(scene.settled, 0);
  scene.booted = true;
  look(10);
  look(50);
  t.equal(scene.settled, 1);
});

t.test('a machine that is ending collects nothing any more', async (t) => {
  const { scene, look } = createScene();
  scene.booted = true;
  t.equal(look(10), 0);
  scene.ending = true;
  t.equal(look(100), 0);
  scene.ending = false;
  t.equal(look(100), 1);
});

t.test('it looks only now and then', async (t) => {
  let looks = 0;
  const keep = createHeapKeeper(
    { used: () => ++looks, collect: () => undefined, settle: () => undefined },
    { isBooted: () => true, isEnding: () => false },
  );
  for (let turn = 0; turn < 160; turn++) keep();
  t.equal(looks, 41, 'once for the beginning');
});
