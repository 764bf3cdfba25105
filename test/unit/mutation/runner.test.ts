/** The parts of the mutation runner: ids, the sample, coverage, programs, and one trial of a tiny project. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { createCoverage, reaches } from '../../mutation/coverage.ts';
import { readImports } from '../../mutation/imports.ts';
import { createReach, findTests, likeliest } from '../../mutation/judges.ts';
import type { Mutant } from '../../mutation/mutants.ts';
import { findMutants, mutantsOf, sample } from '../../mutation/mutants.ts';
import { createRunner, firstTrouble } from '../../mutation/program.ts';
import { table } from '../../mutation/report.ts';
import { openState } from '../../mutation/state.ts';
import { makeTree } from '../../mutation/tree.ts';
import type { Verdict } from '../../mutation/trial.ts';
import { tryMutant } from '../../mutation/trial.ts';
import { only } from '../../support/lists.ts';

const source = 'export const below = (a, b) => a < b;\nexport const unused = () => 1;\n';
const none = { byJudge: {}, byFile: {} };

t.test('an id stays when other lines change, and is another where the same line comes twice', async (t) => {
  const ids = (text: string) => mutantsOf('src/policy/x.ts', text).map(({ id }) => id);
  t.strictSame(ids(`\n// New.\n${source}`), ids(source));
  const twice = ids('f();\nf();\n');
  t.equal(new Set(twice).size, 2);
  t.strictSame(ids('f();\n'), twice.slice(0, 1));
  t.strictSame(only(mutantsOf('x', '  if (a)\n    f();\n').slice(-1), 'line', 'before', 'after'), [
    { line: 2, before: 'f();', after: '{}' },
  ]);
});

t.test('a sample is the same for the same seed, and changes little with the code', async (t) => {
  const mutants = mutantsOf('x.ts', Array.from({ length: 50 }, (_, at) => `f(${at * 7});`).join('\n'));
  const ids = (list: readonly Mutant[], seed: number) => sample(list, 10, seed).map(({ id }) => id);
  t.strictSame(ids([...mutants].reverse(), 1), ids(mutants, 1));
  t.notSame(ids(mutants, 2), ids(mutants, 1));
  const without = mutants.filter(({ id }) => id !== ids(mutants, 1)[0]);
  t.strictSame(ids(without, 1).slice(0, 9), ids(mutants, 1).slice(1));
});

t.test('the innermost range around a place says whether it was reached, by any process', async (t) => {
  const files = {
    'a.ts': [
      [
        [0, 100, 1],
        [10, 50, 1],
        [20, 30, 0],
      ],
      [
        [0, 100, 1],
        [10, 50, 0],
      ],
    ],
  } as const;
  const measured = { ok: true, ms: 1, files };
  t.strictSame(
    [5, 15, 25, 30].map((place) => reaches(measured, 'a.ts', place)),
    [true, true, false, true],
  );
  t.notOk(reaches(measured, 'b.ts', 5));
});

t.test('the first failed assertion is told, or how the program ended', async (t) => {
  t.equal(firstTrouble('ok 1 - a\n    not ok 2 - b is c # time=3ms\nnot ok 1 - outer\n', 'ended'), 'b is c');
  t.equal(firstTrouble('x\nTypeError: y\n', 'it ended with 1'), 'it ended with 1: TypeError: y');
  t.equal(firstTrouble('', 'it ended with 1'), 'it ended with 1');
});

t.test('a program that does not end in its time is ended; at the end of all time it has said nothing', async (t) => {
  const words = ['node', '-e', 'setInterval(() => undefined, 1000)'];
  t.strictSame(only(await createRunner().run('.', words, 300), 'ok', 'trouble'), { ok: false, trouble: 'it did not end in its time' });
  await t.rejects(createRunner(performance.now() + 300).run('.', words, 60_000), { message: 'out of time' });
  t.strictSame(only(await createRunner().run('.', ['node', '-e', ''], 60_000), 'ok'), { ok: true });
});

t.test('whoever noticed most of a file comes first, then whoever is named like it', async (t) => {
  const judges = ['test/unit/exec/a.test.ts', 'test/unit/policy/x.test.ts', 'test/unit/policy/y.test.ts'].map((name) => ({
    name,
    words: [],
    file: name,
  }));
  const [mutant] = mutantsOf('src/policy/x.ts', 'f();');
  const order = (kills: typeof none) => likeliest(judges, mutant as Mutant, kills).map(({ name }) => name.slice(10, -8));
  t.strictSame(order(none), ['policy/x', 'policy/y', 'exec/a']);
  t.strictSame(order({ ...none, byFile: { 'test/unit/exec/a.test.ts src/policy/x.ts': 5 } }), ['exec/a', 'policy/x', 'policy/y']);
});

/** A project with one room, one test that passes unless `below` is wrong, and one that never passes. */
function tinyProject(t: Test): string {
  const project = t.testdir({
    'package.json': '{"type":"module","imports":{"#src/*":"./src/*"}}',
    '.gitignore': 'build\nnode_modules\n',
    build: { shim: '' },
    node_modules: { '.bin': {} },
    src: { policy: { 'x.ts': source } },
    test: {
      unit: {
        'x.test.ts': "import { below } from '#src/policy/x.ts';\nif (!below(1, 2) || below(2, 2)) throw new Error('wrong');\n",
        'never.test.ts': "import '#src/policy/x.ts';\nprocess.exit(1);\n",
      },
    },
  });
  execFileSync('git', ['init', '-q'], { cwd: project });
  return project;
}

