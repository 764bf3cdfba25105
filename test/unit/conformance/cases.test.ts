/** Case files: what is wrong with one is told with its line, and those that are there name requirements that exist. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseRequirements } from '../../../.ci/trace.ts';
import { matches, parseKnown, stale, withKnown } from '../../conformance/runner/known.ts';
import { loadFile, loadSuite } from '../../conformance/runner/load.ts';
import type { Outcome } from '../../conformance/runner/outcome.ts';
import type { Schema } from '../../conformance/runner/strict.ts';
import { FileError } from '../../conformance/runner/strict.ts';
import { matchEach } from '../../support/lists.ts';

const project = join(import.meta.dirname, '../../..');
const schema = JSON.parse(readFileSync(join(project, 'gen/conformance-case.schema.json'), 'utf8')) as Schema;

function problems(text: string): readonly string[] {
  try {
    loadFile('folder/file.yaml', 'file.yaml', text, schema, new Map());
    return [];
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.problems;
  }
}

const good = `about: One.
cases:
  - name: one
    title: one is one
    proves: [CTL-001]
    steps:
      - {do: ask, request: {command: list}, expect: {services: []}}
`;

t.test('a case is found by its folder, file and name, and needs what its steps do', async (t) => {
  const [loaded] = loadFile('folder/file.yaml', 'file.yaml', `${good}      - {do: become, driver: other, uid: 1}\n`, schema, new Map());
  t.equal(loaded?.path, 'folder/file/one');
  t.strictSame([...(loaded?.needs ?? [])], ['users']);
  t.equal(loaded?.line, 3);
  t.strictSame(loaded?.stepLines, [7, 8]);
});

t.test('whatever is wrong with a case file is told with file and line', async (t) => {
  t.strictSame(problems(good.replace('expect', 'expct')), [
    'file.yaml:7: element 1 of member "steps" has no member "expct"; ' +
      'it may have do, in, connection, request, expect, error, failed, timeout_ms',
  ]);
  t.strictSame(problems(good.replace(', expect: {services: []}', '')), ['file.yaml:7: ask needs exactly one of expect, error, failed']);
  matchEach(t, problems(good.replace('do: ask', 'do: aks')), [
    /^file\.yaml:7: element 1 of member "steps" needs the member "do" with one of become, /,
  ]);
  t.strictSame(problems(good.replace('    title: one is one\n', '')), [
    'file.yaml:3: element 1 of member "cases" lacks the member "title"',
  ]);
  t.strictSame(problems(good.replace('name: one', 'name: One')), [
    'file.yaml:3: member "name" is "One"; it must match ^[a-z0-9]+(-[a-z0-9]+)*$',
  ]);
  t.strictSame(problems(good.replace('[CTL-001]', 'CTL-001')), ['file.yaml:5: member "proves" is "CTL-001"; it must be a list']);
  matchEach(t, problems(good.replace('services: []', 'services: {$is: lst}')), [/^file\.yaml:7: \$is must be one of /]);
  t.strictSame(problems(good.replace('command: list', 'comand: list')), ['file.yaml:7: the request of ask names no command']);
  t.strictSame(problems(`${good}${good.slice(good.indexOf('  - name'))}`), [
    'file.yaml:8: there is a case one already; give this one another name',
  ]);
  matchEach(t, problems(`${good}about: Two.\n`), [/^file\.yaml:8: Map keys must be unique/]);
});

t.test('what an anchor names may be taken over, with members of its own over it', async (t) => {
  const step = `      - &one {do: ask, request: {command: list}, expect: {}}\n      - {<<: *one, expect: {a: 1}}\n`;
  const [loaded] = loadFile('folder/file.yaml', 'file.yaml', `${good}${step}`, schema, new Map());
  t.strictSame(loaded?.case.steps.slice(1), [
    { do: 'ask', request: { command: 'list' }, expect: {} },
    { do: 'ask', request: { command: 'list' }, expect: { a: 1 } },
  ]);
});

t.test('the cases that are there can be read, and prove requirements and decisions that exist', async (t) => {
  const requirements = parseRequirements(readFileSync(join(project, 'docs/requirements.tsv'), 'utf8'));
  const decisions = readFileSync(join(project, 'docs/decisions.md'), 'utf8');
  const { cases } = loadSuite();
  t.ok(cases.length > 0);
  for (const { path, case: one } of cases)
    for (const id of one.proves) t.ok(requirements.has(id) || decisions.includes(`| ${id} |`), `${path} proves ${id}`);
  t.equal(new Set(cases.map(({ path }) => path)).size, cases.length);
});

t.test('a pattern of paths has one star within a part and two over all', async (t) => {
  t.ok(matches('matrix/start/*', 'matrix/start/inactive'));
  t.notOk(matches('matrix/*', 'matrix/start/inactive'));
  t.ok(matches('matrix/**', 'matrix/start/inactive'));
  t.notOk(matches('matrix/start/in', 'matrix/start/inactive'));
});

const outcome = (path: string, status: 'passed' | 'failed'): Outcome => {
  const base = { path, title: '', proves: [], ms: 0 };
  const failure = { at: '', step: '', sentence: '', sent: null, expected: null, received: null, differences: [] };
  return status === 'passed' ? { ...base, status } : { ...base, status, failure, exchanges: [] };
};

t.test('a known failure needs a reason, excuses what it names, and is out of date when nothing of that fails', async (t) => {
  t.throws(() => parseKnown('known', 'a/b/c\n'), { message: 'known:1: a/b/c has no reason; write why it fails behind it' });
  const known = parseKnown('known', '# comment\n\na/b/*  not there yet\na/c/d  never was\n');
  const outcomes = withKnown([outcome('a/b/c', 'failed'), outcome('a/b/d', 'passed'), outcome('a/x/y', 'failed')], known);
  t.strictSame(
    outcomes.map(({ status }) => status),
    ['known', 'passed', 'failed'],
  );
  const lines = (paths: readonly string[], of: readonly Outcome[]): readonly number[] => stale(known, of, paths).map(({ line }) => line);
  t.strictSame(lines(['a/b/c', 'a/b/d', 'a/x/y'], outcomes), [4], 'a pattern that names no case');
  t.strictSame(
    lines(['a/b/c', 'a/c/d'], [outcome('a/b/c', 'passed'), outcome('a/c/d', 'passed')]),
    [3, 4],
    'patterns of which nothing fails',
  );
  t.strictSame(lines(['a/b/c', 'a/b/d', 'a/c/d'], [outcome('a/b/c', 'passed')]), [], 'patterns of which not all has run');
});

t.test('the skeleton of each command is a case file', async (t) => {
  const { shapes } = loadSuite();
  const skeletons = globSync('gen/conformance-skeletons/*/*.yaml', { cwd: project });
  t.ok(skeletons.length > 0);
  for (const name of skeletons) {
    const [loaded] = loadFile(name, name, readFileSync(join(project, name), 'utf8'), schema, shapes);
    t.equal(loaded?.case.steps.length, loaded?.stepLines.length, name);
  }
});
