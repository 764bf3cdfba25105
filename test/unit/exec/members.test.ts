import { constants } from 'node:fs';
import t from 'tap';
import { membersOf, signalMembers } from '../../../src/exec/members.ts';
import { errno } from '../../../src/kernel/errno.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';

const root = '/sys/fs/cgroup';
const sigterm = 15;

/** A twin in which processes are born in cgroups; `heard` are the signals that they got, by pid. */
function createScene() {
  const mounted = [{ target: root, type: 'cgroup2' }];
  const machine = createSimulatedKernel({ seed: 7, faults: [], disturbance: calm, mounted });
  const { kernel, world, processes } = machine;
  const heard = new Map<number, number[]>();
  processes.program('/bin/web', (process) => {
    for (const signal of [sigterm, 18]) {
      process.onSignal(signal, () => heard.set(process.pid, [...(heard.get(process.pid) ?? []), signal]));
    }
  });
  const loop = createSimulatedLoop(world, (error) => {
    throw error;
  });
  const bear = (path: string): number => {
    const cgroup = kernel.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    const request = { path: '/bin/web', argv: ['/bin/web'], environment: [], ownPidVariables: [], workingDirectory: '/', cgroup };
    const none = { stdin: -1, stdout: -1, stderr: -1, stored: [], limits: [], oomScoreAdj: null, projection: null, remote: false };
    const born = kernel.spawn({ ...request, ...none });
    kernel.close(cgroup);
    if (!('pid' in born)) throw new Error(JSON.stringify(born));
    kernel.close(born.pidfd);
    loop.runFor(5);
    return born.pid;
  };
  const made = (path: string): string => {
    if (kernel.mkdir(path, 0o755) < 0) throw new Error(path);
    return path;
  };
  const told = (by: Kernel = kernel, signals: readonly number[] = [sigterm], except: number | null = null): unknown => {
    signalMembers(by, main, signals, except);
    loop.runFor(5);
    return Object.fromEntries(heard);
  };
  const main = made(`${root}/web`);
  return { ...machine, loop, main, bear, made, told };
}

t.test('every process of a cgroup and of those below it gets the signals in order, that one excepted', async (t) => {
  const { kernel, world, main, bear, made, told } = createScene();
  const first = bear(main);
  const second = bear(main);
  const below = bear(made(`${made(`${main}/own`)}/init.scope`));
  bear(made(`${root}/other`));
  const before = world.openDescriptors();
  t.strictSame(membersOf(kernel, main), new Set([first, second, below]));
  const both = told(kernel, [sigterm, 18], second) as Record<number, number[]>;
  t.strictSame(Object.keys(both).map(Number), [first, below]);
  for (const signals of Object.values(both)) t.strictSame([...signals].sort(), [sigterm, 18]);
  t.strictSame(world.openDescriptors(), before, 'nothing stays open');
});

t.test('process 1 is no member, wherever a service moved it', async (t) => {
  const { kernel, main, bear, told } = createScene();
  const own = bear(main);
  const opened: number[] = [];
  const invaded: Kernel = {
    ...kernel,
    readFile: (path, limit) => (path.endsWith('/cgroup.procs') ? new TextEncoder().encode(`1\n${own}\n`) : kernel.readFile(path, limit)),
    openProcess(pid) {
      opened.push(pid);
      return kernel.openProcess(pid);
    },
  };
  t.strictSame(membersOf(invaded, main), new Set([own]));
  t.strictSame(told(invaded), { [own]: [sigterm] });
  t.strictSame(opened, [own]);
});

t.test('what is forked while they are told is told as well, once', async (t) => {
  const { kernel, main, bear, told } = createScene();
  const parent = bear(main);
  const forks: number[] = [];
  const forking: Kernel = {
    ...kernel,
    openProcess(pid) {
      if (forks.length < 3) forks.push(bear(main));
      return kernel.openProcess(pid);
    },
  };
  t.strictSame(told(forking), Object.fromEntries([parent, ...forks].map((pid) => [pid, [sigterm]])));
});

t.test('one that forks without end does not keep the caller', async (t) => {
  const { kernel, main, bear } = createScene();
  bear(main);
  let rounds = 0;
  const endless: Kernel = {
    ...kernel,
    openProcess(pid) {
      rounds += 1;
      bear(main);
      return kernel.openProcess(pid);
    },
  };
  signalMembers(endless, main, [sigterm], null);
  t.ok(rounds < 100, `${rounds} processes were opened`);
});

t.test('a number that has become another process, in another cgroup, is not told', async (t) => {
  const { kernel, main, bear, made, told } = createScene();
  const stale = bear(main);
  const stranger = bear(made(`${root}/other`));
  const recycling: Kernel = {
    ...kernel,
    openProcess(pid) {
      if (pid !== stale) return kernel.openProcess(pid);
      // It leaves, and what is opened by its number is somebody else.
      kernel.writeFile(`${root}/other/cgroup.procs`, String(stale), { create: false });
      return kernel.openProcess(stranger);
    },
  };
  t.strictSame(told(recycling), {});
});

t.test('with few descriptors left all are told, some after the others', async (t) => {
  const { kernel, main, bear, told } = createScene();
  const pids = Array.from({ length: 7 }, () => bear(main));
  let open = 0;
  const scarce: Kernel = {
    ...kernel,
    openProcess: (pid) => {
      if (open === 3) return -errno.EMFILE;
      open += 1;
      return kernel.openProcess(pid);
    },
    close(fd) {
      open -= 1;
      return kernel.close(fd);
    },
    readFile: (path, most) => (open === 3 ? -errno.EMFILE : kernel.readFile(path, most)),
  };
  t.strictSame(told(scarce), Object.fromEntries(pids.map((pid) => [pid, [sigterm]])));
  t.equal(open, 0);
  // Not even one is there.
  const none: Kernel = { ...kernel, openProcess: () => -errno.EMFILE, readFile: () => -errno.EMFILE };
  signalMembers(none, main, [sigterm], null);
});
