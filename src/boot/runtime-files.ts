import { describeErrno, errno } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** peinit's directory for sockets. CTL-001. */
const runtimeDirectory = '/run/peinit';

/** Makes the directory of the sockets and writes the id of this boot there. Null, or what failed. */
export function prepareRuntimeDirectory(kernel: Kernel, bootId: string): string | null {
  const made = kernel.mkdir(runtimeDirectory, 0o755);
  if (made < 0 && made !== -errno.EEXIST) return `creating ${runtimeDirectory} failed: ${describeErrno(made)}`;
  const written = kernel.writeFile(`${runtimeDirectory}/boot-id`, `${bootId}\n`, { mode: 0o444 });
  return written < 0 ? `writing ${runtimeDirectory}/boot-id failed: ${describeErrno(written)}` : null;
}
