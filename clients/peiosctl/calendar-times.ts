/** The next times of a calendar expression, and what a change of the clock takes out of them. */
import type { CalendarExpression } from '../../src/policy/calendar/expression.ts';
import { weekdayNames } from '../../src/policy/calendar/expression.ts';
import type { Label } from '../../src/policy/calendar/label.ts';
import { nextLabel } from '../../src/policy/calendar/label.ts';
import { nextOccurrence } from '../../src/policy/calendar/next.ts';

/** Nanoseconds since the epoch. */
export type Instant = Parameters<typeof nextOccurrence>[1];

export interface Occurrence {
  readonly at: Instant;
  /** Times of the wall clock between the one before and this one that do not come: the first, the last and how many. */
  readonly skipped: { readonly first: string; readonly last: string; readonly count: number } | null;
}

/** At most so many, strictly after `now`; fewer: then never again. */
export function occurrences(expression: CalendarExpression, now: Instant, machineZone: string, most: number): readonly Occurrence[] {
  const zone = expression.zone ?? machineZone;
  const found: Occurrence[] = [];
  for (let from = now; found.length < most; ) {
    const at = nextOccurrence(expression, from, machineZone);
    if (at === null) break;
    found.push({ at, skipped: skippedBetween(expression, zonedOf(from, zone), zonedOf(at, zone)) });
    from = at;
  }
  return found;
}

export const zonedOf = (at: Instant, zone: string): Temporal.ZonedDateTime => new Temporal.ZonedDateTime(at, zone);

/** `2026-12-02 09:00:00`. */
export const wallText = (at: Temporal.ZonedDateTime | Temporal.PlainDateTime): string =>
  (at instanceof Temporal.ZonedDateTime ? at.toPlainDateTime() : at).toString({ smallestUnit: 'second' }).replace('T', ' ');

/** `Wed 2026-12-02 09:00:00 +01:00`. */
export const zonedText = (at: Temporal.ZonedDateTime): string =>
  `${(weekdayNames[at.dayOfWeek - 1] ?? '').slice(0, 3)} ${wallText(at)} ${at.offset}`;

/** A whole day may be skipped, second by second: no zone did more at once. */
const mostSkipped = 86_400;

function skippedBetween(expression: CalendarExpression, from: Temporal.ZonedDateTime, to: Temporal.ZonedDateTime): Occurrence['skipped'] {
  const end = to.toPlainDateTime();
  const times: Temporal.PlainDateTime[] = [];
  const { year, month, day, hour, minute, second } = from;
  let label: Label | null = [year, month, day, hour, minute, second];
  while (times.length < mostSkipped) {
    label = nextLabel(expression, label);
    if (label === null) break;
    const wall = new Temporal.PlainDateTime(...label);
    if (Temporal.PlainDateTime.compare(wall, end) >= 0) break;
    // One that is there comes before `from`, in an hour that is repeated.
    if (!wall.toZonedDateTime(from.timeZoneId, { disambiguation: 'earlier' }).toPlainDateTime().equals(wall)) times.push(wall);
  }
  const [first, last] = [times[0], times.at(-1)];
  return first === undefined || last === undefined ? null : { first: wallText(first), last: wallText(last), count: times.length };
}
