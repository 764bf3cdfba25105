/** Errnos: their names for messages and for the wire's error facts, and the numbers that code compares. */
import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';

const names = new Map<number, string>();
for (const [name, number] of Object.entries(constants.errno)) {
  // EWOULDBLOCK and EOPNOTSUPP share numbers with the names people look up.
  if (!names.has(number) || name === 'EAGAIN' || name === 'ENOTSUP') names.set(number, name);
}

/** `ENOENT` for 2 and for -2; `errno 999` for one without a name. */
export function errnoName(errno: number): string {
  const positive = Math.abs(errno);
  return names.get(positive) ?? `errno ${positive}`;
}

/** For people: `ENOENT (no such file or directory)`. The sign does not matter. */
export const describeErrno = (errno: number): string =>
  errno === 0 ? 'no error' : `${errnoName(errno)} (${getSystemErrorMessage(-Math.abs(errno))})`;

/** Errnos that code compares; calls return them negated. */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EPIPE: 32,
  ERANGE: 34,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ETIME: 62,
  ENOTSOCK: 88,
  ECONNABORTED: 103,
  ECONNREFUSED: 111,
  ECANCELED: 125,
} as const;

/** The same call may work a moment later. */
export const isShortage = (result: number): boolean => result === -errno.EMFILE || result === -errno.ENFILE || result === -errno.ENOMEM;

/** A process that is there no more. */
export const isGone = (result: number): boolean => result === -errno.ESRCH || result === -errno.ENOENT;
