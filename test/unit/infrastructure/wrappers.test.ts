import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const project = join(import.meta.dirname, '../../..');
const reporter =
  'console.log(JSON.stringify({ version: process.version, flags: process.execArgv, program: process.argv[1], args: ' +
  'process.argv.slice(2), options: process.env.NODE_OPTIONS ?? null }));\n';

interface Report {
  version: string;
  flags: string[];
  program: string;
  args: string[];
  options: string | null;
}

/** A project of its own with the wrappers and `programs` (path -> content), and a host whose first node on PATH is a stranger. */
function layOut(test: Pick<typeof t, 'testdir'>, programs: Record<string, string>) {
  const root = realpathSync(test.testdir({ host: {}, 'a project': { bin: { inside: {} } } }));
  const home = join(root, 'a project');
  for (const file of ['lib.sh', 'inside/flags', 'peinit', 'registryd', 'peiosctl'])
    copyFileSync(join(project, 'bin', file), join(home, 'bin', file));
  symlinkSync(join(project, 'node_modules'), join(home, 'node_modules'));
  for (const [path, content] of Object.entries(programs)) {
    mkdirSync(join(home, path, '..'), { recursive: true });
    writeFileSync(join(home, path), content);
  }
  writeFileSync(join(root, 'host/node'), '#!/bin/sh\necho the wrong node\n', { mode: 0o755 });
  for (const name of ['peinit', 'registryd', 'peiosctl']) symlinkSync(join(home, 'bin', name), join(root, 'host', name));
  const run = (name: string, args: string[], env: Record<string, string> = {}) =>
    spawnSync(join(root, 'host', name), args, {
      cwd: '/',
      encoding: 'utf8',
      env: { PATH: `${join(root, 'host')}:${process.env.PATH}`, NODE_OPTIONS: '--max-http-header-size=1', ...env },
    });
  return { home, run };
}

t.test('a wrapper reached by a link from any directory runs the bundle on the pinned Node, arguments untouched', async (t) => {
  const { home, run } = layOut(t, { 'build/runtime/peiosctl.mjs': reporter });
  const args = ['--', 'two words', '', "quote's", 'line\nbreak', '--json', '--'];
  const { stdout, stderr, status } = run('peiosctl', args);
  t.same({ stderr, status }, { stderr: '', status: 0 });
  const report = JSON.parse(stdout) as Report;
  t.same(report.args, args);
  t.match(report, { version: process.version, program: join(home, 'build/runtime/peiosctl.mjs'), options: null });
});

t.test('the daemons start without an inspector signal, and peinit is told the inherited NOFILE pair', async (t) => {
  const { run } = layOut(t, { 'build/runtime/peinit.mjs': reporter, 'build/runtime/registryd.mjs': reporter });
  const limited = JSON.parse(run('peinit', ['a.b=c']).stdout) as Report;
  t.match(limited.args[0], /^--nofile=(?:\d+|unlimited):(?:\d+|unlimited)$/);
  t.equal(limited.args[1], 'a.b=c');
  for (const report of [limited, JSON.parse(run('registryd', []).stdout) as Report]) {
    t.ok(report.flags.includes('--disable-sigusr1'));
    t.ok(report.flags.includes('--v8-pool-size=0'));
  }
});

t.test('the source is run where there is no bundle, or when asked for', async (t) => {
  const { home, run } = layOut(t, {
    'src/hosted/registryd/main.ts': reporter,
    'clients/peiosctl/main.ts': reporter,
    'build/runtime/peiosctl.mjs': reporter,
  });
  t.equal((JSON.parse(run('registryd', []).stdout) as Report).program, join(home, 'src/hosted/registryd/main.ts'));
  t.equal((JSON.parse(run('peiosctl', [], { PEINIT_FROM_SOURCE: '1' }).stdout) as Report).program, join(home, 'clients/peiosctl/main.ts'));
});

t.test('a wrapper of a project that is not set up says what to run', async (t) => {
  const { stderr, status } = layOut(t, {}).run('registryd', []);
  t.equal(status, 1);
  t.match(stderr, /neither build\/runtime\/registryd\.mjs nor src\/hosted\/registryd\/main\.ts is there; run: npm run setup/);
});
