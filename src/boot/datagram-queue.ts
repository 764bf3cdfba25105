import type { Kernel } from '../kernel/kernel.ts';

const path = '/proc/sys/net/unix/max_dgram_qlen';
/** Each of them lies in the memory of its sender, so this costs process 1 nothing. */
const wanted = 512;

/**
 * Before the notify socket is made: so many notifications wait while process 1 is busy or stopped. With the kernel's ten the eleventh
 * sender stands still until process 1 reads, or is not heard. A container leaves this to its host. Where it cannot be set it stays.
 */
export function deepenDatagramQueue(kernel: Pick<Kernel, 'readFile' | 'writeFile'>): void {
  const now = kernel.readFile(path, 32);
  if (typeof now === 'number' || Number(Buffer.from(now).toString()) >= wanted) return;
  kernel.writeFile(path, String(wanted), { create: false });
}
