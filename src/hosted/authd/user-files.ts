/** /etc/passwd and /etc/group: read by their text, and our lines kept in them under the lock of the shadow tools. O-80. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { KeptLines } from '../../authority/kept-lines.ts';
import { withKeptLines } from '../../authority/kept-lines.ts';
import type { LinuxUsers } from '../../authority/linux-users.ts';
import { parseLinuxUsers } from '../../authority/linux-users.ts';
import type { Shim } from '../../linux/shim.ts';
import { messageOf } from '../daemon/problem.ts';

export interface UserFiles {
  /** As the files are now; the same object while they are the same. A file that is not there is empty. */
  read(): LinuxUsers;
  /** Puts our lines in place of those of before. What prevents it; null: they are there. */
  keep(lines: KeptLines): Promise<string | null>;
}

/** Whoever adds a user holds the lock for a moment. */
const lockWaitMs = 1_000;
const lockPauseMs = 10;
const { O_CREAT, O_WRONLY, O_CLOEXEC } = { O_CREAT: 0o100, O_WRONLY: 1, O_CLOEXEC: 0o2000000 };
const { EAGAIN, EACCES } = constants.errno;

const errnoName = (result: number): string =>
  Object.entries(constants.errno).find(([, number]) => number === -result)?.[0] ?? `errno ${-result}`;

/** Bytes that are no UTF-8 stay what they are. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** As old as this a file's time differs from that of any change to come, however coarse the clock of its file system is. */
const settledMs = 100;

/** Differs whenever the file is another one or was written to; null: that cannot be told. */
function stampOf(path: string, nowMs: number): string | null {
  try {
    const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (facts === undefined) return 'absent';
    const { dev, ino, size, ctimeNs } = facts;
    return BigInt(nowMs - settledMs) * 1_000_000n > ctimeNs ? [dev, ino, size, ctimeNs].join(' ') : null;
  } catch {
    return null;
  }
}

const asBytes = (line: string): string => Buffer.from(line).toString('latin1');

/** Others may have put a link there, and have chosen who may read. */
function placeOf(path: string): { readonly path: string; readonly mode: number } {
  try {
    const real = realpathSync(path);
    return { path: real, mode: statSync(real).mode & 0o7777 };
  } catch {
    return { path, mode: 0o644 };
  }
}

interface Known {
  readonly passwd: string;
  readonly group: string;
  readonly users: LinuxUsers;
  /** Of both files before they were read. */
  readonly stamp: string | null;
}

export function createUserFiles(shim: Shim, etc: string): UserFiles {
  const [passwd, group] = [join(etc, 'passwd'), join(etc, 'group')];
  const lockPath = join(etc, '.pwd.lock');
  let known: Known | null = null;

  async function lock(): Promise<number> {
    const fd = shim.open(lockPath, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600);
    if (fd < 0) throw new Error(`${lockPath}: ${errnoName(fd)}`);
    const until = performance.now() + lockWaitMs;
    for (;;) {
      const result = shim.lockFile(fd);
      if (result >= 0) return fd;
      if ((result !== -EAGAIN && result !== -EACCES) || performance.now() > until) {
        shim.close(fd);
        throw new Error(
          `${lockPath}: ${result === -EAGAIN || result === -EACCES ? 'somebody else has held it for a second' : errnoName(result)}`,
        );
      }
      await new Promise((done) => setTimeout(done, lockPauseMs));
    }
  }

  function replace(path: string, lines: readonly string[]): void {
    const text = textOf(path);
    const next = withKeptLines(text, lines.map(asBytes));
    if (next === text) return;
    const place = placeOf(path);
    const result = shim.replaceFile(place.path, Buffer.from(next, 'latin1'), place.mode);
    if (result < 0) throw new Error(`${path}: ${errnoName(result)}`);
  }

  const isKept = (path: string, lines: readonly string[]): boolean => {
    const text = textOf(path);
    return withKeptLines(text, lines.map(asBytes)) === text;
  };

  return {
    read() {
      const [passwdStamp, groupStamp] = [passwd, group].map((path) => stampOf(path, Date.now()));
      const stamp = passwdStamp == null || groupStamp == null ? null : `${passwdStamp}, ${groupStamp}`;
      // With a thousand accounts reading them for each token takes longer than all else of it.
      if (known !== null && stamp !== null && known.stamp === stamp) return known.users;
      const texts = { passwd: textOf(passwd), group: textOf(group) };
      const isSame = known !== null && known.passwd === texts.passwd && known.group === texts.group;
      const users = known !== null && isSame ? known.users : parseLinuxUsers(texts.passwd, texts.group);
      known = { ...texts, users, stamp };
      return users;
    },
    async keep(lines) {
      try {
        if (isKept(passwd, lines.passwd) && isKept(group, lines.group)) return null;
        const fd = await lock();
        try {
          // Groups first: a user's line names its group.
          replace(group, lines.group);
          replace(passwd, lines.passwd);
        } finally {
          shim.close(fd);
        }
        return null;
      } catch (error) {
        return messageOf(error);
      }
    },
  };
}
