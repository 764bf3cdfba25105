/** The generated files in the tree are those of the schema, and bin/generate makes them. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { generatedRoots } from '../../../.ci/generated.ts';
import { compile, filesBelow, generate, project } from './support.ts';

const outputs = generatedRoots;

/** Printed files in the tree; gen/es is the work of another plugin. */
const inTree = (root: string): readonly string[] =>
  outputs
    .flatMap((directory) => filesBelow(join(root, directory)).map((path) => `${directory}/${path}`))
    .filter((path) => !path.startsWith('gen/es/'));

const ours = (name: string): boolean => name.startsWith('peinit/');

t.test('the files in the tree are what the generator prints now', async (t) => {
  const printed = generate(compile(join(project, 'spec')), ours);
  t.same([...printed.keys()].sort(), [...inTree(project)].sort());
  for (const [path, content] of printed) t.equal(content, readFileSync(join(project, path), 'utf8'), path);
});

t.test('the linter passes over every folder of generated code', async (t) => {
  const { includes } = (JSON.parse(readFileSync(join(project, 'biome.json'), 'utf8')) as { files: { includes: string[] } }).files;
  for (const root of generatedRoots.filter((directory) => filesBelow(join(project, directory)).some((path) => path.endsWith('.ts'))))
    t.ok(includes.includes(`!!${root}`), root);
});

t.test('the order in which schemas are named changes nothing', async (t) => {
  const files = compile(join(project, 'spec'));
  const straight = generate(files, ours);
  // Imports come before what imports them, so only neighbours that do not know each other change places: one at a time to its last possible
  // one.
  const moved = [...files];
  for (const file of files) {
    const from = moved.indexOf(file);
    const reader = moved.findIndex((other) => other.dependency.includes(file.name));
    moved.splice(from, 1);
    moved.splice(reader === -1 ? moved.length : Math.max(reader - 1, 0), 0, file);
  }
  t.notSame(
    moved.map(({ name }) => name),
    files.map(({ name }) => name),
  );
  const other = generate(moved, ours);
  for (const [path, content] of straight) t.equal(other.get(path), content, path);
});

/** What the children of a shell took, of the second line of its `times`: whoever else is at work on the machine does not count. */
function processorSeconds(times: string): number {
  const [, user = '', system = ''] = /\n(\S+) (\S+)\n$/.exec(times) ?? [];
  return [user, system].reduce((sum, text) => {
    const [, minutes, seconds] = /^(\d+)m([\d.,]+)s$/.exec(text) ?? [];
    return sum + Number(minutes) * 60 + Number(seconds?.replace(',', '.'));
  }, 0);
}

t.test('bin/generate', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'generate-'));
  t.teardown(() => rmSync(home, { recursive: true }));
  for (const path of ['bin/generate', 'buf.yaml', 'buf.gen.yaml', 'package.json', 'spec'])
    cpSync(join(project, path), join(home, path), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(home, 'node_modules'));
  const run = () =>
    spawnSync('sh', ['-c', '"$HOME/bin/generate"; status=$?; times; exit $status'], {
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home },
      encoding: 'utf8',
    });

  t.test('prints the files of the tree from any directory, whatever Node is first on PATH, in less than 10 s of a processor', async (t) => {
    const { status, stdout, stderr } = run();
    t.equal(stderr, '');
    t.ok(processorSeconds(stdout) < 10, stdout);
    t.equal(status, 0);
    t.same(inTree(home), inTree(project));
    for (const path of inTree(home)) t.equal(readFileSync(join(home, path), 'utf8'), readFileSync(join(project, path), 'utf8'), path);
  });

  t.test('removes files that the schema no longer gives', async (t) => {
    for (const directory of outputs) writeFileSync(join(home, directory, 'stale.ts'), '');
    t.equal(run().status, 0);
    for (const directory of outputs) t.notOk(existsSync(join(home, directory, 'stale.ts')), directory);
  });

  t.test('refuses a bad schema with a path an editor can open, and leaves the files as they were', async (t) => {
    const path = join(home, 'spec/peinit/control/v1/start.proto');
    const lines = readFileSync(path, 'utf8').split('\n');
    const bad = lines.findIndex((line) => line.includes('operation_id = 1'));
    lines[bad] = '  string operation_id = 1;';
    writeFileSync(path, lines.join('\n'));
    const { status, stderr } = run();
    t.not(status, 0);
    t.match(
      stderr,
      new RegExp(`^spec/peinit/control/v1/start\\.proto:${bad + 1}: field StartResponse\\.operation_id has no presence; `, 'm'),
    );
    t.same(inTree(home), inTree(project));
    for (const file of inTree(home)) t.equal(readFileSync(join(home, file), 'utf8'), readFileSync(join(project, file), 'utf8'), file);
  });
});
