/** How much of what is stored a command line asks for. */
import type { OptionName, Values } from '../options.ts';
import { pointInTime } from '../point-in-time.ts';
import { UsageError } from '../usage-error.ts';

export interface Range {
  /** How many of the latest records; null: all. */
  readonly most: number | null;
  /** Nobody said how many. */
  readonly isUsual: boolean;
  readonly since: string | null;
  readonly until: string | null;
  /** As it was written: a number that counts back, or an id. */
  readonly boot: string | null;
  readonly follows: boolean;
  readonly newestFirst: boolean;
}

/** Options that say it, for those who take them. */
export const rangeOptions = ['lines', 'follow', 'since', 'until', 'boot', 'reverse'] as const satisfies readonly OptionName[];

/** Whoever follows wants to see where it stands; whoever asks wants to read. */
const usualMost = { following: 10, asking: 100 };

/** `isNarrow`: other options say as well what is wanted, so that all of it is. */
export function rangeOf(values: Values, isNarrow: boolean, now = new Date()): Range {
  const { boot, follow, lines, reverse } = values;
  const follows = follow === true;
  const newestFirst = reverse === true;
  const since = values.since === undefined ? null : pointInTime('since', values.since, now);
  const until = values.until === undefined ? null : pointInTime('until', values.until, now);
  if (follows && until !== null) throw new UsageError('--follow goes on with what comes, and --until has it end; leave one out');
  if (follows && newestFirst) throw new UsageError('--follow goes on with what comes, and --reverse begins with it; leave one out');
  if (since !== null && until !== null && since >= until)
    throw new UsageError(`--since ${values.since} is not before --until ${values.until}`);
  const usual = isNarrow || since !== null || until !== null || boot !== undefined ? null : usualMost[follows ? 'following' : 'asking'];
  return {
    most: lines === undefined ? usual : mostOf(lines),
    isUsual: lines === undefined,
    since,
    until,
    boot: boot ?? null,
    follows,
    newestFirst,
  };
}

function mostOf(lines: string): number | null {
  if (lines === 'all') return null;
  if (!/^\d{1,9}$/.test(lines)) throw new UsageError(`--lines takes a number or all, not ${lines}`);
  return Number(lines);
}
