import { constants } from 'node:fs';
import t from 'tap';
import { createCgroups } from '../../../src/exec/cgroups.ts';
import type { Containment, Placement } from '../../../src/exec/containment.ts';
import { errno } from '../../../src/kernel/errno.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import type { CgroupPart } from '../../../src/policy/events.ts';

const root = '/sys/fs/cgroup/peinit';

function placed(containment: Containment, tree: string, part: CgroupPart): Placement {
  const placement = containment.place(tree, part, null);
  if (typeof placement === 'number') throw new Error(`no place in ${tree}/${part}: ${placement}`);
  return placement;
}

/** Cgroups on a simulated kernel; `written` are the files that they wrote, `removed` the directories that they removed. */
function createScene() {
  const mounted = [{ target: '/sys/fs/cgroup', type: 'cgroup2' }];
  const machine = createSimulatedKernel({ seed: 5, faults: [], disturbance: calm, mounted });
  const { kernel, world, processes } = machine;
  processes.program('/bin/web', () => undefined);
  const loop = createSimulatedLoop(world, (error) => {
    throw error;
  });
  const written: string[] = [];
  const removed: string[] = [];
  const made: string[] = [];
  const noted: typeof kernel = {
    ...kernel,
    writeFile(path, ...rest) {
      written.push(path);
      return kernel.writeFile(path, ...rest);
    },
    mkdir(path, mode) {
      made.push(path);
      return kernel.mkdir(path, mode);
    },
    rmdir(path) {
      removed.push(path);
      return kernel.rmdir(path);
    },
  };
  const cgroups = createCgroups(noted, loop);
  const bear = (tree: string, part: CgroupPart = 'main'): void => {
    const placement = placed(cgroups, tree, part);
    const { cgroup } = placement.request;
    const request = { path: '/bin/web', argv: ['/bin/web'], environment: [], ownPidVariables: [], workingDirectory: '/', cgroup };
    const none = { stdin: -1, stdout: -1, stderr: -1, stored: [], limits: [], oomScoreAdj: null, projection: null, remote: false };
    kernel.spawn({ ...request, ...none });
    placement.close();
  };
  const names = (path: string): unknown => kernel.readDirectory(`${root}/${path}`);
  /** Directories below one. */
  const below = (path: string): unknown => {
    const found = names(path);
    return Array.isArray(found) ? found.filter((name: string) => !name.startsWith('cgroup.')) : found;
  };
  return { ...machine, cgroups, loop, written, removed, made, bear, below };
}

t.test('ST-055 a tree that is empty is not killed and used again as it is, a populated one is killed and made anew', async (t) => {
  const { cgroups, loop, processes, written, removed, bear } = createScene();
  t.equal(cgroups.prepare('web'), 0);
  for (const part of ['main', 'hooks', 'health', 'tree'] as const) t.equal(cgroups.kill('web', part), 0);
  t.strictSame(written, []);
  bear('web');
  t.strictSame(removed, []);
  loop.runFor(10);
  t.equal(processes.living().length, 1);
  cgroups.kill('web', 'tree');
  t.strictSame(written, [`${root}/web/cgroup.kill`]);
  loop.runFor(10);
  t.equal(processes.living().length, 0);
  bear('web');
  t.strictSame(removed, [`${root}/web/main`], 'whoever is born in the old one would die at once');
  loop.runFor(10);
  t.equal(processes.living().length, 1);
});

t.test('a tree that was killed and removed is forgotten: the next of that name is made and used as it is', async (t) => {
  const { cgroups, loop, removed, bear } = createScene();
  t.equal(cgroups.remove('web'), 0, 'nothing is there yet');
  cgroups.prepare('web');
  bear('web');
  loop.runFor(10);
  cgroups.kill('web', 'tree');
  loop.runFor(10);
  t.equal(cgroups.remove('web'), 0);
  const before = removed.length;
  cgroups.prepare('web');
  bear('web');
  t.equal(removed.length, before);
});

t.test('EXEC-001 what is there already is taken, and a tree that cannot be made whole is not left behind', async (t) => {
  const { cgroups, below, faults } = createScene();
  t.strictSame([cgroups.prepare('web'), cgroups.prepare('web'), cgroups.prepareSingle('@a'), cgroups.prepareSingle('@a')], [0, 0, 0, 0]);
  t.strictSame(below(''), ['web', '@a']);
  t.strictSame(below('web'), ['main', 'hooks', 'health']);
  faults.add({ call: 'mkdir', errno: 28, path: 'db/hooks', times: 1 });
  faults.add({ call: 'mkdir', errno: 12, path: '@b', times: 1 });
  t.strictSame([cgroups.prepare('db'), cgroups.prepareSingle('@b')], [-28, -12]);
  t.strictSame(below(''), ['web', '@a']);
});

