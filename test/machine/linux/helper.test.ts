import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import {
  checkArguments,
  fileLimit,
  mountArguments,
  parseCheckAnswer,
  parseErrnoAnswer,
  parseFileAnswer,
  parseStatAnswer,
  parseVerdicts,
  readArguments,
  statArguments,
  umountArguments,
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

t.test('mount and umount answer with 0 or the errno', async (t) => {
  const directory = makeDirectory(t);
  const nothing = { source: 'none', target: '/nonexistent', type: 'tmpfs', flags: 0, data: '' };
  t.equal(parseErrnoAnswer(call(mountArguments(nothing)).stdout), errno.ENOENT);
  t.equal(parseErrnoAnswer(call(umountArguments(directory, 0)).stdout), errno.EINVAL);
  // Inside a mount namespace: mount, see it, unmount.
  const quoted = (parameters: readonly string[]): string => [helperPath, ...parameters].map((each) => `'${each}'`).join(' ');
  const mount = quoted(mountArguments({ source: 'none', target: directory, type: 'tmpfs', flags: 2, data: 'size=64k' }));
  const script = `${mount}; grep ' ${directory} ' /proc/self/mountinfo; ${quoted(umountArguments(directory, 0))}`;
  const { stdout } = spawnSync('unshare', ['--mount', 'sh', '-c', script]);
  t.match(stdout.toString(), /^0\n.* rw,nosuid,.* - tmpfs none rw,size=64k.*\n0\n$/);
});

t.test('arguments that make no sense end it with 2 and without an answer', async (t) => {
  for (const parameters of [
    [],
    ['nonsense'],
    ['check', 'x/etc'],
    ['check', ''],
    ['mount', 'a', 'b'],
    ['mount', 'none', '/', 'tmpfs', '-1', ''],
    ['mount', 'none', '/', 'tmpfs', '99999999999999999999999', ''],
    ['umount', '/', ''],
    ['stat'],
  ]) {
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
