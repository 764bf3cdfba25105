/** Known failures: patterns of case paths, each with its reason. A pattern that nothing which it names fails any more is an error. */

import type { Outcome } from './outcome.ts';
import { FileError } from './strict.ts';

export interface KnownFailure {
  readonly pattern: string;
  readonly reason: string;
  readonly line: number;
}

/** One a line: the pattern, blanks, the reason. Lines that begin with # are comments. Throws a FileError. */
export function parseKnown(file: string, text: string): readonly KnownFailure[] {
  const problems: string[] = [];
  const known = text.split('\n').flatMap((line, index): readonly KnownFailure[] => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [pattern = '', ...words] = line.trim().split(/\s+/);
    if (words.length === 0) problems.push(`${file}:${index + 1}: ${pattern} has no reason; write why it fails behind it`);
    return [{ pattern, reason: words.join(' '), line: index + 1 }];
  });
  if (problems.length > 0) throw new FileError(problems);
  return known;
}

/** `*` is any run of characters within a part of the path, `**` of any. */
export function matches(pattern: string, path: string): boolean {
  const expression = pattern
    .split('**')
    .map((part) => part.split('*').map(escaped).join('[^/]*'))
    .join('.*');
  return new RegExp(`^${expression}$`).test(path);
}

const escaped = (text: string): string => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');

/** Failures that are known become so. */
export const withKnown = (outcomes: readonly Outcome[], known: readonly KnownFailure[]): readonly Outcome[] =>
  outcomes.map((outcome) => {
    const reason = outcome.status === 'failed' ? known.find(({ pattern }) => matches(pattern, outcome.path))?.reason : undefined;
    return outcome.status === 'failed' && reason !== undefined ? { ...outcome, status: 'known', reason } : outcome;
  });

/** Patterns that are out of date: they name no case of the suite, or only cases that ran and did not fail. */
export const stale = (known: readonly KnownFailure[], outcomes: readonly Outcome[], paths: readonly string[]): readonly KnownFailure[] =>
  known.filter(({ pattern }) => {
    if (!paths.some((path) => matches(pattern, path))) return true;
    const ran = outcomes.filter(({ path, status }) => status !== 'skipped' && matches(pattern, path));
    const all = paths.filter((path) => matches(pattern, path)).length;
    return ran.length === all && ran.every(({ status }) => status === 'passed');
  });
