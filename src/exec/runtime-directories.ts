import { describeErrno, errno } from '../linux/errnos.ts';
import type { Files } from '../linux/kernel.ts';

/** Makes /run/<entry> for each entry, accepting what is there. Null, or what failed. DEF-059. */
export function makeRuntimeDirectories(kernel: Files, entries: readonly string[]): string | null {
  for (const entry of entries) {
    const path = `/run/${entry}`;
    const made = kernel.mkdir(path, 0o770);
    if (made < 0 && made !== -errno.EEXIST) return `creating the runtime directory ${path} failed: ${describeErrno(made)}`;
  }
  return null;
}