t.test('EXEC-001 the root is made once, and tried again where it could not be made', async (t) => {
  const { cgroups, below, faults, made } = createScene();
  faults.add({ call: 'mkdir', errno: 28, path: root, times: 2 });
  t.strictSame([cgroups.prepare('web'), cgroups.prepareSingle('@a')], [-28, -28]);
  t.equal(below(''), -errno.ENOENT);
  t.strictSame(made.splice(0), [root, root]);
  t.strictSame([cgroups.prepareSingle('@a'), cgroups.prepare('web')], [0, 0]);
  t.strictSame(
    made.splice(0),
    ['', '/@a', '/web', '/web/main', '/web/hooks', '/web/health'].map((path) => `${root}${path}`),
  );
  faults.add({ call: 'mkdir', errno: 28, path: '@none' });
  t.equal(cgroups.prepareSingle('@none'), -28);
  t.strictSame(below(''), ['@a', 'web']);
});

t.test('further generations of hooks and checks are made when they are opened, and killed and removed with their tree', async (t) => {
  const { cgroups, loop, processes, below, removed, bear } = createScene();
  for (const tree of ['web', 'web2']) cgroups.prepare(tree);
  for (const part of ['hooks@gen1', 'health@gen2'] as const) {
    bear('web', part);
    bear('web2', part);
    bear('web', part);
  }
  t.strictSame(below('web'), ['main', 'hooks', 'health', 'hooks@gen1', 'health@gen2']);
  loop.runFor(10);
  t.equal(processes.living().length, 6);
  cgroups.kill('web', 'tree');
  loop.runFor(10);
  t.equal(processes.living().length, 2);
  bear('web', 'hooks@gen1');
  bear('web2', 'hooks@gen1');
  t.strictSame(removed, [`${root}/web/hooks@gen1`], 'made anew; that of another tree is used as it is');
  loop.runFor(10);
  t.equal(processes.living().length, 4);
  cgroups.kill('web', 'tree');
  loop.runFor(10);
  removed.length = 0;
  t.equal(cgroups.remove('web'), 0);
  t.equal(below('web'), -errno.ENOENT);
  cgroups.prepare('web');
  removed.length = 0;
  bear('web', 'hooks@gen1');
  t.strictSame(removed, [], 'that it was killed is forgotten');
});

t.test('a part that was killed does not touch the others', async (t) => {
  const { cgroups, loop, processes, removed, bear } = createScene();
  cgroups.prepare('web');
  for (const part of ['main', 'hooks', 'health'] as const) bear('web', part);
  loop.runFor(10);
  cgroups.kill('web', 'hooks');
  loop.runFor(10);
  t.strictSame(
    processes.living().map(({ cgroup }) => cgroup),
    ['/peinit/web/main', '/peinit/web/health'],
  );
  bear('web', 'main');
  bear('web', 'hooks');
  t.strictSame(removed, [`${root}/web/hooks`]);
});

t.test('a part that was killed and cannot be made anew is not opened, and is made anew later', async (t) => {
  for (const [rule, code] of [
    [{ call: 'rmdir', errno: errno.EBUSY, path: 'web/main' }, -errno.EBUSY],
    [{ call: 'mkdir', errno: 28, path: 'web/main' }, -28],
  ] as const) {
    const { cgroups, loop, processes, faults, bear } = createScene();
    cgroups.prepare('web');
    bear('web');
    loop.runFor(10);
    cgroups.kill('web', 'main');
    loop.runFor(10);
    const heal = faults.add(rule);
    t.equal(cgroups.place('web', 'main', null), code);
    heal();
    bear('web');
    loop.runFor(10);
    t.equal(processes.living().length, 1);
  }
});

t.test('what the kernel has no resources for is killed as soon as it has, and other failures are tried fifty times', async (t) => {
  for (const [code, tries] of [
    [errno.EMFILE, 200],
    [errno.ENFILE, 200],
    [errno.ENOMEM, 200],
    [errno.EACCES, 50],
  ] as const) {
    const { cgroups, loop, processes, faults, written, bear } = createScene();
    cgroups.prepare('web');
    bear('web');
    loop.runFor(10);
    const heal = faults.add({ call: 'writeFile', errno: code, path: 'cgroup.kill' });
    t.equal(cgroups.kill('web', 'main'), -code);
    const before = written.length;
    loop.runFor(95);
    t.equal(written.length, before);
    loop.runFor(10);
    t.ok(written.length > before, 'tried again after 100 ms');
    const each = written.length - before;
    loop.runFor(19_850);
    t.equal(written.length, tries * each, `${code}`);
    t.equal(processes.living().length, 1);
    heal();
    loop.runFor(1000);
    t.equal(processes.living().length, tries === 50 ? 1 : 0);
    t.equal(loop.pending.deadlines, 0);
  }
});

