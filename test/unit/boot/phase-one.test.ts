import t from 'tap';
import type { MachineState } from '../../../src/boot/machine-state.ts';
import { beginBoot } from '../../../src/boot/machine-state.ts';
import { runPhaseOne } from '../../../src/boot/phase-one.ts';
import { ensureProc } from '../../../src/boot/virtual-filesystems.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { fileNode } from '../../../src/linux/simulated/file-tree.ts';
import type { SimulationOptions } from '../../../src/linux/simulated/simulated-kernel.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import type { Console } from '../../../src/output/console.ts';
import { weighted } from '../../../src/output/console.ts';
import { momentAt } from '../../support/fake-policy.ts';

const bare: readonly string[] = ['/proc', '/sys', '/dev', '/run', '/etc', '/var/lib/peinit'];

/** A bare root, and every call of PID 1 in order. */
function createScene(options: Partial<SimulationOptions> = {}, container = false) {
  const machine = createSimulatedKernel({ seed: 3, faults: [], disturbance: calm, mounted: [], rtcSeconds: 1_900_000_000, ...options });
  for (const path of bare)
    for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
      machine.kernel.mkdir(end < 0 ? path : path.slice(0, end), 0o755);
      if (end < 0) break;
    }
  const calls: string[] = [];
  const kernel = new Proxy(machine.kernel, {
    get(target, name: keyof Kernel) {
      const member = target[name] as (...values: unknown[]) => unknown;
      return (...values: unknown[]) => {
        calls.push(`${name} ${values.filter((value) => typeof value === 'string' || typeof value === 'number').join(' ')}`);
        return member.apply(target, values);
      };
    },
  });
  const lines: string[] = [];
  const state: MachineState = {
    mode: 'full',
    reason: null,
    bootId: 'b',
    container,
    times: beginBoot(momentAt(0), true),
    warnings: [],
    ownMounts: [],
    stopping: false,
  };
  const console: Console = {
    line: (text, weight = 'info') => void lines.push(weighted(text, weight)),
    flush: () => undefined,
    finish: (done) => done(),
  };
  const run = (): string | null => {
    if (ensureProc(kernel)) state.ownMounts = ['/proc'];
    return runPhaseOne({ kernel, console, machine: state, onRootWritable: () => undefined });
  };
  return { ...machine, calls, lines, state, run };
}

const position = (calls: readonly string[], start: string): number => calls.findIndex((call) => call.startsWith(start));

t.test('BOOT-006 the steps come in order: root probe, virtual filesystems, random seed, machine id, clock', async (t) => {
  const scene = createScene();
  scene.kernel.writeFile('/var/lib/peinit/random-seed', 'x'.repeat(512));
  t.equal(scene.run(), null);
  const order = ['writeFile /.peinit/probe-', 'mount sysfs', 'addEntropy', 'replaceFile /etc/machine-id', 'setRealtime'].map((call) =>
    position(scene.calls, call),
  );
  t.ok(
    order.every((at) => at >= 0),
    'all happen',
  );
  t.strictSame(
    [...order].sort((a, b) => a - b),
    order,
  );
});

const probes = (calls: readonly string[]): string[] =>
  calls.filter((call) => call.startsWith('writeFile /.peinit/')).map((call) => call.split(' ')[1] ?? '');

t.test('BOOT-007 the probe file is uniquely named, made anew and gone afterwards', async (t) => {
  const names = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) {
    const scene = createScene({ seed });
    scene.run();
    const [path = '', ...more] = probes(scene.calls);
    t.match(path, /^\/\.peinit\/probe-[0-9a-f]{16}$/);
    t.strictSame(more, []);
    names.add(path);
    t.strictSame(scene.kernel.readDirectory('/.peinit'), []);
  }
  t.equal(names.size, 20);
  const twice = createScene();
  twice.faults.add({ call: 'writeFile', errno: 30, path: '/.peinit/probe-', times: 1 });
  t.equal(twice.run(), null);
  t.equal(new Set(probes(twice.calls)).size, 2, 'also the second one of a boot');
});

t.test('BOOT-007 a read-only root of a machine of its own is remounted, that of a container never', async (t) => {
  for (const container of [false, true]) {
    const scene = createScene({}, container);
    scene.faults.add({ call: 'writeFile', errno: 30, path: '/.peinit/probe-', times: container ? 9 : 1 });
    const reason = scene.run();
    t.equal(position(scene.calls, 'mount none / ') >= 0, !container);
    if (container) t.match(reason, /root is not writable: .*EROFS/);
    else t.equal(reason, null);
  }
});

t.test('BOOT-008 a failing remount and a failing write probe are reasons for Recovery that name the step', async (t) => {
  const remount = createScene();
  remount.faults.add({ call: 'writeFile', errno: 30, path: '/.peinit/probe-' });
  remount.faults.add({ call: 'mount', errno: 1, path: 'none' });
  t.match(remount.run(), /remounting \/ read-write failed: EPERM/);
  const probe = createScene();
  probe.faults.add({ call: 'writeFile', errno: 28, path: '/.peinit/probe-' });
  t.match(probe.run(), /probe file below \/\.peinit failed: ENOSPC/);
});

t.test('BOOT-009 BOOT-010 each missing filesystem is mounted once, with its flags and without data', async (t) => {
  const scene = createScene();
  scene.run();
  const mounts = scene.calls.filter((call) => call.startsWith('mount '));
  t.strictSame(mounts, [
    'mount proc /proc proc 14',
    'mount sysfs /sys sysfs 14',
    'mount devtmpfs /dev devtmpfs 2',
    'mount cgroup2 /sys/fs/cgroup cgroup2 14',
    'mount tmpfs /run tmpfs 6',
    'mount devpts /dev/pts devpts 10',
    'mount tmpfs /dev/shm tmpfs 6',
  ]);
});

