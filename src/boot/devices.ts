/**
 * What lies on devices and networks at the end of the machine: one that hangs must not hold process 1, so it is synced and unmounted by
 * the helper program, with a limit. O-140.
 */
import type { Helper } from '../exec/helper.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { unescapeMountPoint } from '../kernel/mount-table.ts';

const MS_RDONLY = 1;
const MS_REMOUNT = 32;
/** As long as what was killed may take to vanish. */
const limitMs = 5000;

export interface DeviceParts {
  readonly kernel: Kernel;
  readonly helper: Pick<Helper, 'runAtOnce'>;
  readonly container: boolean;
}

/** Writes everything out; false: something hangs, so nobody should wait for it again. */
export function syncWithLimit({ kernel, helper, container }: DeviceParts, done: (whole: boolean) => void): void {
  helper.runAtOnce([container ? 'syncfs' : 'sync'], limitMs, (result) => {
    if (result.kind === 'timed-out') return done(false);
    if (result.kind !== 'exited' || result.exitCode !== 0) kernel.sync(container);
    done(true);
  });
}

interface DeviceMount {
  readonly point: string;
  readonly source: string;
}

const networks = /^(?:nfs4?|cifs|smb3|ceph|9p|afs|fuse(?:\..*)?|fuseblk|glusterfs)$/;

/** Mounts of devices and networks, without the root, the deepest first. */
export function deviceMounts(kernel: Pick<Kernel, 'readFile'>): readonly DeviceMount[] {
  const content = kernel.readFile('/proc/self/mountinfo', 1 << 20);
  if (!(content instanceof Uint8Array)) return [];
  const found = new TextDecoder()
    .decode(content)
    .split('\n')
    .flatMap((line): DeviceMount[] => {
      const [before = '', after = ''] = line.split(' - ', 2);
      const point = before.split(' ')[4];
      const [type = '', source = ''] = after.split(' ');
      if (point === undefined || point === '/' || !(source.startsWith('/dev/') || networks.test(type))) return [];
      return [{ point: unescapeMountPoint(point), source }];
    });
  return found.sort((one, other) => other.point.split('/').length - one.point.split('/').length);
}

export interface Left {
  readonly failures: readonly string[];
  /** Mount points that nobody may touch any more. */
  readonly hung: ReadonlySet<string>;
}

/** Unmounts them one after the other; what is busy is made read-only. Of a source that hangs the others are left alone. */
export function unmountDevices({ helper }: Pick<DeviceParts, 'helper'>, mounts: readonly DeviceMount[], done: (left: Left) => void): void {
  const failures: string[] = [];
  const hung = new Set<string>();
  const sources = new Set<string>();

  function giveUp({ point, source }: DeviceMount, what: string): void {
    hung.add(point);
    if (!sources.has(source)) failures.push(`${what} ${point} did not end within 5 s, so it is left as it is: ${source} hangs`);
    sources.add(source);
  }

  function next(at: number): void {
    const mount = mounts[at];
    if (mount === undefined) return done({ failures, hung });
    if (sources.has(mount.source)) {
      hung.add(mount.point);
      return next(at + 1);
    }
    helper.runAtOnce(['umount', mount.point], limitMs, (result) => {
      if (result.kind === 'timed-out') giveUp(mount, 'unmounting');
      else if (result.kind === 'exited' && result.exitCode !== 0) return makeReadOnly(mount, () => next(at + 1));
      next(at + 1);
    });
  }

  function makeReadOnly(mount: DeviceMount, then: () => void): void {
    helper.runAtOnce(['mount', 'none', mount.point, '', String(MS_REMOUNT | MS_RDONLY), ''], limitMs, (result) => {
      if (result.kind === 'timed-out') giveUp(mount, 'making read-only');
      then();
    });
  }

  next(0);
}
