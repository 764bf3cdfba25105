/**
 * What the steps of a mount come to, in words: the exit statuses of the helper program (src/linux/helper/mounts.c, which has the same
 * numbers) and of fsck, with what to do next. O-139, CAUSE-027.
 */
import type { CommandLine, MountPlan } from '../definition/definition.ts';

/** Up to here the status is the errno of mount(2) or umount2(2). */
const pointFailed = 140;
const pointFailedOtherwise = 199;
const otherMounted = 200;
const noFsck = 201;
const isRoot = 202;
const noExec = 203;
const pointIsLink = 204;
/** ELOOP: O-144 holds for mount points too. */
const strangersLink = 40;

interface Errno {
  readonly name: string;
  readonly means: string;
  readonly remedy: string;
}

const errnos: ReadonlyMap<number, Errno> = new Map(
  (
    [
      [1, 'EPERM', 'not permitted', 'Where this machine is a container, it needs CAP_SYS_ADMIN to mount'],
      [2, 'ENOENT', 'no such file or directory', 'See that what is to be mounted is there'],
      [5, 'EIO', 'input or output error', 'The device cannot be read: look at the log of the kernel'],
      [6, 'ENXIO', 'no such device or address', 'See that the device has a medium'],
      [12, 'ENOMEM', 'out of memory', 'Free memory, and start it again'],
      [13, 'EACCES', 'permission denied', 'See whether the device is read-only, and mount it with the option ro then'],
      [15, 'ENOTBLK', 'not a block device', 'A file needs a loop device, a directory the option bind'],
      [16, 'EBUSY', 'busy', 'See what uses it'],
      [19, 'ENODEV', 'the kernel knows no such filesystem', 'Correct FsType, or load its module before'],
      [20, 'ENOTDIR', 'not a directory', 'What is mounted and where must both be directories, or both files'],
      [22, 'EINVAL', 'invalid argument', 'See that the device holds a filesystem of that type which takes these options'],
      [28, 'ENOSPC', 'no space left', 'Free space'],
      [30, 'EROFS', 'read-only', 'Mount it with the option ro, or make writable what it lies on'],
      [40, 'ELOOP', 'too many symbolic links', 'Correct the path'],
      [74, 'EBADMSG', 'a checksum is wrong', 'The filesystem is damaged: check it with its own fsck'],
      [110, 'ETIMEDOUT', 'timed out', 'See that the server can be reached'],
      [111, 'ECONNREFUSED', 'connection refused', 'See that the server can be reached'],
      [117, 'EUCLEAN', 'the filesystem is damaged', 'Check it with its own fsck'],
      [123, 'ENOMEDIUM', 'no medium', 'See that the device has a medium'],
    ] as const
  ).map(([number, name, means, remedy]) => [number, { name, means, remedy }]),
);

const described = (number: number): Errno =>
  errnos.get(number) ?? { name: `errno ${number}`, means: 'see errno(3)', remedy: 'Look at the log of the kernel' };

const named = ({ name, means }: Errno): string => `${name} (${means})`;

/** Words that follow the name of the mount, and what to do, without a full stop. */
interface Words {
  readonly what: string;
  readonly remedy: string;
}

/** fsck found what it mended, or nothing. BOOT-031. */
export const goodFsckStatuses: readonly number[] = [1, 2, 3];

const fsckBits: readonly (readonly [number, string])[] = [
  [4, 'errors were left uncorrected'],
  [8, 'it could not do its work'],
  [16, 'it was called in a way that it does not know'],
  [32, 'it was cancelled'],
  [128, 'a library is missing'],
];

/** A failed step. `how`: the end of its process in words; `exitCode` null: it was killed, or never ran. */
export function stepWords(plan: MountPlan, [, verb]: CommandLine, how: string, exitCode: number | null): Words {
  const { device, point, type } = plan;
  const again = `then start mount:${point}`;
  if (exitCode === null) return { what: `${phrases[verb ?? '']?.(plan) ?? 'its helper'} ${how}`, remedy: `Start mount:${point} again` };
  switch (verb) {
    case 'wait':
      return { what: `looking for ${device} failed: ${named(described(exitCode))}`, remedy: described(exitCode).remedy };
    case 'fsck':
      return fsckWords(plan, exitCode, again);
    default:
  }
  if (exitCode === otherMounted)
    return { what: `something else is mounted at ${point} already`, remedy: `Unmount it or mount elsewhere, ${again}` };
  if (exitCode === pointIsLink)
    return { what: `its mount point ${point} is a symbolic link`, remedy: 'Name the path that it leads to, or remove it' };
  if (exitCode === pointFailed + strangersLink) {
    const what = `the way to its mount point ${point} leads through a symbolic link that others than root may have put there`;
    return { what, remedy: `Name the path that it is to have, ${again}` };
  }
  if (exitCode >= pointFailed && exitCode <= pointFailedOtherwise) {
    const cause = exitCode === pointFailedOtherwise ? null : described(exitCode - pointFailed);
    const why = cause === null ? '' : `: ${named(cause)}`;
    return { what: `its mount point ${point} cannot be made${why}`, remedy: `Make that directory, ${again}` };
  }
  const errno = described(exitCode);
  const as = type === '' ? '' : ` as ${type}`;
  return { what: `mounting ${device} at ${point}${as} failed: ${named(errno)}`, remedy: `${errno.remedy}, ${again}` };
}

function fsckWords({ device, type }: MountPlan, exitCode: number, again: string): Words {
  if (exitCode === noFsck)
    return { what: `it is to be checked, and there is no program fsck.${type}`, remedy: 'Install it, or set Fsck to 0' };
  if (exitCode === isRoot) return { what: `${device} is the root filesystem, which peinit does not check`, remedy: 'Set Fsck to 0' };
  if (exitCode === noExec) return { what: `fsck.${type} cannot be run`, remedy: `See its mode and its interpreter, ${again}` };
  const meant = fsckBits.flatMap(([bit, words]) => ((exitCode & bit) === 0 ? [] : [words]));
  const meaning = meant.length === 0 ? '' : ` (${meant.join(', ')})`;
  return { what: `fsck of ${device} exited with code ${exitCode}${meaning}`, remedy: `Run fsck.${type} ${device} by hand, ${again}` };
}

const phrases: { readonly [verb: string]: (plan: MountPlan) => string } = {
  wait: ({ device }) => `the search for ${device}`,
  fsck: ({ device }) => `fsck of ${device}`,
  mount: ({ device, point }) => `mounting ${device} at ${point}`,
  umount: ({ point }) => `unmounting ${point}`,
};

/** What had not come to its end when the time was over, and what to do. */
export function lackingStep(plan: MountPlan, [, verb]: CommandLine): Words {
  if (verb === 'wait') return { what: `its device ${plan.device} had not appeared`, remedy: 'See that it is there and what it is called' };
  const remedy = `${plan.device} may hang: look at the log of the kernel`;
  return { what: `${phrases[verb ?? '']?.(plan) ?? 'its helper'} had not ended`, remedy };
}

/** An unmount that failed. */
export function unmountWords({ point }: MountPlan, exitCode: number): Words {
  if (exitCode === 16)
    return { what: `${point} is busy, so it stays mounted`, remedy: `Stop what uses it (fuser -vm ${point} tells), and try again` };
  const errno = described(exitCode);
  return { what: `unmounting ${point} failed: ${named(errno)}; it counts as mounted`, remedy: errno.remedy };
}
