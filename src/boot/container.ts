import type { Kernel } from '../kernel/kernel.ts';

/** Inode of the initial PID namespace. O-08. */
const initialPidNamespace = 4026531836;
const capSysTime = 25n;

/** Whether this machine is its own or a container, where clock, root and final action belong to somebody else. O-08. */
export function isContainer(kernel: Pick<Kernel, 'pidNamespace' | 'capabilities'>): boolean {
  return kernel.pidNamespace() !== initialPidNamespace || ((kernel.capabilities() >> capSysTime) & 1n) === 0n;
}
