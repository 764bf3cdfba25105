/** One mutant before its judges; the first that notices it ends the trial. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Judge, Kills, Reach } from './judges.ts';
import { likeliest, simulationFor, simulationProbe } from './judges.ts';
import type { Mutant } from './mutants.ts';
import { applied } from './operators.ts';
import type { Runner } from './program.ts';
import type { Tree } from './tree.ts';

export interface Verdict {
  readonly status: 'killed' | 'survived';
  /** Whoever noticed, and by what. */
  readonly by: string | null;
  readonly trouble: string | null;
  /** How many judges reached it. */
  readonly asked: number;
  readonly ms: number;
}

export interface Court {
  readonly tests: readonly Judge[];
  readonly reach: Reach;
  /** What checks the types; null where there is nothing that does. */
  readonly types: Judge | null;
  readonly simulationSeconds: number;
  readonly runner: Runner;
}

/** Several times what it takes without a change. */
const limitOf = (ms: number): number => 5000 + 8 * ms;
const typesLimitMs = 120_000;
/** The types cost as much as two tests, and know some that all tests let through. */
const testsBeforeTypes = 2;

export async function tryMutant(
  tree: Tree,
  mutant: Mutant,
  { tests, reach, types, simulationSeconds, runner }: Court,
  kills: Kills,
): Promise<Verdict> {
  const started = performance.now();
  let asked = 0;
  const source = readFileSync(join(tree.root, mutant.file), 'utf8');
  const text = applied(source, mutant);
  const ask = async ({ name, words }: Judge, limitMs: number): Promise<Verdict | null> => {
    asked += 1;
    const { ok, trouble } = await tree.with(mutant.file, text, () => runner.run(tree.root, words, limitMs));
    return ok ? null : { status: 'killed', by: name, trouble, asked, ms: performance.now() - started };
  };
  const askIfReached = async (judge: Judge): Promise<Verdict | null> => {
    const measured = await reach.of(tree.root, judge, mutant);
    return measured && ask(judge, limitOf(measured.ms));
  };
  // Whether the types hold without any change is asked once, when they are first said not to hold with one.
  const askTypes = async (): Promise<Verdict | null> => {
    const verdict = types && (await ask(types, typesLimitMs));
    return verdict && (await reach.holds(tree.root, types, runner)) ? verdict : null;
  };
  const inOrder = likeliest(tests, mutant, kills);
  const first = inOrder.slice(0, testsBeforeTypes);
  const steps = [
    ...first.map((judge) => () => askIfReached(judge)),
    askTypes,
    ...inOrder.slice(first.length).map((judge) => () => askIfReached(judge)),
  ];
  for (const step of steps) {
    const verdict = await step();
    if (verdict) return verdict;
  }
  if (simulationSeconds > 0 && (await reach.of(tree.root, simulationProbe, mutant))) {
    const verdict = await ask(simulationFor(simulationSeconds), limitOf(simulationSeconds * 1000));
    if (verdict) return verdict;
  }
  return { status: 'survived', by: null, trouble: null, asked, ms: performance.now() - started };
}
