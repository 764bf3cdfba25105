import { describeErrno, errno } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';

const MS_REMOUNT = 32;
const probeDirectory = '/.peinit';

/**
 * Step 1: a read-only root of a machine of its own is remounted, then one uniquely named file is written and removed. Null, or what
 * failed. PSD-007 2.1, O-01.
 */
export function probeRoot(kernel: Kernel, container: boolean): string | null {
  let result = probe(kernel);
  if (!container && result === -errno.EROFS) {
    const remounted = kernel.mount('none', '/', '', MS_REMOUNT, null);
    if (remounted < 0) return `remounting / read-write failed: ${describeErrno(remounted)}`;
    result = probe(kernel);
  }
  return result < 0 ? `writing the probe file below ${probeDirectory} failed: ${describeErrno(result)}` : null;
}

function probe(kernel: Kernel): number {
  const made = kernel.mkdir(probeDirectory, 0o700);
  if (made < 0 && made !== -errno.EEXIST) return made;
  const random = kernel.random(8);
  const unique = random instanceof Uint8Array ? Buffer.from(random).toString('hex') : String(kernel.monotonicNs());
  const path = `${probeDirectory}/probe-${unique}`;
  const written = kernel.writeFile(path, 'peinit\n', { mode: 0o600, exclusive: true });
  if (written < 0) return written;
  return kernel.unlink(path);
}
