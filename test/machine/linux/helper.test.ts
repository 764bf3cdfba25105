import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { PlaceRequest, PlaceStep } from '../../../src/kernel/helper-protocol.ts';
import {
  checkArguments,
  fileLimit,
  parseCheckAnswer,
  parseErrnoAnswer,
  parseFileAnswer,
  parsePlaceAnswer,
  parseStatAnswer,
  parseVerdicts,
  placeArguments,
  readArguments,
  replaceArguments,
  statArguments,
} from '../../../src/kernel/helper-protocol.ts';
import { helperPath, makeCgroup, makeDirectory, run, shell } from './support.ts';

const { errno } = osConstants;
const call = (parameters: readonly string[]) => spawnSync(helperPath, parameters);

t.test('DEF-064 the helper is small and needs no library', async (t) => {
  const program = readFileSync(helperPath);
  t.ok(program.length < 32_768, `${program.length} bytes`);
  t.notMatch(program.toString('latin1'), 'ld-linux');
});

t.test('DEF-049 DEF-050 DEF-051 each kind of check passes for its file types only', async (t) => {
  const directory = makeDirectory(t);
  const file = join(directory, 'file');
  const link = join(directory, 'link');
  writeFileSync(file, '');
  symlinkSync('file', link);
  symlinkSync('nothing', join(directory, 'dangling'));
  const table: readonly (readonly ['path' | 'file' | 'directory', string, boolean])[] = [
    ['path', file, true],
    ['path', directory, true],
    ['path', '/dev/null', true],
    ['path', join(directory, 'nothing'), false],
    ['path', join(directory, 'dangling'), false],
    ['path', join(file, 'below'), false],
    ['file', file, true],
    ['file', link, true],
    ['file', directory, false],
    ['file', '/dev/null', false],
    ['file', join(directory, 'nothing'), false],
    ['directory', directory, true],
    ['directory', file, false],
    ['directory', link, false],
    ['directory', '/dev/null', false],
  ];
  const checks = table.map(([type, argument]) => ({ type, argument }));
  const { stdout, status } = call(checkArguments(checks));
  t.equal(status, 0);
  const verdicts = parseVerdicts(stdout, checks.length);
  for (const [index, [type, path, expected]] of table.entries()) t.equal(verdicts?.[index], expected, `${type}:${path}`);
});

t.test('a path that cannot be looked at is told apart from one that is not there', async (t) => {
  const closed = join(makeDirectory(t), 'closed');
  mkdirSync(closed, 0o700);
  writeFileSync(join(closed, 'f'), '');
  const checks = [join(closed, 'f'), join(closed, 'nothing'), closed, `/${'x'.repeat(300)}`].map((argument) => ({
    type: 'path' as const,
    argument,
  }));
  const projection = { uid: 65534, gid: 65534, groups: [], capabilities: 0n, noNewPrivileges: true };
  const argv = [helperPath, ...checkArguments(checks)];
  const { output, status } = await run(shell('', makeCgroup(t), { path: helperPath, argv, projection }));
  t.equal(status.exitCode, 0);
  t.same(parseCheckAnswer(Buffer.from(output), checks.length), ['unknown', 'unknown', 'yes', 'unknown']);
});

t.test('stat tells what the file is and where it lies', async (t) => {
  const path = join(makeDirectory(t), 'f');
  writeFileSync(path, 'twelve bytes', { mode: 0o640 });
  const facts = statSync(path);
  t.match(parseStatAnswer(call(statArguments(path)).stdout), { mode: facts.mode, uid: facts.uid, gid: facts.gid, sizeBytes: 12n });
  const [, major, minor] = readFileSync('/proc/self/mountinfo', 'utf8').match(/^\d+ \d+ (\d+):(\d+) \S+ \/proc /m) ?? [];
  t.match(parseStatAnswer(call(statArguments('/proc/version')).stdout), { device: { major: Number(major), minor: Number(minor) } });
  t.equal(parseStatAnswer(call(statArguments('/nonexistent')).stdout), errno.ENOENT);
});

t.test('arguments that make no sense end it with 2 and without an answer', async (t) => {
  for (const parameters of [[], ['nonsense'], ['check', 'x/etc'], ['check', ''], ['stat']]) {
    const { status, stdout } = call(parameters);
    t.same([status, stdout.length], [2, 0], parameters.join(' '));
  }
});

