/** npm run mutate: changes the sources mechanically and shows which changes no test notices. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCoverage } from './coverage.ts';
import { readImports } from './imports.ts';
import { createReach, findTests, types } from './judges.ts';
import { known } from './known.ts';
import type { Mutant } from './mutants.ts';
import { digest, findMutants, sample } from './mutants.ts';
import { createRunner, OutOfTime } from './program.ts';
import type { Finding } from './report.ts';
import { changeText, survivors, table, verdictLine } from './report.ts';
import { openState } from './state.ts';
import type { Tree } from './tree.ts';
import { makeTree } from './tree.ts';
import { tryMutant } from './trial.ts';

const usage = `usage: npm run mutate -- [--seed N] [--sample K] [--only GLOB]... [--id ID]... [--resume]
                         [--workers N] [--within S] [--simulation S] [--list]

Each mutant is one small change of src/policy, control, exec, configuration or events, in a copy of the project below build/mutation.
The test files whose run reaches its place look at it, the likeliest first, then the types, then the simulation; the first that fails
ends the trial. What nobody noticed is printed at the end. Survivors that were judged by people are listed in test/mutation/known.ts.

  --seed N         which sample, 1 if left out
  --sample K       so many mutants; all if left out
  --only GLOB      only in these files or below this folder; may come several times
  --id ID          only this mutant; may come several times
  --resume         what was tried before, in a file that still reads the same, is not tried again
  --workers N      how many at once, 2 if left out
  --within S       what is not done after so many seconds is left out
  --simulation S   seconds of simulation for what the tests let through, 20 if left out; 0 for none
  --list           prints the mutants and tries none
`;

const options = {
  seed: { type: 'string', default: '1' },
  sample: { type: 'string' },
  only: { type: 'string', multiple: true, default: [] as string[] },
  id: { type: 'string', multiple: true, default: [] as string[] },
  resume: { type: 'boolean', default: false },
  workers: { type: 'string', default: '2' },
  within: { type: 'string' },
  simulation: { type: 'string', default: '20' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function refuse(message: string): never {
  process.stderr.write(`mutate: ${message}\n\n${usage}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  return value >= 0 ? value : refuse(`--${name} takes a number, not ${text}`);
}

const values = readArguments();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const project = join(import.meta.dirname, '../..');
const home = join(project, 'build/mutation');
const print = (text: string): void => void process.stdout.write(`${text}\n`);

const all = findMutants(project, values.only);
const picked = values.id.length > 0 ? all.filter(({ id }) => values.id.includes(id)) : all;
const mutants = sample(picked, numberOf('sample', values.sample, Infinity), numberOf('seed', values.seed, 1));
if (mutants.length === 0) refuse('no mutant is like that');
if (values.list) {
  // At once: what is on its way to a pipe would end with this program.
  writeFileSync(1, [...mutants.map(changeText), `${mutants.length} of ${all.length} mutants\n`].join('\n'));
  process.exit(0);
}

const began = performance.now();
const runner = createRunner(began + 1000 * numberOf('within', values.within, Infinity));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    runner.killAll();
    process.exit(130);
  });
}

// The copies are what is judged: the work tree may change meanwhile.
const workers = Math.max(1, numberOf('workers', values.workers, 2));
const trees = Array.from({ length: workers }, (_, at) => makeTree(project, join(home, `tree-${at + 1}`)));
const root = trees[0]?.root ?? project;
const imports = readImports(root);
const reach = createReach(imports, createCoverage(join(home, 'coverage'), imports, runner));
const state = openState(join(home, 'state.json'));
const tests = findTests(root);
const court = { tests, types, reach, runner, simulationSeconds: numberOf('simulation', values.simulation, 20) };
const contents = new Map<string, string>();
const contentOf = (file: string): string => {
  const content = contents.get(file) ?? digest(readFileSync(join(root, file), 'utf8'));
  contents.set(file, content);
  return content;
};

const findings: Finding[] = [];
const waiting = [...mutants];

async function work(tree: Tree): Promise<void> {
  const find = (mutant: Mutant, verdict: Finding['verdict']): Finding => ({
    mutant,
    verdict,
    known: known.find(({ id }) => id === mutant.id) ?? null,
  });
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const content = contentOf(mutant.file);
    const before = values.resume ? state.verdict(mutant, content) : null;
    if (before) {
      findings.push(find(mutant, before));
      continue;
    }
    const verdict = await tryMutant(tree, mutant, court, state.kills).catch((error: unknown) => {
      if (error instanceof OutOfTime) return null;
      throw error;
    });
    if (verdict === null) {
      waiting.unshift(mutant);
      return;
    }
    state.record(mutant, content, verdict);
    findings.push(find(mutant, verdict));
    print(`${findings.length}/${mutants.length} ${verdictLine(find(mutant, verdict))}`);
  }
}

await Promise.all(trees.map(work)).finally(() => runner.killAll());

const unnoticed = survivors(findings);
if (unnoticed !== '') print(`\nNobody noticed:\n${unnoticed}`);
const ids = new Set(findMutants(project).map(({ id }) => id));
for (const { id, change } of known) if (!ids.has(id)) print(`known.ts: there is no ${id} any more: ${change}`);
for (const name of reach.unfit) print(`${name} fails without any change, and judged nothing`);
print(`\n${table(findings)}`);
if (waiting.length > 0) print(`${waiting.length} were not done in ${values.within} s`);
print(`${((performance.now() - began) / 1000).toFixed(0)} s, seed ${values.seed}, ${all.length} mutants in all`);
