import { describeErrno, errno } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { unescapeMountPoint } from '../kernel/mount-table.ts';

const MS_RDONLY = 1;
const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_NOEXEC = 8;

/** The set that a machine needs, in the order in which it is mounted. BOOT-009. */
const filesystems = [
  { target: '/proc', type: 'proc', flags: MS_NOSUID | MS_NODEV | MS_NOEXEC, busyIsDone: true },
  { target: '/sys', type: 'sysfs', flags: MS_NOSUID | MS_NODEV | MS_NOEXEC, busyIsDone: true },
  { target: '/dev', type: 'devtmpfs', flags: MS_NOSUID, busyIsDone: true },
  { target: '/sys/fs/cgroup', type: 'cgroup2', flags: MS_NOSUID | MS_NODEV | MS_NOEXEC, busyIsDone: false },
  { target: '/run', type: 'tmpfs', flags: MS_NOSUID | MS_NODEV, busyIsDone: false },
  { target: '/dev/pts', type: 'devpts', flags: MS_NOSUID | MS_NOEXEC, busyIsDone: false },
  { target: '/dev/shm', type: 'tmpfs', flags: MS_NOSUID | MS_NODEV, busyIsDone: false },
] as const;

/**
 * Mounts /proc where it is missing, before anything else: only with it can peinit tell whether the machine is its own, and so whether it
 * may touch the root filesystem. True when it was mounted here; a failure shows again in step 2.
 */
export function ensureProc(kernel: Kernel): boolean {
  if (mountPoints(kernel).size > 0) return false;
  const { target, type, flags } = filesystems[0];
  return kernel.mount(type, target, type, flags, null) >= 0;
}

export interface Mounted {
  /** Targets that peinit mounted itself, in order. */
  readonly own: readonly string[];
  /** What a container may not mount; the machine goes on with the directory that is there. O-02. */
  readonly warnings: readonly string[];
  /** Null, or what failed. */
  readonly failure: string | null;
}

/**
 * Mounts what is not there. In a container what the runtime mounted is accepted, what it forbids is a warning, /dev is never made, and
 * /sys is mounted read-only. PSD-007 2.1 step 2, O-02. In /run nobody but root makes names, whoever has mounted it. O-95.
 */
export function mountVirtualFilesystems(kernel: Kernel, container: boolean): Mounted {
  const own: string[] = [];
  const warnings: string[] = [];
  let present = mountPoints(kernel);
  for (const filesystem of filesystems) {
    const { target, type } = filesystem;
    if (present.has(target) || (container && type === 'devtmpfs')) continue;
    if (target !== '/proc' && target !== '/sys' && target !== '/dev') kernel.mkdir(target, 0o755);
    const flags = container && type === 'sysfs' ? filesystem.flags | MS_RDONLY : filesystem.flags;
    const result = kernel.mount(type, target, type, flags, null);
    if (result === -errno.EBUSY && filesystem.busyIsDone) continue;
    const problem = `mounting ${type} on ${target} failed: ${describeErrno(result)}`;
    if (container && (result === -errno.EPERM || result === -errno.EACCES)) {
      warnings.push(problem);
      continue;
    }
    if (result < 0) return { own, warnings, failure: problem };
    own.push(target);
    // Only with /proc there can the rest be seen.
    if (target === '/proc') present = mountPoints(kernel);
  }
  // A tmpfs is open to everybody by itself: a user could take the name of a service's directory before the service does.
  const closed = kernel.chmod('/run', 0o755);
  if (closed < 0) warnings.push(`/run may be open to everybody: changing its mode failed: ${describeErrno(closed)}`);
  return { own, warnings, failure: null };
}

/** Mount points of this namespace; empty as long as /proc is not there. */
export function mountPoints(kernel: Pick<Kernel, 'readFile'>): Set<string> {
  const content = kernel.readFile('/proc/self/mountinfo', 1 << 20);
  if (!(content instanceof Uint8Array)) return new Set();
  const lines = new TextDecoder().decode(content).split('\n');
  return new Set(lines.map((line) => line.split(' ')[4]).flatMap((point) => (point === undefined ? [] : [unescapeMountPoint(point)])));
}
