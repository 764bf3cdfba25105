/** The lint rule .ci/biome/match-takes-no-list.grit, and what is used instead of match. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { matchEach, ofKind, only } from '../../support/lists.ts';

const project = resolve(import.meta.dirname, '../../..');

/** The statements that the rule refuses, by their number. */
function refused(t: Test, ...statements: readonly string[]): readonly number[] {
  const directory = t.testdir({
    'biome.json': JSON.stringify({ root: true, plugins: [resolve(project, '.ci/biome/match-takes-no-list.grit')] }),
    'some.test.ts': `${statements.join(';\n')};\n`,
  });
  const { stdout } = spawnSync(
    resolve(project, 'node_modules/.bin/biome'),
    ['lint', '--only=plugin', '--reporter=github', 'some.test.ts'],
    {
      cwd: directory,
      encoding: 'utf8',
    },
  );
  return [...stdout.matchAll(/title=plugin,.*?line=(\d+)/g)].map(([, line]) => Number(line));
}

t.test('a list in what match expects is refused, at any depth; match without one is not', async (t) => {
  const fine = ['t.match(a, { b: 1 })', 'text.match(/[a-z]/)?.[0]', "t.match([a], 'x', 'of ' + [1])", 'matchEach(t, a, [/x/, { b: 1 }])'];
  const bad = ['t.match(a, [])', 't.match(a, { b: [1] })', "s.match(a, { b: { c: [] } }, 'x')", 'matchEach(t, a, [/x/, { b: [] }])'];
  t.strictSame(refused(t, ...fine, ...bad), [5, 6, 7, 8]);
});

t.test('only keeps the members named, of an object or of each in a list', async (t) => {
  t.strictSame(only({ a: 1, b: [2], c: 3 }, 'a', 'b'), { a: 1, b: [2] });
  t.strictSame(only([{ a: 1, b: 2 }, { a: 3 }], 'b'), [{ b: 2 }, {}]);
  t.strictSame(ofKind([{ kind: 'x', a: 1 }, { kind: 'y' }], 'x'), [{ kind: 'x', a: 1 }]);
});

/** How many assertions of matchEach fail. */
function failures(found: unknown, patterns: readonly unknown[]): number {
  let failed = 0;
  const count = (ok: boolean): boolean => {
    failed += ok ? 0 : 1;
    return ok;
  };
  const judge = {
    ok: (value: unknown) => count(value === true),
    equal: (one: unknown, other: unknown) => count(one === other),
    match: (value: unknown, pattern: unknown) => count(pattern instanceof RegExp && pattern.test(String(value))),
  };
  matchEach(judge as unknown as typeof t, found, patterns);
  return failed;
}

t.test('matchEach wants as many items as patterns, and each like its own', async (t) => {
  t.equal(failures(['one', 'two'], [/one/, /two/]), 0);
  t.equal(failures(['one', 'two'], [/one/]), 1, 'one too many');
  t.equal(failures(['one', 'two'], []), 1, 'none expected');
  t.equal(failures(['one'], [/one/, /two/]), 2, 'one is missing');
  t.equal(failures(['two', 'one'], [/one/, /two/]), 2, 'in another order');
  t.equal(failures(null, []), 1, 'no list');
});