t.test('a kill that is owed is forgiven when the part is opened for somebody new, with main that of the whole tree', async (t) => {
  for (const [killed, opened, forgiven] of [
    ['main', 'main', true],
    ['tree', 'main', true],
    ['tree', 'hooks', false],
    ['hooks', 'main', false],
  ] as const) {
    const { cgroups, loop, processes, faults, bear } = createScene();
    cgroups.prepare('web');
    for (const part of ['main', 'hooks'] as const) bear('web', part);
    loop.runFor(10);
    faults.add({ call: 'writeFile', errno: errno.ENOMEM, path: 'cgroup.kill', times: 1 });
    t.equal(cgroups.kill('web', killed), -errno.ENOMEM);
    placed(cgroups, 'web', opened).close();
    loop.runFor(1000);
    const dead = { main: 1, hooks: 1, tree: 2 }[killed];
    t.equal(processes.living().length, forgiven ? 2 : 2 - dead, `${killed} before ${opened}`);
  }
});

t.test('a kill that is asked for again is not owed twice', async (t) => {
  const { cgroups, loop, faults, bear } = createScene();
  cgroups.prepare('web');
  bear('web');
  loop.runFor(10);
  faults.add({ call: 'writeFile', errno: errno.ENOMEM, path: 'cgroup.kill' });
  for (let count = 0; count < 3; count++) cgroups.kill('web', 'main');
  t.equal(loop.pending.deadlines, 1);
});

t.test('whether something is populated counts as so when it cannot be told, and as not so when the directory is gone', async (t) => {
  for (const [code, tried] of [
    [errno.ENOMEM, true],
    [errno.ENOENT, false],
    [errno.ENODEV, false],
  ] as const) {
    const { cgroups, faults, written } = createScene();
    cgroups.prepare('web');
    faults.add({ call: 'readFile', errno: code, path: 'cgroup.events' });
    t.equal(cgroups.kill('web', 'main'), 0);
    t.equal(written.length, tried ? 1 : 0);
  }
});

/** What whenEmpty comes to: how often it called back, and the milliseconds until then. */
function waiting(scene: ReturnType<typeof createScene>): { times: number; at: number } {
  const found = { times: 0, at: -1 };
  const began = scene.world.now;
  scene.cgroups.whenEmpty('web', 'main', () => {
    found.times += 1;
    found.at = Number((scene.world.now - began) / 1_000_000n);
  });
  return found;
}

t.test('what is empty is told at once, and so is what is not there', async (t) => {
  for (const prepared of [true, false]) {
    const scene = createScene();
    if (prepared) scene.cgroups.prepare('web');
    const before = scene.world.openDescriptors();
    t.strictSame(waiting(scene), { times: 1, at: 0 });
    t.strictSame(scene.world.openDescriptors(), before);
    t.strictSame([scene.loop.pending.watches, scene.loop.pending.deadlines], [0, 0]);
  }
});

/** A populated part that is watched while `prepare` holds, and empties after a second. */
function emptying(prepare: (scene: ReturnType<typeof createScene>) => void) {
  const scene = createScene();
  scene.cgroups.prepare('web');
  scene.bear('web');
  scene.loop.runFor(10);
  const before = scene.world.openDescriptors().length;
  prepare(scene);
  const found = waiting(scene);
  const [process] = scene.processes.living();
  process?.after(1000, () => process.exit(0));
  return { ...scene, found, before, process };
}

t.test('the end of the last process is told once, and nothing stays open', async (t) => {
  const { found, loop, world, before } = emptying(() => undefined);
  t.equal(world.openDescriptors().length, before + 1);
  loop.runFor(999);
  t.equal(found.times, 0);
  loop.runFor(200);
  t.equal(found.times, 1);
  t.equal(world.openDescriptors().length, before);
  t.strictSame([loop.pending.watches, loop.pending.deadlines], [0, 0]);
  loop.runFor(1000);
  t.equal(found.times, 1);
});

