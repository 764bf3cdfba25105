/** A process tree on a simulated kernel, and what a test asks of it. */
import type { Containment } from '../../../../src/exec/containment.ts';
import { plainProcess } from '../../../../src/exec/plain-process.ts';
import { createProcessTree } from '../../../../src/exec/process-tree/process-tree.ts';
import { createTags } from '../../../../src/exec/tags.ts';
import type { Kernel } from '../../../../src/kernel/kernel.ts';
import type { Program, SimulatedProcess } from '../../../../src/linux/simulated/processes.ts';
import type { SimulationOptions } from '../../../../src/linux/simulated/simulated-kernel.ts';
import { calm, createSimulatedKernel } from '../../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../../src/linux/simulated/simulated-loop.ts';
import type { CgroupPart } from '../../../../src/policy/events.ts';

const mounted = [{ target: '/proc', type: 'proc' }];

/** Without CAP_SETGID and CAP_SYS_ADMIN, or without the first. */
export const capabilities = { none: 0n, namespaces: 1n << 21n } as const;

/** `change` stands between the tree and the kernel. */
export function createScene(options: Partial<SimulationOptions> = {}, change: (kernel: Kernel) => Partial<Kernel> = () => ({})) {
  const machine = createSimulatedKernel({ seed: 11, faults: [], disturbance: calm, mounted, ...options });
  const { world, processes } = machine;
  const kernel = { ...machine.kernel, ...change(machine.kernel) };
  const loop = createSimulatedLoop(world, (error) => {
    throw error;
  });
  const containment: Containment = createProcessTree({ kernel, loop, tags: createTags(kernel), reason: 'no cgroups' });
  let scans = 0;
  const { scanProcesses } = kernel;
  kernel.scanProcesses = (namespace) => {
    scans += 1;
    return scanProcesses(namespace);
  };
  loop.watch(machine.kernel.catchSignals([17]), { read: true }, 'signal', () => {
    kernel.drainSignals();
    containment.reaped(kernel.reap().map(({ pid }) => pid));
  });
  /** Makes a process of that part. */
  function bear(tree: string, part: CgroupPart, program: Program = () => undefined, tag: number | null = null): SimulatedProcess {
    const placement = containment.place(tree, part, tag);
    if (typeof placement === 'number') throw new Error(`no place: ${placement}`);
    const path = `/bin/${processes.started}`;
    processes.program(path, program);
    const projection = tag === null ? null : { uid: 0, gid: 0, groups: [27, tag], capabilities: 0n, noNewPrivileges: false };
    const spawned = kernel.spawn(plainProcess(path, [], { ...placement.request, environment: placement.environment, projection }));
    if ('errno' in spawned) throw new Error(`no process: ${spawned.call}`);
    placement.born(spawned.pid);
    placement.close();
    kernel.close(spawned.pidfd);
    return processes.find(spawned.pid) as SimulatedProcess;
  }
  const members = (tree: string, part: CgroupPart = 'tree'): number[] =>
    [...(containment.members(tree, part) ?? [-1])].sort((a, b) => a - b);
  return {
    ...machine,
    kernel,
    loop,
    containment,
    bear,
    members,
    get scans() {
      return scans;
    },
  };
}

/** What a process does to be found no more, in the order in which it does it. */
export const escapes = {
  groups: (process: SimulatedProcess) => process.dropGroups(),
  session: (process: SimulatedProcess) => process.setsid(),
  environment: (process: SimulatedProcess) => process.clearEnvironment(),
} as const;
