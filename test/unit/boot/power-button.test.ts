import t from 'tap';
import type { Scene, SceneOptions } from '../../support/simulated-peinit.ts';
import { createScene, expectSound } from '../../support/simulated-peinit.ts';

const key = 1;
const power = 116;
const [release, press, repeat] = [0, 1, 2];

/** A machine that has settled, with a button if it is to have one at its start. */
function machine(options: SceneOptions & { readonly button?: boolean } = {}) {
  const { button = true, ...others } = options;
  const scene = createScene({ shells: ['/bin/sh'], ...others });
  if (others.rtcSeconds === null) {
    scene.start();
    scene.shows(/recovery mode/);
  } else scene.boot();
  const device = button ? scene.inputs.add('event3', true) : null;
  scene.run(100);
  return { scene, device };
}

const powersOff = (scene: Scene): boolean => {
  scene.run(20_000);
  return scene.world.rebooted === 0x4321fedc;
};

t.test('SHUT-001 SHUT-026 a press of the power key is a poweroff request; in Recovery too', async (t) => {
  for (const rtcSeconds of [1_900_000_000, null]) {
    const { scene, device } = machine({ rtcSeconds });
    device?.event(key, power, press);
    scene.shows(/the machine is going down for poweroff: the power button/);
    t.ok(powersOff(scene));
    expectSound(t, scene);
  }
});

t.test('SHUT-026 what is let go or held, other keys and other events are nothing', async (t) => {
  const { scene, device } = machine();
  for (const [type, code, value] of [
    [key, power, release],
    [key, power, repeat],
    [key, 30, press],
    [5, power, press],
    [0, 0, 0],
  ] as const)
    device?.event(type, code, value);
  scene.run(5000);
  t.equal(scene.over, false);
  t.notMatch(scene.console, /going down/);
  for (let presses = 0; presses < 40; presses++) device?.event(key, power, release);
  device?.event(key, power, press);
  t.ok(powersOff(scene), 'behind more than a buffer of others');
  expectSound(t, scene);
});

t.test('SHUT-026 a device is found whenever it comes, with the directory or later, and anew under its old name', async (t) => {
  const { scene } = machine({ button: false });
  t.equal(scene.inputs.add('event0', false).readers, 0, 'one without that key is not read');
  const mouse = scene.inputs.add('mouse0', true);
  const first = scene.inputs.add('event1', true);
  scene.run(100);
  t.strictSame([mouse.readers, first.readers], [0, 1]);
  first.fail(19);
  scene.run(100);
  t.equal(first.readers, 0);
  scene.inputs.removeAll();
  scene.run(100);
  const second = scene.inputs.add('event1', true);
  scene.run(100);
  t.equal(second.readers, 1);
  t.equal(scene.over, false);
  second.event(key, power, press);
  t.ok(powersOff(scene));
  expectSound(t, scene);
});

t.test('SHUT-027 devices that are missing, cannot be opened or fail disturb nothing, and leave the loop', async (t) => {
  const missing = machine({ button: false });
  missing.scene.run(1000);
  t.notMatch(missing.scene.console, /warning|error/);
  const before = missing.scene.world.openDescriptors().length;
  missing.scene.faults.add({ call: 'openPowerKey', errno: 13, path: 'event0' });
  const denied = missing.scene.inputs.add('event0', true);
  const failing = missing.scene.inputs.add('event1', true);
  missing.scene.run(1000);
  t.strictSame([denied.readers, failing.readers], [0, 1]);
  failing.fail(5);
  missing.scene.run(1000);
  t.equal(failing.readers, 0);
  t.equal(missing.scene.world.openDescriptors().length, before);
  t.match(missing.scene.ask({ command: 'machine-status' }), { status: 'ok', phase: 'settled' });
  expectSound(t, missing.scene);

  const unwatched = createScene({});
  unwatched.faults.add({ call: 'watchAppearing', errno: 24 });
  unwatched.boot();
  t.notMatch(unwatched.console, /error/);
  expectSound(t, unwatched);
});

t.test(
  'SHUT-027 a device whose driver hangs when it is opened is asked once, and holds up neither process 1 nor other buttons',
  async (t) => {
    const { scene } = machine({ button: false, recorded: true });
    const stuck = scene.inputs.add('event0', true, 'hangs');
    const other = scene.inputs.add('event1', true);
    scene.run(1000);
    scene.inputs.add('event2', false);
    scene.run(1000);
    t.strictSame([stuck.readers, other.readers], [0, 1]);
    t.equal(scene.calls.filter((call) => call.startsWith('openPowerKey') && call.includes('event0')).length, 1);
    t.match(scene.ask({ command: 'machine-status' }), { status: 'ok', phase: 'settled' });
    other.event(key, power, press);
    t.ok(powersOff(scene));
  },
);

t.test('SHUT-026 a container watches no button: those of its host are not its own', async (t) => {
  const { device } = machine({ container: true });
  t.equal(device?.readers, 0);
});
