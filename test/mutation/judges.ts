/** Who may notice a mutant: test files whose run reaches its place, the types, and the simulation. */
import { globSync } from 'node:fs';
import type { Coverage, Measured } from './coverage.ts';
import { reaches } from './coverage.ts';
import type { Imports } from './imports.ts';
import type { Mutant } from './mutants.ts';
import type { Runner } from './program.ts';

export interface Judge {
  readonly name: string;
  readonly words: readonly string[];
  /** The file whose imports say what it can reach. */
  readonly file: string;
}

const testJudge = (file: string): Judge => ({ name: file, words: ['node', file], file });
/** Checks what no run shows, as a case that a `never` misses. */
export const types: Judge = { name: 'types', words: ['node_modules/.bin/tsc', '-p', '.'], file: '' };

const simulationFile = 'test/simulation/run.ts';
export const simulationFor = (seconds: number): Judge => ({
  name: 'simulation',
  words: ['node', simulationFile, '--seed', '1', '--seconds', String(seconds)],
  file: simulationFile,
});
/** Long enough to show what the simulation reaches. */
export const simulationProbe: Judge = simulationFor(4);

/** The simulation's own test is left out: the simulation itself judges for as long as there is time. */
export const findTests = (root: string): readonly Judge[] =>
  globSync(['test/unit/**/*.test.ts', 'test/simulation/*/**/*.test.ts'], { cwd: root }).sort().map(testJudge);

/** How often a judge was the one that noticed, for all rooms and for a file. */
export interface Kills {
  readonly byJudge: Readonly<Record<string, number>>;
  /** By `judge file`. */
  readonly byFile: Readonly<Record<string, number>>;
}

const partsInCommon = (one: string, other: string): number => {
  const [ours, theirs] = [one.split('/').slice(1), other.split('/').slice(2)];
  return ours.filter((part, at) => part.replace('.ts', '') === theirs[at]?.replace('.test.ts', '')).length;
};

/** The likeliest first, by what it noticed before and by its name: `policy/stop.test.ts` knows most of `policy/stop.ts`. */
export function likeliest(judges: readonly Judge[], { file }: Mutant, { byJudge, byFile }: Kills): readonly Judge[] {
  const rank = ({ name }: Judge): number =>
    10 * (byFile[`${name} ${file}`] ?? 0) + (byJudge[name] ?? 0) + 4 * partsInCommon(file, name) ** 2;
  return judges.filter((judge) => judge.file !== '').sort((one, other) => rank(other) - rank(one));
}

export interface Reach {
  /** The measured run of a judge that reaches the mutant; null if it does not, or fails without any change. */
  of(root: string, judge: Judge, mutant: Mutant): Promise<Measured | null>;
  /** Whether a judge is content without any change; asked once. */
  holds(root: string, judge: Judge, runner: Runner): Promise<boolean>;
  /** Judges that fail without any change. */
  readonly unfit: ReadonlySet<string>;
}

export function createReach(imports: Imports, coverage: Coverage): Reach {
  const unfit = new Set<string>();
  const held = new Map<string, Promise<boolean>>();
  return {
    unfit,
    holds(root, { name, words }, { run }) {
      const known = held.get(name);
      if (known) return known;
      const asked = run(root, words, 120_000).then(({ ok }) => {
        if (!ok) unfit.add(name);
        return ok;
      });
      held.set(name, asked);
      return asked;
    },
    async of(root, judge, mutant) {
      if (!imports.closure(judge.file).includes(mutant.file)) return null;
      const measured = await coverage.measure(root, judge.file, judge.words);
      if (!measured.ok) unfit.add(judge.name);
      return measured.ok && reaches(measured, mutant.file, mutant.place) ? measured : null;
    },
  };
}