t.test('O-28 read answers with a regular file, up to its limit, and tells when there is more', async (t) => {
  const directory = makeDirectory(t);
  const read = (path: string) => parseFileAnswer(call(readArguments(path)).stdout);
  for (const size of [0, 5, fileLimit]) {
    const path = join(directory, `${size}`);
    writeFileSync(path, 'x'.repeat(size));
    const answer = read(path);
    t.strictSame(typeof answer === 'object' && answer !== null && [answer.bytes.length, answer.whole], [size, true]);
  }
  writeFileSync(join(directory, 'more'), 'x'.repeat(fileLimit + 1));
  const more = read(join(directory, 'more'));
  t.strictSame(typeof more === 'object' && more !== null && [more.bytes.length, more.whole], [fileLimit, false]);
  t.equal(read(join(directory, 'nothing')), errno.ENOENT);
  t.equal(read(directory), errno.EINVAL);
  t.equal(read('/dev/zero'), errno.EINVAL);
  spawnSync('mkfifo', [join(directory, 'pipe')]);
  t.equal(read(join(directory, 'pipe')), errno.EINVAL);
});

t.test('BOOT-081 a place is made or taken as it is, with its content, and never with parents', async (t) => {
  const top = makeDirectory(t);
  const at = (name: string): string => join(top, name);
  const place = (type: 'file' | 'directory', name: string, more: Partial<PlaceRequest> = {}) =>
    parsePlaceAnswer(call(placeArguments({ type, path: at(name), uid: 0, gid: 0, mode: 0o751, ofExisting: false, ...more })).stdout);
  const facts = (name: string): readonly number[] => {
    const { mode, uid, gid } = statSync(at(name));
    return [mode & 0o7777, uid, gid];
  };
  t.strictSame(place('directory', 'd', { uid: 1000, gid: 1001, mode: 0o1770 }), { ok: true, made: true });
  t.strictSame(facts('d'), [0o1770, 1000, 1001]);
  t.strictSame(place('directory', 'd'), { ok: true, made: false });
  t.strictSame(facts('d'), [0o1770, 1000, 1001], 'what is there stays whose it is');
  t.strictSame(place('directory', 'd', { ofExisting: true }), { ok: true, made: false });
  t.strictSame(facts('d'), [0o751, 0, 0]);

  t.strictSame(place('file', 'd/f', { mode: 0o640 }), { ok: true, made: true });
  writeFileSync(at('d/f'), 'kept');
  t.strictSame(place('file', 'd/f', { uid: 5, ofExisting: true }), { ok: true, made: false });
  t.strictSame([readFileSync(at('d/f'), 'utf8'), ...facts('d/f')], ['kept', 0o751, 5, 0]);

  const refused = (step: PlaceStep, error: number) => ({ ok: false, step, errno: error });
  t.strictSame(place('file', 'none/x'), refused('above', errno.ENOENT));
  t.strictSame(place('file', 'd/f/x'), refused('above', errno.ENOTDIR));
  t.strictSame(place('directory', 'd/f'), refused('type', errno.ENOTDIR));
  t.strictSame(place('file', 'd'), refused('type', errno.EISDIR));
  t.strictSame(place('directory', 'x'.repeat(300)), refused('make', errno.ENAMETOOLONG));
  t.strictSame(place('directory', `${'x/'.repeat(4090)}x`), refused('above', errno.ENAMETOOLONG));
});

t.test('O-144 nobody leads a place elsewhere: not by links, not by other names, not by what waits', async (t) => {
  const top = makeDirectory(t);
  const at = (name: string): string => join(top, name);
  const place = (type: 'file' | 'directory', name: string, ofExisting = true) =>
    parsePlaceAnswer(call(placeArguments({ type, path: at(name), uid: 0, gid: 7, mode: 0o600, ofExisting })).stdout);
  const refused = (step: PlaceStep, error: number) => ({ ok: false, step, errno: error });
  for (const name of ['real', 'users', 'shared']) mkdirSync(at(name));
  chownSync(at('users'), 1000, 1000);
  chmodSync(at('shared'), 0o777);
  writeFileSync(at('real/file'), '');
  for (const [from, to] of [
    ['link', 'real'],
    ['chain', 'link'],
    ['users/link', '../real'],
    ['shared/link', '../real'],
    ['to-users', 'users/link'],
    ['loop', 'loop'],
    ['absolute', at('real')],
    ['alien', 'real'],
  ] as const)
    symlinkSync(to, at(from));
  lchownSync(at('alien'), 1000, 1000);

  for (const way of ['link', 'chain', 'absolute', 'link/../link/./', '/link//'])
    t.strictSame(place('directory', `${way}/${way.length}`), { ok: true, made: true }, way);
  t.equal(statSync(at('real/4')).gid, 7);
  for (const way of ['users/link', 'shared/link', 'to-users', 'loop', 'alien'])
    t.strictSame(place('directory', `${way}/x`), refused('above', errno.ELOOP), way);
  for (const type of ['file', 'directory'] as const) t.strictSame(place(type, 'link'), refused('type', errno.ELOOP), 'none at the end');
  symlinkSync('nothing', at('dangling'));
  t.strictSame(place('file', 'dangling'), refused('type', errno.ELOOP));
  t.notOk(existsSync(at('nothing')));

  linkSync(at('real/file'), at('other-name'));
  t.strictSame(place('file', 'other-name'), refused('names', errno.EMLINK));
  t.strictSame(place('file', 'other-name', false), { ok: true, made: false }, 'nothing of it changes');
  t.equal(spawnSync('mkfifo', [at('pipe')]).status, 0);
  t.strictSame(place('file', 'pipe'), refused('type', errno.EINVAL), 'without waiting for a writer');
});