t.test('O-95 nobody but root makes names in /run, whoever has mounted it; where that cannot be, a warning says so', async (t) => {
  for (const mounted of [[], [{ target: '/run', type: 'tmpfs' }]]) {
    const scene = createScene({ mounted });
    t.equal(scene.run(), null);
    t.ok(position(scene.calls, 'chmod /run 493') > position(scene.calls, 'mount tmpfs /dev/shm'));
  }
  const denied = createScene({}, true);
  denied.faults.add({ call: 'chmod', errno: 1, path: '/run' });
  t.equal(denied.run(), null);
  t.match(denied.lines.join('\n'), /\/run may be open to everybody: changing its mode failed: EPERM/);
});

t.test('BOOT-009 in a container /dev is never mounted and /sys read-only', async (t) => {
  const scene = createScene({}, true);
  scene.run();
  t.equal(position(scene.calls, 'mount devtmpfs'), -1);
  t.ok(position(scene.calls, 'mount sysfs /sys sysfs 15') >= 0);
});

t.test('BOOT-010 what is there already is not mounted again, and EBUSY counts as done for /proc, /sys and /dev', async (t) => {
  const there = createScene({
    mounted: [
      { target: '/proc', type: 'proc' },
      { target: '/sys', type: 'sysfs' },
      { target: '/run', type: 'tmpfs' },
    ],
  });
  t.equal(there.run(), null);
  for (const target of ['/proc', '/sys', '/run'])
    t.notOk(
      there.calls.some((call) => call.startsWith('mount ') && call.split(' ')[2] === target),
      target,
    );
  const busy = createScene();
  busy.faults.add({ call: 'mount', errno: 16, path: 'devtmpfs' });
  t.equal(busy.run(), null);
});

t.test('BOOT-011 a filesystem that cannot be mounted is a reason for Recovery that names the mount point', async (t) => {
  for (const [type, target] of [
    ['devpts', '/dev/pts'],
    ['cgroup2', '/sys/fs/cgroup'],
  ] as const) {
    const scene = createScene();
    scene.faults.add({ call: 'mount', errno: 19, path: type });
    t.match(scene.run(), `mounting ${type} on ${target} failed: ENODEV`);
  }
});

t.test('BOOT-012 BOOT-073 the clock is set from the RTC, and without one the reason is Recovery', async (t) => {
  const set = createScene();
  t.equal(set.run(), null);
  t.ok(set.calls.includes('setRealtime 1900000000'));
  t.match(createScene({ rtcSeconds: null }).run(), /clock: no usable real-time clock/);
  const refused = createScene();
  refused.faults.add({ call: 'setRealtime', errno: 1 });
  t.match(refused.run(), /clock_settime failed: EPERM/);
});

t.test('BOOT-073 in a container the clock is left out with one line', async (t) => {
  const scene = createScene({ rtcSeconds: null }, true);
  t.equal(scene.run(), null);
  t.equal(scene.lines.filter((line) => line.startsWith('clock:')).length, 1);
  t.equal(position(scene.calls, 'setRealtime'), -1);
});

t.test('BOOT-074 BOOT-075 the seed is restored with credit, and neither its absence nor a failure stops the boot', async (t) => {
  const there = createScene();
  there.kernel.writeFile('/var/lib/peinit/random-seed', 'x'.repeat(512));
  t.equal(there.run(), null);
  t.strictSame(there.record.entropy, [{ bytes: 512, credit: true }]);
  t.equal(createScene().run(), null);
  const failing = createScene();
  failing.kernel.writeFile('/var/lib/peinit/random-seed', 'x'.repeat(512));
  failing.faults.add({ call: 'addEntropy', errno: 1 });
  t.equal(failing.run(), null);
  t.ok(failing.lines.some((line) => /restoring the random seed failed: EPERM/.test(line)));
});

t.test('BOOT-076 a valid machine id stays, an absent, empty or invalid one is replaced, an invalid one with a warning', async (t) => {
  const read = (kernel: Kernel): string => new TextDecoder().decode(kernel.readFile('/etc/machine-id', 100) as Uint8Array);
  const valid = '0123456789abcdef0123456789abcdef\n';
  for (const [content, kept, warned] of [
    [valid, true, false],
    ['', false, false],
    [null, false, false],
    ['not an id\n', false, true],
    [valid.toUpperCase(), false, true],
  ] as const) {
    const scene = createScene();
    if (content !== null) scene.kernel.writeFile('/etc/machine-id', content);
    t.equal(scene.run(), null);
    t.match(read(scene.kernel), /^[0-9a-f]{32}\n$/);
    t.equal(read(scene.kernel) === content, kept);
    t.equal(
      scene.lines.some((line) => line.includes('machine-id')),
      warned,
      JSON.stringify(content),
    );
  }
});

t.test('on a machine of its own many notifications may wait for process 1; a container leaves that to its host', async (t) => {
  const file = '/proc/sys/net/unix/max_dgram_qlen';
  for (const [container, before, after] of [
    [false, '10\n', '512'],
    [false, '4096\n', '4096\n'],
    [true, '10\n', '10\n'],
  ] as const) {
    const scene = createScene({ mounted: [{ target: '/proc', type: 'proc' }] }, container);
    scene.tree.place(file, fileNode(before, 0o644));
    scene.run();
    const now = scene.kernel.readFile(file, 32);
    t.equal(typeof now === 'number' ? now : Buffer.from(now).toString(), after);
  }
});
