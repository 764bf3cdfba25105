import { describeErrno, errno } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';

const directory = '/var/lib/peinit';
const path = `${directory}/random-seed`;
const seedBytes = 512;

/** Step 3: mixes the saved seed into the kernel's pool, credited on a machine of its own. Null, or a warning. BOOT-074, BOOT-075. */
export function restoreRandomSeed(kernel: Kernel, container: boolean): string | null {
  const seed = kernel.readFile(path, seedBytes);
  if (typeof seed === 'number') return seed === -errno.ENOENT ? null : `reading ${path} failed: ${describeErrno(seed)}`;
  if (seed.length === 0) return null;
  const result = kernel.addEntropy(seed, !container);
  return result < 0 ? `restoring the random seed failed: ${describeErrno(result)}` : null;
}

/** Saves a fresh seed at the end of an orderly shutdown. Null, or a warning. SHUT-024. */
export function saveRandomSeed(kernel: Kernel): string | null {
  for (const part of ['/var', '/var/lib', directory]) kernel.mkdir(part, 0o755);
  const seed = kernel.random(seedBytes);
  if (typeof seed === 'number') return `getrandom failed: ${describeErrno(seed)}`;
  const saved = kernel.replaceFile(path, seed, 0o600);
  return saved < 0 ? `saving ${path} failed: ${describeErrno(saved)}` : null;
}
