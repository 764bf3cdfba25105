import type { Kernel } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import { cgroupProblem, createCgroups } from './cgroups.ts';
import type { Containment } from './containment.ts';
import { createProcessTree } from './process-tree/process-tree.ts';
import type { Tags } from './tags.ts';

/** What peinit.containment asks for where cgroups would do. */
const wantedTree = 'process-tree';

export interface ChoiceParts {
  readonly kernel: Kernel;
  readonly loop: Loop;
  /** Null: no groups can be given. */
  readonly tags: Tags | null;
  /** Value of the parameter. */
  readonly wanted: string;
}

/** Cgroups where they can be made, else marked processes: chosen when it is asked first, and for the whole life of the machine. O-10. */
export function chooseContainment({ kernel, loop, tags, wanted }: ChoiceParts): () => Containment {
  let chosen: Containment | null = null;

  function choose(): Containment {
    const reason = wanted === wantedTree ? `peinit.containment=${wanted} was given` : cgroupProblem(kernel);
    if (reason === null) return createCgroups(kernel, loop);
    return createProcessTree({ kernel, loop, tags, reason });
  }

  return () => {
    chosen ??= choose();
    return chosen;
  };
}
