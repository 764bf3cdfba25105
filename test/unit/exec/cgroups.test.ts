import t from 'tap';
import { createCgroups } from '../../../src/exec/cgroups.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';

const root = '/sys/fs/cgroup/peinit';

/** Cgroups on a simulated kernel; `written` are the files that they wrote, `removed` the directories that they removed. */
function createScene() {
  const mounted = [{ target: '/sys/fs/cgroup', type: 'cgroup2' }];
  const { kernel, world, processes } = createSimulatedKernel({ seed: 5, faults: [], disturbance: calm, mounted });
  processes.program('/bin/web', () => undefined);
  const loop = createSimulatedLoop(world, (error) => {
    throw error;
  });
  const written: string[] = [];
  const removed: string[] = [];
  const noted: typeof kernel = {
    ...kernel,
    writeFile(path, ...rest) {
      written.push(path);
      return kernel.writeFile(path, ...rest);
    },
    rmdir(path) {
      removed.push(path);
      return kernel.rmdir(path);
    },
  };
  const cgroups = createCgroups(noted, loop);
  const bear = (tree: string): void => {
    const cgroup = cgroups.open(tree, 'main');
    const request = { path: '/bin/web', argv: ['/bin/web'], environment: [], ownPidVariables: [], workingDirectory: '/', cgroup };
    const none = { stdin: -1, stdout: -1, stderr: -1, stored: [], limits: [], oomScoreAdj: null, projection: null, remote: false };
    kernel.spawn({ ...request, ...none });
    kernel.close(cgroup);
  };
  return { cgroups, loop, processes, written, removed, bear };
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
  bear('web');
  loop.runFor(10);
  cgroups.kill('web', 'tree');
  loop.runFor(10);
  t.equal(cgroups.remove('web'), 0);
  const before = removed.length;
  bear('web');
  t.equal(removed.length, before);
});
