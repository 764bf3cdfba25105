import { describeErrno, errno } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { DeviceParts } from './devices.ts';
import { deviceMounts, unmountDevices } from './devices.ts';
import { mountPoints } from './virtual-filesystems.ts';

const MS_RDONLY = 1;
const MS_REMOUNT = 32;
/** These hold up what is still to be done: the process table, the devices and the console. */
const neededToTheEnd = new Set(['/', '/proc', '/dev']);

/** What was closed in another thread, or has just been killed, may hold a mount a moment longer. */
const patienceNs = 1_000_000_000n;
const againNs = 10_000_000n;

export interface Unmounting {
  readonly kernel: Kernel;
  readonly loop: Pick<Loop, 'at'>;
  readonly container: boolean;
  /** Mount points that peinit made itself, in order. */
  readonly own: readonly string[];
  readonly helper: DeviceParts['helper'];
}

/**
 * Unmounts the deepest mounts first, then makes root read-only. In a container only peinit's own mounts go, and nothing is ever
 * remounted, because that would reach the host's filesystem. What lies on devices goes first, with the helper; what is busy is tried again
 * for a moment. `done` is told what failed, and whether a device hangs; none of it stops the end. PSD-007 10 step 7, O-08.
 */
export function unmountAll(parts: Unmounting, done: (failures: readonly string[], hangs: boolean) => void): void {
  const { kernel, container, own } = parts;
  const all = container ? [...own].reverse() : deepestFirst([...mountPoints(kernel)]);
  const targets = all.filter((target) => !neededToTheEnd.has(target));
  // In a container nothing lies below them that is not its own, and its devices are those of the host.
  const mounts = container ? [] : deviceMounts(kernel);
  unmountDevices(parts, mounts, ({ failures, hung }) => {
    const rest = targets.filter((target) => !hung.has(target));
    unmountRest(parts, rest, (more) => done([...failures, ...more], hung.size > 0));
  });
}

function unmountRest(
  { kernel, loop, container }: Unmounting,
  wanted: readonly string[],
  done: (failures: readonly string[]) => void,
): void {
  const end = kernel.monotonicNs() + patienceNs;

  function pass(targets: readonly string[]): void {
    const left = targets
      .map((target) => ({ target, result: kernel.umount(target, 0) }))
      .filter(({ result }) => result < 0 && result !== -errno.EINVAL && result !== -errno.ENOENT);
    const now = kernel.monotonicNs();
    if (now < end && left.some(({ result }) => result === -errno.EBUSY)) {
      loop.at(now + againNs, () => pass(left.map(({ target }) => target)));
      return;
    }
    const failures = left.flatMap(({ target, result }) => {
      const remounted = container ? -errno.EPERM : kernel.mount('none', target, '', MS_REMOUNT | MS_RDONLY, null);
      return remounted < 0 ? [`unmounting ${target} failed: ${describeErrno(result)}`] : [];
    });
    const root = container ? 0 : kernel.mount('none', '/', '', MS_REMOUNT | MS_RDONLY, null);
    done(root < 0 ? [...failures, `remounting / read-only failed: ${describeErrno(root)}`] : failures);
  }

  pass(wanted);
}

const deepestFirst = (points: readonly string[]): readonly string[] =>
  [...points].sort((a, b) => b.split('/').length - a.split('/').length || b.localeCompare(a));
