/** What a report is made of. */
import type { KnownFailure } from '../known.ts';
import type { Failure, Outcome } from '../outcome.ts';

export interface Result {
  readonly outcomes: readonly Outcome[];
  /** Known failures that are out of date. */
  readonly stale: readonly KnownFailure[];
  readonly seconds: number;
  /** Command of the driver; null: the suite's own. */
  readonly driver: string | null;
}

export const statuses = ['passed', 'failed', 'known', 'skipped'] as const;

export const counts = ({ outcomes }: Result): Readonly<Record<Outcome['status'], number>> => ({
  passed: outcomes.filter(({ status }) => status === 'passed').length,
  failed: outcomes.filter(({ status }) => status === 'failed').length,
  known: outcomes.filter(({ status }) => status === 'known').length,
  skipped: outcomes.filter(({ status }) => status === 'skipped').length,
});

/** Ids come first, so that whoever counts requirements finds them. */
export const titleOf = ({ path, title, proves }: Outcome): string => [...proves, `${path}:`, title].join(' ');

/** A failure in lines: where, what was sent, what was expected and what came. */
export const failureLines = ({ at, step, sentence, sent, expected, received, differences }: Failure): readonly string[] => [
  `${at} (${step}): ${sentence}`,
  ...(sent === null ? [] : [`sent      ${sent.trimEnd()}`]),
  ...(expected === null ? [] : [`expected  ${expected}`]),
  ...(received === null ? [] : [`received  ${received}`]),
  ...differences.map((one) => `differs   ${one.at === '' ? 'the whole' : one.at}: expected ${one.expected}, received ${one.received}`),
];

export const staleLine = ({ pattern, line }: KnownFailure): string =>
  `line ${line} of the known failures is out of date: ${pattern} names no case that fails`;
