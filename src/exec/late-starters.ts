import type { ProcessToken } from '../platform/identity.ts';
import type { SpawnJob } from '../policy/effects.ts';

/**
 * Whose programs have kept process 1 waiting, and are not started in its memory any more. A user may well have done it on purpose (a lease
 * on a file, the interpreter of a script) and does it once; of root's it is that program alone. O-07.
 */
export interface LateStarters {
  includes(start: Start, owner: Owner): boolean;
  add(start: Start, owner: Owner): void;
}

type Start = Pick<SpawnJob, 'argv'> & { readonly process: Pick<SpawnJob['process'], 'workingDirectory'> };
type Owner = Pick<ProcessToken, 'uid'>;

const mostKnown = 4096;

const nameOf = ({ argv, process }: Start, { uid }: Owner): string => (uid === 0 ? `${argv[0]}\0${process.workingDirectory}` : String(uid));

export function createLateStarters(): LateStarters {
  const known = new Set<string>();
  return {
    includes: (start, owner) => known.size > 0 && known.has(nameOf(start, owner)),
    add(start, owner) {
      if (known.size >= mostKnown) known.clear();
      known.add(nameOf(start, owner));
    },
  };
}