t.test('where the kernel cannot tell of the end it is asked every 100 ms', async (t) => {
  for (const rule of [
    { call: 'open', errno: errno.EMFILE, path: 'cgroup.events', times: 1 },
    { call: 'readAt', errno: 5, times: 1 },
  ] as const) {
    const { found, loop, world, before } = emptying(({ faults }) => void faults.add(rule));
    t.equal(world.openDescriptors().length, before, 'nothing stays open');
    t.equal(loop.pending.watches, 0);
    loop.runFor(995);
    t.equal(found.times, 0);
    loop.runFor(200);
    t.equal(found.times, 1);
    t.ok(found.at >= 1000 && found.at <= 1110, `${found.at}`);
    loop.runFor(1000);
    t.equal(found.times, 1);
    t.equal(loop.pending.deadlines, 0);
  }
});

t.test('where the loop takes no more watches the kernel is asked as well', async (t) => {
  const { found, loop, world, before } = emptying(({ loop }) => {
    const refuse = (): never => {
      throw new Error('no more watches');
    };
    Object.assign(loop, { watch: refuse });
  });
  t.equal(world.openDescriptors().length, before);
  loop.runFor(1200);
  t.strictSame([found.times, loop.pending.deadlines], [1, 0]);
});

t.test('of what cannot be read while it is watched only a directory that is gone is empty', async (t) => {
  const unread = emptying(() => undefined);
  const heal = unread.faults.add({ call: 'readAt', errno: 5 });
  unread.process?.exit(0);
  unread.loop.runFor(1);
  t.equal(unread.found.times, 0);
  heal();
  unread.loop.runFor(1);
  t.equal(unread.found.times, 1);
  const gone = emptying(() => undefined);
  gone.process?.exit(0);
  t.equal(gone.kernel.rmdir(`${root}/web/main`), 0);
  gone.loop.runFor(50);
  t.equal(gone.found.times, 1);
});

t.test('EXEC-017 a cgroup is frozen when the kernel says so', async (t) => {
  const { kernel, loop } = createScene();
  for (const [content, frozen] of [
    ['populated 0\nfrozen 1\n', true],
    ['populated 1\nfrozen 0\n', false],
    ['frozen 10\n', false],
    [null, false],
  ] as const) {
    const asked: string[] = [];
    const readFile = (path: string): Uint8Array | number => {
      asked.push(path);
      return content === null ? -errno.ENOENT : new TextEncoder().encode(content);
    };
    const cgroups = createCgroups({ ...kernel, readFile }, loop);
    t.strictSame([cgroups.frozen('web', 'main'), cgroups.frozen('@check-1', null)], [frozen, frozen]);
    t.strictSame(asked, [`${root}/web/main/cgroup.events`, `${root}/@check-1/cgroup.events`]);
  }
});

t.test('a cgroup is opened as a directory', async (t) => {
  const { kernel, loop } = createScene();
  const opened: (string | number)[] = [];
  const cgroups = createCgroups({ ...kernel, open: (path, flags) => opened.push(path, flags) }, loop);
  opened.length = 0;
  cgroups.place('web', 'main', null);
  cgroups.place('@check-1', null, null);
  const flags = constants.O_RDONLY | constants.O_DIRECTORY;
  t.strictSame(opened, [`${root}/web/main`, flags, `${root}/@check-1`, flags]);
});

t.test('a tree that still holds somebody stays', async (t) => {
  const { cgroups, loop, below, bear, processes } = createScene();
  cgroups.prepare('web');
  bear('web');
  loop.runFor(10);
  t.equal(cgroups.remove('web'), -errno.EBUSY);
  t.strictSame(below('web'), ['main']);
  t.equal(processes.living().length, 1);
});

t.test('NTF-006 whose a process is, its cgroup tells, also one that it made below its own', async (t) => {
  const { kernel, loop } = createScene();
  for (const [line, owner] of [
    ['0::/peinit/web/main', { tree: 'web', part: 'main' }],
    ['0::/machine/peinit/web@gen1/hooks@gen2/own/peinit/x', { tree: 'web@gen1', part: 'hooks@gen2' }],
    ['1:name=systemd:/peinit/db/main\n0::/peinit/@check-1', { tree: '@check-1', part: null }],
    ['0::/user.slice', null],
    ['1:name=systemd:/peinit/db/main', null],
  ] as const) {
    const readFile = (path: string) => (path === '/proc/12/cgroup' ? new TextEncoder().encode(`${line}\n`) : -errno.ENOENT);
    const cgroups = createCgroups({ ...kernel, readFile }, loop);
    t.strictSame(cgroups.ownerOf(12), owner, line);
    t.equal(cgroups.ownerOf(13), null);
  }
});
