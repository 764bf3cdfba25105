/** One thing wrong with a seed file. */
export interface SeedProblem {
  /** Null: it is about the file as a whole. */
  readonly line: number | null;
  /** Key path the problem lies in; empty: none yet. */
  readonly key: string;
  /** Name of the value; null: the key itself. */
  readonly value: string | null;
  readonly message: string;
}

/** A place for a message; null: the file as a whole. */
export const placed = (file: string, line: number | null): string => (line === null ? file : `${file}:${line}`);

const shownProblems = 20;

function formatProblem(file: string, { line, key, value, message }: SeedProblem): string {
  const parts = [placed(file, line)];
  if (key !== '') parts.push(key);
  if (value !== null) parts.push(value === '' ? '(default)' : value);
  return `${parts.join(': ')}: ${message}`;
}

/** A seed file that cannot be taken; its message has a line `FILE:LINE: KEY: VALUE: what is wrong` for each problem. */
export class SeedError extends Error {
  readonly file: string;
  readonly problems: readonly SeedProblem[];

  constructor(file: string, problems: readonly SeedProblem[]) {
    const shown = problems.slice(0, shownProblems).map((problem) => formatProblem(file, problem));
    if (problems.length > shownProblems) shown.push(`${file}: and ${problems.length - shownProblems} more`);
    super(shown.join('\n'));
    this.name = 'SeedError';
    this.file = file;
    this.problems = problems;
  }
}
