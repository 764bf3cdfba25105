/** The steps of a mount, as peinit-helper does them, on the simulated tree: what lies below the hanging and dead paths hangs. */
import type { Program, SimulatedProcess } from '../../src/linux/simulated/processes.ts';
import type { SimulatedMachine } from '../../src/linux/simulated/simulated-kernel.ts';

/** What fsck ends with, by device; nothing: 0. */
export type FsckResults = ReadonlyMap<string, number>;

export interface HangingPlaces {
  /** Below it a process hangs and can be killed. */
  readonly hanging: string;
  /** Below it a process outlives SIGKILL. */
  readonly dead: string;
}

const verbs: ReadonlySet<string> = new Set(['wait', 'fsck', 'mount', 'umount', 'sync', 'syncfs']);

/** Null: the call is none of these. */
export function mountStep(
  machine: SimulatedMachine,
  { hanging, dead }: HangingPlaces,
  fsck: FsckResults,
): (verb: string) => Program | null {
  const { tree, kernel } = machine;
  const ends = (process: SimulatedProcess, result: number): void => process.exit(result < 0 ? -result : 0);

  function wait(process: SimulatedProcess, path: string): void {
    if (typeof tree.lookup(path) !== 'number') return process.exit(0);
    process.after(100, () => wait(process, path));
  }

  function run(process: SimulatedProcess): void {
    const [, verb, first = '', second = '', type = '', flags = '0', data = ''] = process.argv;
    // Of fsck it is the device that counts, of the others what comes first.
    const touched = verb === 'fsck' ? second : first;
    if (verb !== 'wait' && touched.startsWith(dead)) return process.hang();
    if (verb !== 'wait' && touched.startsWith(hanging)) return;
    switch (verb) {
      case 'wait':
        return wait(process, first);
      case 'fsck':
        return process.exit(fsck.get(second) ?? 0);
      case 'mount':
        if (typeof tree.lookup(second) === 'number') kernel.mkdir(second, 0o755);
        return ends(process, kernel.mount(first, second, type, Number(flags), data));
      case 'umount':
        return ends(process, kernel.umount(first, 0));
      default:
        return process.exit(0);
    }
  }

  return (verb) => (verbs.has(verb) ? run : null);
}