t.test('a mutant is tried in a copy by the tests that reach it; what fails without a change judges nothing', async (t) => {
  const project = tinyProject(t);
  const runner = createRunner();
  const tree = makeTree(project, join(project, 'build/mutation/tree-1'));
  const imports = readImports(tree.root);
  t.strictSame(imports.closure('test/unit/x.test.ts'), ['src/policy/x.ts', 'test/unit/x.test.ts']);
  const reach = createReach(imports, createCoverage(join(project, 'build/mutation/coverage'), imports, runner));
  const court = { tests: findTests(tree.root), reach, runner, simulationSeconds: 0, types: null };
  const verdicts: Record<string, string | null> = {};
  for (const mutant of findMutants(tree.root)) verdicts[mutant.after] = (await tryMutant(tree, mutant, court, none)).by;
  t.strictSame(verdicts, {
    'export const below = (a, b) => a <= b;': 'test/unit/x.test.ts',
    'export const below = (a, b) => a >= b;': 'test/unit/x.test.ts',
    'export const unused = () => 2;': null,
  });
  t.strictSame([...reach.unfit], ['test/unit/never.test.ts']);
  t.equal(readFileSync(join(tree.root, 'src/policy/x.ts'), 'utf8'), source, 'nothing is left of them');

  const [mutant] = findMutants(tree.root).slice(-1) as [Mutant];
  const typed = async (script: string) =>
    (await tryMutant(tree, mutant, { ...court, types: { name: script, words: ['node', '-e', script], file: '' } }, none)).by;
  const reads = "require('node:fs').readFileSync('src/policy/x.ts', 'utf8')";
  t.equal(await typed(`process.exit(${reads}.includes('=> 2') ? 1 : 0)`), `process.exit(${reads}.includes('=> 2') ? 1 : 0)`);
  t.equal(await typed('process.exit(1)'), null, 'types that never hold judge nothing');
});

const verdict = (status: Verdict['status'], by: string | null = null): Verdict => ({ status, by, trouble: null, asked: 1, ms: 5 });

t.test('a verdict is remembered for as long as its file reads the same', async (t) => {
  const path = join(t.testdir(), 'deep/state.json');
  const [mutant] = mutantsOf('src/policy/x.ts', 'f();') as [Mutant];
  openState(path).record(mutant, 'content', verdict('killed', 'a'));
  const state = openState(path);
  t.match(state.verdict(mutant, 'content'), { status: 'killed', by: 'a' });
  t.equal(state.verdict(mutant, 'other'), null);
  t.strictSame(state.kills, { byJudge: { a: 1 }, byFile: { 'a src/policy/x.ts': 1 } });
});

t.test('the table counts by part, and takes equivalents out of the rate', async (t) => {
  const [mutant] = mutantsOf('src/policy/x.ts', 'f();') as [Mutant];
  const known = { id: mutant.id, change: '', reason: '' };
  const text = table([
    { mutant, verdict: verdict('killed', 'a'), known: null },
    { mutant, verdict: verdict('survived'), known: null },
    { mutant: { ...mutant, file: 'src/exec/y.ts' }, verdict: verdict('survived'), known: { ...known, kind: 'equivalent' } },
    { mutant: { ...mutant, file: 'src/exec/y.ts' }, verdict: verdict('survived'), known: { ...known, kind: 'stays' } },
  ]);
  t.strictSame(text.split('\n'), [
    'src/exec             2 tried, 0 killed, 1 survived (100 %, 1 of them known), 1 equivalent',
    'src/policy           2 tried, 1 killed, 1 survived (50 %, 0 of them known), 0 equivalent',
    'all                  4 tried, 1 killed, 2 survived (67 %, 1 of them known), 1 equivalent',
  ]);
});
