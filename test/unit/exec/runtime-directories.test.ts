import { constants } from 'node:fs';
import t from 'tap';
import { makeRuntimeDirectories } from '../../../src/exec/runtime-directories.ts';
import { errno } from '../../../src/kernel/errno.ts';

/** A kernel that answers by path, 0 and 7 where nothing is said; `calls` are what it was asked. */
function createScene(mkdir: Readonly<Record<string, number>>, open: Readonly<Record<string, number>> = {}, chown = 0) {
  const calls: string[] = [];
  const kernel = {
    mkdir(path: string, mode: number) {
      calls.push(`mkdir ${path} ${mode.toString(8)}`);
      return mkdir[path] ?? 0;
    },
    chmod(path: string, mode: number) {
      calls.push(`chmod ${path} ${mode.toString(8)}`);
      return 0;
    },
    chown(path: string, uid: number, gid: number) {
      calls.push(`chown ${path} ${uid} ${gid}`);
      return chown;
    },
    open(path: string, flags: number) {
      const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
      calls.push(`open ${path} ${flags === (O_RDONLY | O_DIRECTORY | O_NOFOLLOW)}`);
      return open[path] ?? 7;
    },
    close(fd: number) {
      calls.push(`close ${fd}`);
      return 0;
    },
  };
  const system = { uid: 0, gid: 0 };
  return {
    calls,
    make: (...entries: readonly string[]) => makeRuntimeDirectories(kernel, entries, system),
    makeFor: (uid: number, gid: number, ...entries: readonly string[]) => makeRuntimeDirectories(kernel, entries, { uid, gid }),
  };
}

t.test('DEF-059 each is made for its owner and group alone, whatever the umask', async (t) => {
  const { calls, make } = createScene({});
  t.equal(make('web', 'shared'), null);
  t.strictSame(calls, ['mkdir /run/web 770', 'chmod /run/web 770', 'mkdir /run/shared 770', 'chmod /run/shared 770']);
  t.equal(make(), null);
});

t.test('DEF-059 a directory that is there is taken as it is, also as the descriptor 0', async (t) => {
  for (const fd of [0, 7]) {
    const { calls, make } = createScene({ '/run/web': -errno.EEXIST }, { '/run/web': fd });
    t.equal(make('web', 'next'), null);
    t.strictSame(calls, ['mkdir /run/web 770', 'open /run/web true', `close ${fd}`, 'mkdir /run/next 770', 'chmod /run/next 770']);
  }
});

t.test('DEF-059 what is no directory is refused, and what cannot be made; nothing is tried after it', async (t) => {
  const link = createScene({ '/run/web': -errno.EEXIST }, { '/run/web': -20 });
  t.match(link.make('web', 'next'), /^the runtime directory \/run\/web cannot be made: what is there already is no directory \(ENOTDIR/);
  t.strictSame(link.calls, ['mkdir /run/web 770', 'open /run/web true']);
  const full = createScene({ '/run/web': -28 });
  t.match(full.make('web', 'next'), /^creating the runtime directory \/run\/web failed: ENOSPC/);
  t.strictSame(full.calls, ['mkdir /run/web 770']);
});

t.test('DEF-059 they belong to the identity of the service, those that are there as well', async (t) => {
  const { calls, makeFor } = createScene({ '/run/web': -errno.EEXIST });
  t.equal(makeFor(61001, 61002, 'web', 'next'), null);
  t.strictSame(calls, [
    'mkdir /run/web 770',
    'open /run/web true',
    'close 7',
    'chown /run/web 61001 61002',
    'mkdir /run/next 770',
    'chmod /run/next 770',
    'chown /run/next 61001 61002',
  ]);
  const refused = createScene({}, {}, -errno.EROFS);
  t.match(refused.makeFor(61001, 61002, 'web', 'next'), /^giving the runtime directory \/run\/web to uid 61001 failed: EROFS/);
});

t.test("DEF-059 ID-001 peinit's own directory, with its sockets and tokens, is given to nobody", async (t) => {
  const { calls, makeFor } = createScene({ '/run/peinit': -errno.EEXIST });
  t.equal(
    makeFor(40000, 40001, 'web', 'peinit'),
    "the runtime directory /run/peinit is peinit's own; take another name in RuntimeDirectories",
  );
  t.notOk(calls.some((call) => call.includes('/run/peinit')));
});
