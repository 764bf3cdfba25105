import type { Bounds, CalendarExpression, Range } from './expression.ts';
import { bounds, weekdayNames } from './expression.ts';

/**
 * The normal form: fields of the same values give the same text however they were written, and reading it again gives the same expression.
 */
export function formatCalendar(expression: CalendarExpression): string {
  const { weekdays, years, months, days, daysFromEnd, hours, minutes, seconds, zone } = expression;
  const date = `${formatYears(years)}-${formatValues(months, bounds.month)}${daysFromEnd ? '~' : '-'}${formatValues(days, bounds.day)}`;
  const time = [formatValues(hours, bounds.hour), formatValues(minutes, bounds.minute), formatValues(seconds, bounds.second)].join(':');
  return [weekdays === null ? null : formatWeekdays(weekdays), date, time, zone].filter((part) => part !== null).join(' ');
}

const two = (value: number): string => String(value).padStart(2, '0');

function formatWeekdays(days: readonly number[]): string {
  const name = (day: number): string => (weekdayNames[day - 1] ?? '').slice(0, 3);
  return runs(days)
    .map(([first, last]) => (first === last ? name(first) : `${name(first)}..${name(last)}`))
    .join(',');
}

function formatValues(values: readonly number[], field: Bounds): string {
  if (values.length === field.max - field.min + 1) return '*';
  return runs(values)
    .map(([first, last]) => (first === last ? two(first) : `${two(first)}..${two(last)}`))
    .join(',');
}

function formatYears(ranges: readonly Range[]): string {
  const { min, max } = bounds.year;
  const [only] = ranges;
  if (only !== undefined && only.first === min && only.last === max && only.step === 1) return '*';
  return ranges
    .map(({ first, last, step }) => {
      if (first === last) return String(first);
      return step === 1 ? `${first}..${last}` : `${first}..${last}/${step}`;
    })
    .join(',');
}

/** Neighbouring values together: [first, last] of each run. */
function runs(values: readonly number[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const value of values) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === value - 1) last[1] = value;
    else found.push([value, value]);
  }
  return found;
}
