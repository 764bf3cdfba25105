/** Which cases run, and in which order: most several at a time, then those that need the machine alone, then those that end it. */
import type { Feature } from '../../../gen/conformance/types.ts';
import { matches } from './known.ts';
import type { LoadedCase } from './load.ts';
import type { Outcome } from './outcome.ts';
import type { Setting } from './run-case.ts';
import { runCase } from './run-case.ts';

export interface Choice {
  /** Patterns of paths; empty: all. */
  readonly only: readonly string[];
  readonly without: ReadonlySet<Feature>;
  readonly parallel: number;
}

export const chosen = (cases: readonly LoadedCase[], only: readonly string[]): readonly LoadedCase[] =>
  only.length === 0 ? cases : cases.filter(({ path }) => only.some((pattern) => matches(pattern, path)));

/** Outcomes in the order of the cases; each is told as soon as it is there. */
export async function runAll(
  cases: readonly LoadedCase[],
  setting: Setting,
  { without, parallel }: Choice,
  tell: (outcome: Outcome) => void,
): Promise<readonly Outcome[]> {
  const outcomes = new Map<LoadedCase, Outcome>();
  const finish = (loaded: LoadedCase, outcome: Outcome): void => {
    outcomes.set(loaded, outcome);
    tell(outcome);
  };
  const able = cases.filter((loaded) => {
    const missing = [...loaded.needs].filter((feature) => without.has(feature));
    const { path, case: one } = loaded;
    if (missing.length > 0)
      finish(loaded, {
        path,
        title: one.title,
        proves: one.proves,
        ms: 0,
        status: 'skipped',
        reason: `left out: ${missing.join(', ')}`,
      });
    return missing.length === 0;
  });
  const batch = async (some: readonly LoadedCase[], workers: number): Promise<void> => {
    const waiting = [...some];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) finish(next, await runCase(next, setting));
    };
    await Promise.all(Array.from({ length: workers }, work));
  };
  const ends = ({ needs }: LoadedCase): boolean => needs.has('shutdown');
  const isAlone = ({ case: one }: LoadedCase): boolean => one.alone === true;
  await batch(
    able.filter((one) => !ends(one) && !isAlone(one)),
    parallel,
  );
  await batch(
    able.filter((one) => !ends(one) && isAlone(one)),
    1,
  );
  await batch(able.filter(ends), 1);
  return cases.flatMap((loaded) => outcomes.get(loaded) ?? []);
}
