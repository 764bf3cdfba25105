import { constants } from 'node:fs';
import { describeErrno, errno } from '../kernel/errno.ts';
import type { Descriptors, Files } from '../kernel/kernel.ts';

/** A link is no directory, wherever it leads. */
const aDirectory = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

const mode = 0o770;

/** Makes /run/<entry> for each entry, accepting a directory that is there. Null, or what failed. DEF-059. */
export function makeRuntimeDirectories(
  kernel: Pick<Files, 'mkdir' | 'chmod'> & Pick<Descriptors, 'open' | 'close'>,
  entries: readonly string[],
): string | null {
  for (const entry of entries) {
    const path = `/run/${entry}`;
    const made = kernel.mkdir(path, mode);
    if (made >= 0) {
      // Whatever the umask of PID 1 left of it.
      kernel.chmod(path, mode);
      continue;
    }
    if (made !== -errno.EEXIST) return `creating the runtime directory ${path} failed: ${describeErrno(made)}`;
    const found = kernel.open(path, aDirectory);
    if (found < 0)
      return (
        `the runtime directory ${path} cannot be made: what is there already is no directory (${describeErrno(found)}); ` +
        'remove it or change RuntimeDirectories'
      );
    kernel.close(found);
  }
  return null;
}
