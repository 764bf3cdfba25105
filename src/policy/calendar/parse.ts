import type { Parsed } from '../definition/problem.ts';
import { bad, good, oneOf, quote } from '../definition/problem.ts';
import type { Bounds, CalendarExpression, Range } from './expression.ts';
import { bounds, shortcuts, weekdayNames } from './expression.ts';
import { joined, parseRanges, valuesOf } from './field.ts';

type Fields = { -readonly [Name in keyof CalendarExpression]: CalendarExpression[Name] };

/** What an expression means that leaves everything out. TMR-008. */
const everything = (): Fields => ({
  weekdays: null,
  years: [{ first: bounds.year.min, last: bounds.year.max, step: 1 }],
  months: all(bounds.month),
  days: all(bounds.day),
  daysFromEnd: false,
  hours: [0],
  minutes: [0],
  seconds: [0],
  zone: null,
});

const all = ({ min, max }: Bounds): readonly number[] => Array.from({ length: max - min + 1 }, (_, at) => min + at);

const example = 'Write DayOfWeek Year-Month-Day Hour:Minute:Second Timezone, such as Mon..Fri *-*-* 09:00:00, or a shortcut such as daily.';

/** Reads an expression or a shortcut; what is wrong is said in words that follow the name of the entry. PSD-007 9.1. */
export function parseCalendar(text: string): Parsed<CalendarExpression> {
  const words = text.split(/[ \t]+/).filter((word) => word !== '');
  const [first] = words;
  if (first === undefined) return bad('is empty', example);
  const shortcut = Object.hasOwn(shortcuts, first.toLowerCase()) ? shortcuts[first.toLowerCase()] : undefined;
  if (shortcut !== undefined) return parseWords([...shortcut.split(' '), ...words.slice(1)]);
  return parseWords(words);
}

function parseWords(words: readonly string[]): Parsed<CalendarExpression> {
  const fields = everything();
  const rest = [...words];
  const parts: readonly Part[] = [weekdayPart, datePart, timePart, zonePart];
  for (const part of parts) {
    const [word] = rest;
    if (word === undefined || !part.takes(word, rest.length)) continue;
    rest.shift();
    const problem = part.read(word, fields);
    if (problem !== null) return problem;
  }
  const [left] = rest;
  if (left !== undefined) return bad(`has ${quote(left)} where nothing more can stand`, example);
  if (fields.days.length === bounds.day.max) fields.daysFromEnd = false;
  return good(fields);
}

interface Part {
  readonly takes: (word: string, wordsLeft: number) => boolean;
  /** Null: read into the fields. */
  readonly read: (word: string, fields: Fields) => Parsed<never> | null;
}

const hasWeekday = /^(?:mon|tue|wed|thu|fri|sat|sun)/i;

const weekdayPart: Part = {
  takes: (word, wordsLeft) => (hasWeekday.test(word) && !word.includes('/')) || (word === '*' && wordsLeft > 1),
  read(word, fields) {
    if (word === '*') return null;
    const values = new Set<number>();
    for (const item of word.split(',')) {
      if (item === '') return bad('has an empty item in its days of the week', 'Remove the comma, or write a day.');
      const [from, to, more] = item.split('..');
      const [first, last] = [weekdayNumber(from ?? ''), weekdayNumber(to ?? from ?? '')];
      if (first === null || last === null || more !== undefined)
        return bad(
          `has the day of the week ${quote(item)}, which does not exist`,
          `Write ${oneOf(weekdayNames.map((name) => name.slice(0, 3)))}.`,
        );
      if (last < first)
        return bad(
          `has the reversed range ${quote(item)} of days of the week`,
          'Write the earlier day first; a range does not wrap around.',
        );
      for (let day = first; day <= last; day++) values.add(day);
    }
    const days = [...values].sort((a, b) => a - b);
    fields.weekdays = days.length === weekdayNames.length ? null : days;
    return null;
  },
};

function weekdayNumber(text: string): number | null {
  const folded = text.toLowerCase();
  const at = weekdayNames.findIndex((name) => folded === name.toLowerCase() || folded === name.slice(0, 3).toLowerCase());
  return at < 0 ? null : at + 1;
}

const datePart: Part = {
  takes: (word) => /^[\d*]/.test(word) && !word.includes(':'),
  read(word, fields) {
    const match = /^(?:([^-~]*)-)?([^-~]*)([-~])([^-~]*)$/.exec(word);
    if (match === null)
      return bad(
        `has ${quote(word)} where a date should be`,
        'Write Year-Month-Day, or Year-Month~Day to count from the end of the month.',
      );
    const [, year, month = '', separator, day = ''] = match;
    fields.daysFromEnd = separator === '~';
    return (
      readInto(year ?? '*', bounds.year, false, (ranges) => {
        fields.years = joined(ranges);
      }) ??
      readInto(month, bounds.month, false, (ranges) => {
        fields.months = valuesOf(ranges);
      }) ??
      readInto(day, bounds.day, fields.daysFromEnd, (ranges) => {
        fields.days = valuesOf(ranges);
      })
    );
  },
};

const timePart: Part = {
  takes: (word) => /^[\d*]/.test(word) && word.includes(':'),
  read(word, fields) {
    const [hour = '', minute = '', second = '00', more] = word.split(':');
    if (more !== undefined) return bad(`has ${quote(word)} where a time should be`, 'Write Hour:Minute or Hour:Minute:Second.');
    return (
      readInto(hour, bounds.hour, false, (ranges) => {
        fields.hours = valuesOf(ranges);
      }) ??
      readInto(minute, bounds.minute, false, (ranges) => {
        fields.minutes = valuesOf(ranges);
      }) ??
      readInto(second, bounds.second, false, (ranges) => {
        fields.seconds = valuesOf(ranges);
      })
    );
  },
};

function readInto(text: string, field: Bounds, fromEnd: boolean, take: (ranges: readonly Range[]) => void): Parsed<never> | null {
  const ranges = parseRanges(text, field, fromEnd);
  if (!ranges.ok) return ranges;
  take(ranges.value);
  return null;
}

const zonePart: Part = {
  takes: (word) => /^[A-Za-z]/.test(word),
  read(word, fields) {
    const name = zoneName(word);
    if (name === null)
      return bad(
        `has ${quote(word)}, which is neither a shortcut, a day of the week nor a time zone`,
        'Time zones are IANA names such as Europe/London or UTC.',
      );
    fields.zone = name;
    return null;
  },
};

/** The name as the zone database spells it; null: it has none such. TMR-013. */
function zoneName(name: string): string | null {
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId;
  } catch {
    return null;
  }
}
