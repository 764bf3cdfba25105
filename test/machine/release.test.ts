/** What `npm run release` makes, and what dpkg makes of it in a root of its own. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import manifest from '../../package.json' with { type: 'json' };

const project = join(import.meta.dirname, '../..');
const { version } = manifest;
const names = { tarball: `peinit-${version}-linux-x64.tar.gz`, debian: `peinit_${version}_amd64.deb`, sums: 'SHA256SUMS' } as const;
const has = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
const busybox = has('busybox') ? 'busybox' : join(project, '.cache/tools/bin/busybox');
const mandoc = has('mandoc') ? 'mandoc' : join(project, '.cache/tools/bin/mandoc');
const lacking = ['gcc', 'git', 'dpkg', 'dpkg-deb', 'objdump'].find((name) => !has(name));
const skip = lacking !== undefined && `${lacking} is missing`;
t.setTimeout(580_000);

/** Not now, and not the time of a commit. */
const time = '1700000000';

function run(program: string, words: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): string {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', maxBuffer: 1 << 26, ...options });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** The sources, as they are here, in another place, with what npm has installed. */
function copyOfSources(to: string): void {
  for (const path of run('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: project }).split('\0')) {
    // A directory in the list is a link to one: .cache.
    if (path === '' || !statSync(join(project, path), { throwIfNoEntry: false })?.isFile()) continue;
    mkdirSync(dirname(join(to, path)), { recursive: true });
    copyFileSync(join(project, path), join(to, path));
  }
  run('cp', ['-al', join(project, 'node_modules'), join(to, 'node_modules')]);
}

function release(directory: string, env: NodeJS.ProcessEnv, umask: string): string {
  copyOfSources(directory);
  run('sh', ['-c', `umask ${umask}; sh bin/release`], { cwd: directory, env: { ...process.env, SOURCE_DATE_EPOCH: time, ...env } });
  return join(directory, 'build/release');
}

/** Links to files reach over no border of file systems, so it is below the project. */
function place(t: Test): string {
  mkdirSync(join(project, 'build'), { recursive: true });
  const made = mkdtempSync(join(project, 'build/release-test-'));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A root with dpkg's own files and a shell, and nothing else. */
function emptyRoot(t: Test): string {
  const root = mkdtempSync(join(tmpdir(), 'peinit-release-test-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  for (const each of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'bin', 'sbin']) mkdirSync(join(root, each), { recursive: true });
  writeFileSync(join(root, 'var/lib/dpkg/status'), '');
  writeFileSync(join(root, 'sbin/init'), 'the old init\n');
  copyFileSync(run('sh', ['-c', `command -v ${busybox}`]).trim(), join(root, 'bin/busybox'));
  for (const name of ['sh', 'rm']) copyFileSync(join(root, 'bin/busybox'), join(root, 'bin', name));
  return root;
}

const filesOf = (root: string): readonly string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length))
    .sort();

t.test('a release', { skip }, async (t) => {
  const directory = place(t);
  const first = release(join(directory, 'one'), { TZ: 'UTC', LC_ALL: 'C' }, '022');
  const second = release(join(directory, 'two/deeper'), { TZ: 'Asia/Tokyo', LC_ALL: 'C.UTF-8' }, '077');

  t.test('is the same bytes from another directory at another time', async (t) => {
    t.strictSame(readdirSync(first).sort(), Object.values(names).sort());
    for (const name of Object.values(names)) t.ok(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), name);
    run('sha256sum', ['-c', names.sums], { cwd: first });
  });
  t.test('has the same files in the tarball and in the package, of root and of the time that was given', async (t) => {
    const listed = (lines: string): readonly string[] => lines.split('\n').filter((line) => line !== '');
    const tarball = listed(run('tar', ['--utc', '--full-time', '-tvzf', join(first, names.tarball)]));
    const debian = listed(run('sh', ['-c', `dpkg-deb --fsys-tarfile ${join(first, names.debian)} | tar --utc --full-time -tv`]));
    const prefix = `peinit-${version}-linux-x64/`;
    t.strictSame(
      debian.map((line) => line.replace(' ./', ' ')),
      tarball.map((line) => line.replace(` ${prefix}`, ' ')),
    );
    t.strictSame(
      tarball.filter((line) => !/^[-dl]rw[-x]r[-w][-x]r[-w][-x] root\/root +\d+ 2023-11-14 22:13:20 peinit/.test(line)),
      [],
    );
  });

  const root = emptyRoot(t);
  const before = filesOf(root);
  const debian = join(first, names.debian);
  const dpkg = (...words: string[]): string => run('dpkg', [`--root=${root}`, '--force-depends', '--force-not-root', ...words]);
  t.test('is installed beside the init that is there, and creates nothing beyond its files', async (t) => {
    dpkg('-i', debian);
    t.equal(readFileSync(join(root, 'sbin/init'), 'utf8'), 'the old init\n');
    const shipped = run('dpkg', [`--root=${root}`, '-L', 'peinit'])
      .trim()
      .split('\n');
    const further = filesOf(root).filter((path) => !before.includes(path) && !path.startsWith('/var/lib/dpkg/') && !shipped.includes(path));
    t.strictSame(further, []);
    t.equal(dpkg('--verify', 'peinit'), '');
    t.strictSame(existsSync(join(root, 'usr/local')), false);
    t.match(run(join(root, 'usr/lib/peinit/node'), ['--version']), /^v\d/);
    t.equal(readFileSync(join(root, 'usr/lib/peinit/VERSION'), 'utf8').split('\n')[0], `peinit ${version}`);
  });
  t.test('has programs that run where it is installed, and seeds that its registry takes', async (t) => {
    const library = join(root, 'usr/lib/peinit');
    const seeds = join(root, 'usr/share/peinit/seeds');
    const files = [join(library, 'base.yaml'), ...readdirSync(seeds).map((name) => join(seeds, name))];
    const store = join(root, 'var/lib/registryd');
    const registryd = [join(library, 'registryd.mjs'), '--store', store];
    mkdirSync(store, { recursive: true });
    run(join(library, 'node'), [...registryd, '--import', ...files]);
    t.match(run(join(library, 'node'), [...registryd, '--export']), /login-ttyS0:\n/);
    t.match(run(join(library, 'node'), [join(library, 'peiosctl.mjs'), '--version']), new RegExp(version));
  });
  t.test('has manual pages that mandoc has nothing to say to', { skip: !has(mandoc) && 'mandoc is missing (npm run setup)' }, async (t) => {
    const pages = filesOf(join(root, 'usr/share/man')).filter((path) => path.endsWith('.gz'));
    t.strictSame(
      pages.map((path) => path.split('/').at(-1)),
      ['peiosctl.1.gz', 'peinit-definition.5.gz', 'peinit-settings.5.gz', 'authd.8.gz', 'eventd.8.gz', 'peinit.8.gz', 'registryd.8.gz'],
    );
    for (const path of pages) {
      const text = run('gzip', ['-dc', join(root, 'usr/share/man', path)]);
      const { stdout } = spawnSync(mandoc, ['-T', 'lint', '-W', 'warning'], { input: text, encoding: 'utf8' });
      // A page that is printed at each build has no date.
      t.strictSame(
        stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date')),
        [],
        path,
      );
    }
  });
  t.test('is removed with all of its files, and purged with what it has written', async (t) => {
    for (const each of ['var/lib/eventd', 'var/lib/peinit', '.peinit']) {
      mkdirSync(join(root, each), { recursive: true });
      writeFileSync(join(root, each, 'file'), '');
    }
    const beside = (): readonly string[] => filesOf(root).filter((path) => !before.includes(path) && !path.startsWith('/var/lib/dpkg/'));
    dpkg('--remove', 'peinit');
    t.strictSame(
      beside().filter((path) => path.startsWith('/usr/')),
      [],
    );
    t.ok(beside().includes('/var/lib/registryd/machine.db'));
    dpkg('--purge', 'peinit');
    t.strictSame(beside(), []);
  });
});
