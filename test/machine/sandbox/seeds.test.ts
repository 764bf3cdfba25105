import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cannotRun, freshName, machineCgroups, project, standInRuntime, start, temporaryDirectory } from './sandbox.ts';

t.test('registry files of a sandbox', { skip: cannotRun }, async (t) => {
  const runtime = standInRuntime(t);
  const directory = temporaryDirectory(t);
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  // A store of the test's own, whatever the host has in its place.
  const bare = temporaryDirectory(t);
  const ownStore = 'var/lib/registryd-of-test';
  mkdirSync(join(bare, ownStore), { recursive: true });
  symlinkSync('registryd-of-test', join(bare, 'var/lib/registryd'));
  /** Where a kept machine remembers what was imported. */
  const stamps = (keep: string): string[] =>
    existsSync(keep)
      ? readdirSync(keep, { recursive: true, encoding: 'utf8' }).flatMap((path) =>
          path.endsWith('seeds.sha256') ? [join(keep, path)] : [],
        )
      : [];
  const run = (words: readonly string[], options = {}) =>
    start(t, ['--layer', bare, '--runtime', runtime, '--project', project, ...words], options).ended;
  const store = ['--', 'cat', '/var/lib/registryd/machine.db'];

  t.test(
    'are imported in one go before PID 1 starts: base.yaml first, then the given ones in their order, under the names given',
    async (t) => {
      const second = file('second.json', '{"b": 2}');
      file('first.yaml', 'a: 1');
      const { status, stdout } = await run(['--registry', 'first.yaml', '--registry', second, ...store], { cwd: directory });
      t.equal(status, 0);
      t.equal(
        stdout,
        `${JSON.stringify([
          { name: 'base.yaml', text: 'base: 1\n' },
          { name: 'first.yaml', text: 'a: 1' },
          { name: second, text: '{"b": 2}' },
        ])}\n`,
      );
    },
  );

  t.test('--no-base leaves base.yaml out, and without any file nothing is imported', async (t) => {
    t.equal(
      (await run(['--no-base', '--registry', file('a', 'x'), ...store])).stdout,
      `${JSON.stringify([{ name: join(directory, 'a'), text: 'x' }])}\n`,
    );
    t.match(await run(['--no-base', '--', 'ls', '-A', '/var/lib/registryd']), { status: 0, stdout: /^$/ });
  });

  t.test('may come from a pipe', async (t) => {
    const { stdout } = await run(['--no-base', '--registry', '/dev/stdin', ...store], {
      input: 'piped: 1',
      through: ['sh', '-c', 'cat | "$0" "$@"'],
    });
    t.equal(stdout, `${JSON.stringify([{ name: '/dev/stdin', text: 'piped: 1' }])}\n`);
  });

  t.test('that cannot be imported end the launcher with 2 and the import message; PID 1 is not started and nothing stays', async (t) => {
    const keep = join(temporaryDirectory(t), 'keep');
    const name = freshName();
    const { status, stdout, stderr } = await run(['--name', name, '--keep', keep, '--registry', file('bad.yaml', 'broken')]);
    t.equal(status, 2);
    t.equal(stdout, '');
    t.match(stderr, new RegExp(`^${directory}/bad.yaml:1: Machine\\\\Broken: it says so\n`));
    t.strictSame(stamps(keep), []);
    t.strictSame(
      machineCgroups().filter((cgroup) => cgroup.includes(name)),
      [],
    );
  });

  t.test('that cannot be read are named, with 2, before anything is made', async (t) => {
    t.match(await run(['--registry', '/no/such/file']), {
      status: 2,
      stderr: /cannot open the registry file \/no\/such\/file: No such file or directory/,
    });
    t.match(await run(['--registry', directory]), { status: 2, stderr: /cannot read the registry file .*: Is a directory/ });
  });

  t.test(
    'are not imported again into a kept store that holds the same, and are when one byte, the order or the store has changed',
    async (t) => {
      const keep = join(temporaryDirectory(t), 'keep');
      const [one, two] = [file('one', '1'), file('two', '2')];
      const importsAfter = async (...files: string[]) =>
        (await run(['--keep', keep, ...files.flatMap((name) => ['--registry', name]), ...store])).stdout.trim().split('\n').length;
      t.equal(await importsAfter(one, two), 1);
      t.equal(await importsAfter(one, two), 1, 'the same');
      writeFileSync(two, '3');
      t.equal(await importsAfter(one, two), 2, 'other content');
      t.equal(await importsAfter(two, one), 3, 'other order');
      const [stamp = ''] = stamps(keep);
      t.match(readFileSync(stamp, 'utf8'), /^[0-9a-f]{64}$/);
      t.equal((await run(['--keep', keep, '--', 'rm', '/var/lib/registryd/machine.db'])).status, 0);
      t.equal(await importsAfter(two, one), 1, 'no store');
    },
  );

  t.test('go into the real registry: what registryd exports inside is what was given', async (t) => {
    execFileSync('sh', [join(project, 'bin/build-runtime')]);
    const real = standInRuntime(t);
    for (const part of readdirSync(join(project, 'build/runtime')))
      if (part !== 'node' && part !== 'peinit.mjs' && !part.startsWith('.'))
        cpSync(join(project, 'build/runtime', part), join(real, part), { recursive: true });
    const seed = file('site.yaml', 'Machine\\System\\Services\\web:\n  ImagePath: /usr/bin/web\n');
    const registryd = ['/usr/lib/peinit/node', '/usr/lib/peinit/registryd.mjs'];
    const words = ['--layer', bare, '--runtime', real, '--project', project, '--registry', seed];
    const { status, stdout, stderr } = await start(t, [...words, '--', ...registryd, '--export', '--format', 'json']).ended;
    t.equal(status, 0, stderr);
    t.match(JSON.parse(stdout), {
      'Machine\\System\\Services': { SchemaVersion: 1 },
      'Machine\\System\\Services\\web': { ImagePath: '/usr/bin/web' },
    });
    const bad = await start(t, ['--layer', bare, '--runtime', real, '--registry', file('bad.yaml', 'Machine\\X:\n  Value: {hex: "zz"}\n')])
      .ended;
    t.equal(bad.status, 2);
    t.match(bad.stderr, new RegExp(`^${directory}/bad.yaml:2: `));
  });
});
