/** What is wrong with a schema: all of it at once, each with its line and what to do about it. */
import type { Source } from './model.ts';

export interface Problem {
  readonly source: Source;
  readonly sentence: string;
}

export class SchemaError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(format(problems));
    this.name = 'SchemaError';
    this.problems = problems;
  }
}

const format = (problems: readonly Problem[]): string =>
  [...problems]
    .sort((a, b) => (a.source.file === b.source.file ? a.source.line - b.source.line : a.source.file < b.source.file ? -1 : 1))
    .map(({ source, sentence }) => `${source.file}:${source.line}: ${sentence}`)
    .join('\n');

export type Report = (source: Source, sentence: string) => void;

/** Calls `report` for every value whose key was there before. */
export function reportClashes<T>(values: Iterable<T>, keyOf: (value: T) => string | null, report: (again: T, first: T) => void): void {
  const seen = new Map<string, T>();
  for (const value of values) {
    const key = keyOf(value);
    if (key === null) continue;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, value);
    else report(value, first);
  }
}
