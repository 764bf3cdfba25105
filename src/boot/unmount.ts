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

/** What is left, in words. */
export interface Unmounted {
  /** Mounted still, and nothing can be written to it any more. */
  readonly readOnly: readonly string[];
  readonly failures: readonly string[];
  /** A device hangs. */
  readonly hangs: boolean;
}

/**
 * Unmounts the deepest mounts first, then makes root read-only. In a container only peinit's own mounts go, and nothing is ever
 * remounted, because that would reach the host's filesystem. What lies on devices goes first, with the helper; what is busy is tried again
 * for a moment. None of what fails stops the end. PSD-007 10 step 7, O-08.
 */
export function unmountAll(parts: Unmounting, done: (left: Unmounted) => void): void {
  const { kernel, container, own } = parts;
  const all = container ? [...own].reverse() : deepestFirst([...mountPoints(kernel)]);
  const targets = all.filter((target) => !neededToTheEnd.has(target));
  // In a container nothing lies below them that is not its own, and its devices are those of the host.
  const mounts = container ? [] : deviceMounts(kernel);
  unmountDevices(parts, mounts, ({ failures, hung }) => {
    const rest = targets.filter((target) => !hung.has(target));
    unmountRest(parts, rest, (more) => done({ ...more, failures: [...failures, ...more.failures], hangs: hung.size > 0 }));
  });
}

function unmountRest(
  { kernel, loop, container }: Unmounting,
  wanted: readonly string[],
  done: (left: Omit<Unmounted, 'hangs'>) => void,
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
    const failures: string[] = [];
    const readOnly: string[] = [];
    for (const { target, result } of left) {
      const failed = `unmounting ${target} failed: ${describeErrno(result)}`;
      if (container || remount(target) < 0) failures.push(failed);
      else readOnly.push(`${failed}; it was made read-only`);
    }
    const root = container ? 0 : remount('/');
    if (root < 0) failures.push(`remounting / read-only failed: ${describeErrno(root)}`);
    done({ readOnly, failures });
  }

  const remount = (target: string): number => kernel.mount('none', target, '', MS_REMOUNT | MS_RDONLY, null);

  pass(wanted);
}

const deepestFirst = (points: readonly string[]): readonly string[] =>
  [...points].sort((a, b) => b.split('/').length - a.split('/').length || b.localeCompare(a));
