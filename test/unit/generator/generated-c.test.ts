/** What is printed for C of the tiny schema compiles beside the library, with all warnings as errors. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { compile, fixtures, generate, project } from './support.ts';

const root = 'clients/c/generated/';
const skip = spawnSync('gcc', ['--version']).status === 0 ? false : 'NO C COMPILER: gcc is missing';

t.test('the types, tables and functions for C compile without a warning', { skip }, async (t) => {
  const home = t.testdir({});
  const printed = generate(compile(join(fixtures, 'tiny')), (name) => name.startsWith('peinit/') && !name.startsWith('peinit/options/'));
  for (const [path, content] of printed) {
    if (!path.startsWith(root)) continue;
    const file = join(home, path.slice(root.length));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const library = join(project, 'clients/c');
  const words = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror', `-I${library}/include`, `-I${home}`, `-I${library}/src`];
  for (const name of ['tables.c', 'commands.c']) {
    const { status, stderr } = spawnSync('gcc', [...words, '-fsyntax-only', join(home, name)], { encoding: 'utf8' });
    t.equal(stderr, '', name);
    t.equal(status, 0, name);
  }
});
