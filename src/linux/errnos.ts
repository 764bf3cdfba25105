import { getSystemErrorMessage } from 'node:util';
import { errnoName } from './errno.ts';

/** For people: `ENOENT (no such file or directory)`. The sign does not matter. */
export const describeErrno = (errno: number): string =>
  errno === 0 ? 'no error' : `${errnoName(errno)} (${getSystemErrorMessage(-Math.abs(errno))})`;

/** Errnos that code compares; calls return them negated. */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  E2BIG: 7,
  ENOEXEC: 8,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  EROFS: 30,
  ENOTEMPTY: 39,
} as const;
