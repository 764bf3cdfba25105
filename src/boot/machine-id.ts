import { describeErrno, errno } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';

const path = '/etc/machine-id';

/** Step 4: a valid id stays; an absent, empty or invalid one is replaced. Returns warnings. BOOT-076. */
export function ensureMachineId(kernel: Kernel): readonly string[] {
  const content = kernel.readFile(path, 128);
  const text = content instanceof Uint8Array ? new TextDecoder().decode(content) : '';
  if (/^[0-9a-f]{32}\n$/.test(text)) return [];
  const warnings: string[] = [];
  if (text.trim() !== '') warnings.push(`${path} held no machine id and is replaced`);
  else if (typeof content === 'number' && content !== -errno.ENOENT) warnings.push(`reading ${path} failed: ${describeErrno(content)}`);
  const random = kernel.random(16);
  if (typeof random === 'number') return [...warnings, `no machine id: getrandom failed: ${describeErrno(random)}`];
  kernel.mkdir('/etc', 0o755);
  const written = kernel.replaceFile(path, `${Buffer.from(random).toString('hex')}\n`, 0o444);
  if (written < 0) warnings.push(`writing ${path} failed: ${describeErrno(written)}`);
  return warnings;
}
