import { constants } from 'node:fs';
import { describeErrno, errno } from '../kernel/errno.ts';
import type { Descriptors, Files } from '../kernel/kernel.ts';

/** A link is no directory, wherever it leads. */
const aDirectory = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

const mode = 0o770;

/** Its sockets and tokens lie there: whose that directory is, is whoever it likes. */
const ownEntry = 'peinit';

/**
 * Makes /run/<entry> for each entry, or takes the directory that is there, and gives it to that owner; what SYSTEM takes stays whose it is.
 * Null, or what failed. DEF-059.
 */
export function makeRuntimeDirectories(
  kernel: Pick<Files, 'mkdir' | 'chmod' | 'chown'> & Pick<Descriptors, 'open' | 'close'>,
  entries: readonly string[],
  { uid, gid }: { readonly uid: number; readonly gid: number },
): string | null {
  for (const entry of entries) {
    const path = `/run/${entry}`;
    if (entry === ownEntry && uid !== 0) return `the runtime directory ${path} is peinit's own; take another name in RuntimeDirectories`;
    const made = kernel.mkdir(path, mode);
    // Whatever the umask of PID 1 left of it.
    if (made >= 0) kernel.chmod(path, mode);
    else if (made !== -errno.EEXIST) return `creating the runtime directory ${path} failed: ${describeErrno(made)}`;
    else {
      const found = kernel.open(path, aDirectory);
      if (found < 0)
        return (
          `the runtime directory ${path} cannot be made: what is there already is no directory (${describeErrno(found)}); ` +
          'remove it or change RuntimeDirectories'
        );
      kernel.close(found);
    }
    const given = uid === 0 ? 0 : kernel.chown(path, uid, gid);
    if (given < 0) return `giving the runtime directory ${path} to uid ${uid} failed: ${describeErrno(given)}`;
  }
  return null;
}
