/**
 * Options of a mount: words that stand for flags of mount(2), words that mean something to other programs only, and the rest, which is for
 * the filesystem. D-13.
 */
import type { Parsed } from './problem.ts';
import { bad, good } from './problem.ts';

interface Flag {
  readonly set?: number;
  readonly clear?: number;
}

const NOSUID = 2;
const NODEV = 4;
const NOEXEC = 8;
const NOATIME = 1024;
const RELATIME = 1 << 21;
const STRICTATIME = 1 << 24;
const allAtime = NOATIME | RELATIME | STRICTATIME;
export const bindFlag = 4096;

const flags: ReadonlyMap<string, Flag> = new Map<string, Flag>([
  ['ro', { set: 1 }],
  ['rw', { clear: 1 }],
  ['nosuid', { set: NOSUID }],
  ['suid', { clear: NOSUID }],
  ['nodev', { set: NODEV }],
  ['dev', { clear: NODEV }],
  ['noexec', { set: NOEXEC }],
  ['exec', { clear: NOEXEC }],
  ['sync', { set: 16 }],
  ['async', { clear: 16 }],
  ['dirsync', { set: 128 }],
  ['nosymfollow', { set: 256 }],
  ['noatime', { set: NOATIME, clear: allAtime }],
  ['atime', { clear: NOATIME }],
  ['relatime', { set: RELATIME, clear: allAtime }],
  ['norelatime', { clear: RELATIME }],
  ['strictatime', { set: STRICTATIME, clear: allAtime }],
  ['nostrictatime', { clear: STRICTATIME }],
  ['nodiratime', { set: 2048 }],
  ['diratime', { clear: 2048 }],
  ['lazytime', { set: 1 << 25 }],
  ['nolazytime', { clear: 1 << 25 }],
  ['silent', { set: 32768 }],
  ['loud', { clear: 32768 }],
  ['bind', { set: bindFlag }],
  ['rbind', { set: bindFlag | 16384 }],
  ['defaults', {}],
]);

/** What a table of filesystems says to its readers. */
const forOthers: ReadonlySet<string> = new Set(['auto', 'noauto', 'nofail', '_netdev', 'user', 'nouser', 'users', 'owner', 'group']);
const isForOthers = (word: string): boolean => forOthers.has(word) || /^(?:x-|X-|comment=)/.test(word);

const refused: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['remount', ['changes what is mounted already', 'Change the options of the entry that mounts it.']],
  ['move', ['moves what is mounted already', 'Remove it.']],
  ['loop', ['needs a loop device, which peinit does not make', 'Have a service make it, and name that device.']],
  ...['shared', 'private', 'slave', 'unbindable', 'rshared', 'rprivate', 'rslave', 'runbindable'].map(
    (word): readonly [string, readonly [string, string]] => [
      word,
      ['is about the propagation of mounts, which peinit does not set', 'Remove it.'],
    ],
  ),
]);

/** One option. */
export function parseMountOption(text: string): Parsed<string> {
  const [word = ''] = text.split('=', 1);
  const [what, remedy] = refused.get(word) ?? [];
  if (what !== undefined && remedy !== undefined) return bad(what, remedy);
  if (text.trim() === '' || /[,\p{Cc}]/u.test(text))
    return bad('is no option of a mount', 'Write one word, or name=value, for each option.');
  return good(text);
}

/** What mount(2) gets of them. */
export interface MountArguments {
  readonly flags: number;
  /** For the filesystem. */
  readonly data: string;
}

export function mountArgumentsOf(options: readonly string[]): MountArguments {
  let bits = 0;
  const data: string[] = [];
  for (const word of options) {
    const flag = flags.get(word);
    if (flag !== undefined) bits = (bits & ~(flag.clear ?? 0)) | (flag.set ?? 0);
    else if (!isForOthers(word)) data.push(word);
  }
  return { flags: bits, data: data.join(',') };
}
