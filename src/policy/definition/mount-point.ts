/** Mount points. They name their mounts, so each has one form only. D-13. */
import type { Parsed } from './problem.ts';
import { bad, good } from './problem.ts';

/** What process 1 mounts itself, and stands on. PSD-007 2.1. */
const ownPoints = ['/', '/proc', '/sys', '/sys/fs/cgroup', '/dev', '/dev/pts', '/dev/shm', '/run'];
/** Where its own files are: what is mounted there, or above, hides them. */
const ownDirectories = ['/run/peinit', '/.peinit', '/sys/fs/cgroup/peinit'];

const shortestForm = /^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$|^\/$/;

export function parseMountPoint(text: string): Parsed<string> {
  if (!text.startsWith('/')) return bad('is not an absolute path', 'Write it from / on.');
  if (!shortestForm.test(text))
    return bad('is not in its shortest form', 'Write it without . and .., doubled slashes, or a slash at its end.');
  if (/\p{Cc}/u.test(text)) return bad('holds a control character', 'Mount it elsewhere.');
  if (Buffer.byteLength(text) > longest) return bad(`is longer than ${longest} bytes`, 'Mount it elsewhere.');
  if (ownPoints.includes(text)) return bad('is mounted before the registry is read', 'Remove the entry.');
  const hidden = [...ownPoints, ...ownDirectories].find((own) => isWithin(own, text));
  return hidden === undefined ? good(text) : bad(`would hide ${hidden}, which process 1 needs`, 'Mount it elsewhere.');
}

/** What the name of a mount leaves of the longest path. */
const longest = 1024;

/** Whether `path` is `above` or lies below it. */
const isWithin = (path: string, above: string): boolean => path === above || path.startsWith(`${above}/`);