t.test('O-137 what lies in the place of the temporary file is waited for by nobody', async (t) => {
  const path = join(makeDirectory(t), 'counter');
  const replaced = () => parseErrnoAnswer(spawnSync(helperPath, replaceArguments(path, 0o600, '0\n'), { timeout: 60_000 }).stdout);
  for (const make of [() => spawnSync('mkfifo', [`${path}.new~`]), () => symlinkSync('nothing', `${path}.new~`)]) {
    make();
    t.equal(replaced(), 0);
    t.equal(readFileSync(path, 'utf8'), '0\n');
  }
});

t.test('O-144 O-174 no user leads a mount, or its end, through a link of his own to another place', async (t) => {
  const directory = makeDirectory(t);
  mkdirSync(join(directory, 'real/data'), { recursive: true });
  mkdirSync(join(directory, 'open'));
  symlinkSync('../real', join(directory, 'open/way'));
  chmodSync(join(directory, 'open'), 0o777);
  writeFileSync(join(directory, 'real/file'), 'below');
  writeFileSync(join(directory, 'source'), 'above');
  const at = (name: string): string => `'${join(directory, name)}'`;
  const helper = (verb: string, ...words: readonly string[]): string => `'${helperPath}' ${verb} ${words.join(' ')}; echo $?`;
  const tmpfs = (name: string): string => helper('mount', 'tmpfs', at(name), 'tmpfs', '0', "''");
  const bind = (from: string, to: string, flags: number): string => helper('mount', at(from), at(to), "''", String(flags), "''");
  const script = [
    tmpfs('open/way/data'),
    tmpfs('open/way/new/deep'),
    tmpfs('open/new/deep'),
    tmpfs('real/data'),
    helper('umount', at('open/way/data')),
    bind('source', 'real/file', 4096),
    `cat ${at('real/file')}; echo`,
    bind('real', 'bound', 4096 | 1),
    `touch ${at('bound/x')} 2>/dev/null || echo read-only`,
    ...['bound', 'real/data', 'open/new/deep', 'real/file'].map((name) => helper('umount', at(name))),
    `grep -c ' ${directory}/' /proc/self/mountinfo`,
  ].join('\n');
  const { stdout } = spawnSync('unshare', ['--mount', 'sh', '-c', script], { timeout: 60_000 });
  const ends = ['0', '0', '0', '0'];
  t.strictSame(stdout.toString().trim().split('\n'), ['180', '180', '0', '0', '40', '0', 'above', '0', 'read-only', ...ends, '0']);
  t.notOk(existsSync(join(directory, 'real/new')), 'nothing is made there either');
});

t.test('D-13 O-139 no filesystem is mounted on a symbolic link, and one below a link is known again', async (t) => {
  const directory = makeDirectory(t);
  mkdirSync(join(directory, 'real/data'), { recursive: true });
  symlinkSync('real', join(directory, 'way'));
  symlinkSync('real/data', join(directory, 'link'));
  const mount = (name: string): string => `'${helperPath}' mount tmpfs '${join(directory, name)}' tmpfs 0 ''; echo $?`;
  const script = [mount('link'), mount('way/data'), mount('way/data'), `grep -c ' ${directory}/' /proc/self/mountinfo`].join('\n');
  const { stdout } = spawnSync('unshare', ['--mount', 'sh', '-c', script], { timeout: 60_000 });
  t.strictSame(stdout.toString().trim().split('\n'), ['204', '0', '0', '1']);
});
