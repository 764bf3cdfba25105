import { describeErrno, errno } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { mountPoints } from './virtual-filesystems.ts';

const MS_RDONLY = 1;
const MS_REMOUNT = 32;
/** These hold up what is still to be done: the process table, the devices and the console. */
const neededToTheEnd = new Set(['/', '/proc', '/dev']);

/**
 * Unmounts the deepest mounts first, then makes root read-only. In a container only peinit's own mounts go, and nothing is ever
 * remounted, because that would reach the host's filesystem. Returns what failed; none of it stops the end. PSD-007 10 step 7, O-08.
 */
export function unmountAll(kernel: Kernel, container: boolean, own: readonly string[]): readonly string[] {
  const failures: string[] = [];
  const targets = container ? [...own].reverse() : deepestFirst([...mountPoints(kernel)]);
  for (const target of targets) {
    if (neededToTheEnd.has(target)) continue;
    const result = kernel.umount(target, 0);
    if (result >= 0 || result === -errno.EINVAL || result === -errno.ENOENT) continue;
    const remounted = container ? -errno.EPERM : kernel.mount('none', target, '', MS_REMOUNT | MS_RDONLY, null);
    if (remounted < 0) failures.push(`unmounting ${target} failed: ${describeErrno(result)}`);
  }
  if (container) return failures;
  const root = kernel.mount('none', '/', '', MS_REMOUNT | MS_RDONLY, null);
  if (root < 0) failures.push(`remounting / read-only failed: ${describeErrno(root)}`);
  return failures;
}

const deepestFirst = (points: readonly string[]): readonly string[] =>
  [...points].sort((a, b) => b.split('/').length - a.split('/').length || b.localeCompare(a));
