/** Parts of an answer of eventd in the order in which people read them, and as many records as they asked for. */
import type { EventEntry, LogEntry } from '../../../gen/output/types.ts';
import type { Range } from './range.ts';

type Entry = LogEntry | EventEntry;

interface Part<E extends Entry> {
  readonly entries: readonly E[];
  readonly caught_up: boolean;
  /** Something that was asked for is not for the caller. */
  readonly left_out?: boolean | undefined;
}

export interface Showing<E extends Entry> {
  readonly range: Pick<Range, 'most' | 'follows' | 'newestFirst'>;
  /** What eventd does not look at itself; null: it has looked at all. */
  readonly isSought: ((entry: E) => boolean) | null;
  print(entries: readonly E[]): void;
  /** All that was stored is shown, but for what the caller may not read, where there is such. */
  caughtUp(hasLeftOut: boolean): Promise<void>;
}

/** What is to be asked of eventd so that `showParts` gets what it needs. The latest ones are told from the newest back. */
export const partsAsked = ({ most, follows, newestFirst }: Range, isFiltered: boolean) => ({
  ...(most === null || isFiltered ? {} : { most }),
  ...(newestFirst || (most !== null && !(follows && isFiltered)) ? { order: 'newest' as const } : {}),
  ...(follows ? { follow: true } : {}),
});

const isRecord = ({ kind }: Entry): boolean => kind !== 'gap';

export async function showParts<E extends Entry>(
  parts: AsyncIterable<Part<E>>,
  { range, isSought, print, caughtUp }: Showing<E>,
): Promise<void> {
  const { most, follows, newestFirst } = range;
  // They come from the newest back, or nobody knows yet which will be the latest.
  const turns = most !== null && !newestFirst && !follows;
  // Those that were are shown together, below one another.
  const keeps = most !== null && follows;
  let kept: E[] = [];
  let left = most ?? Number.POSITIVE_INFINITY;
  let isPast = true;
  let hasLeftOut = false;
  for await (const { entries, caught_up: isCaughtUp, left_out: leftOut } of parts) {
    hasLeftOut ||= leftOut === true;
    const wanted = isSought === null ? entries : entries.filter((entry) => entry.kind === 'gap' || isSought(entry));
    if (turns) {
      const taken = first(wanted, left);
      left -= taken.filter(isRecord).length;
      kept.push(...taken);
    } else if (keeps && isPast) kept = isSought === null ? kept.concat(wanted) : latest([...kept, ...wanted], most);
    else if (follows) print(wanted);
    else {
      const taken = first(wanted, left);
      left -= taken.filter(isRecord).length;
      print(taken);
    }
    if (isCaughtUp && isPast && follows) {
      print(kept);
      kept = [];
      isPast = false;
      await caughtUp(hasLeftOut);
    }
    if (!follows && left === 0) break;
  }
  print(turns ? kept.reverse() : kept);
  if (isPast) await caughtUp(hasLeftOut);
}

/** So many records from the beginning, with the gaps before and between them. */
function first<E extends Entry>(entries: readonly E[], most: number): readonly E[] {
  let count = 0;
  const last = entries.findIndex((entry) => isRecord(entry) && ++count === most);
  return most === 0 ? [] : last < 0 ? entries : entries.slice(0, last + 1);
}

function latest<E extends Entry>(entries: E[], most: number): E[] {
  let count = 0;
  const before = entries.findLastIndex((entry) => isRecord(entry) && ++count > most);
  return entries.slice(before + 1);
}
