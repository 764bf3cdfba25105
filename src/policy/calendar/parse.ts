import type { Parsed } from '../definition/problem.ts';
import { bad, good, oneOf, quote, within } from '../definition/problem.ts';
import type { Bounds, CalendarExpression, Range } from './expression.ts';
import { bounds, shortcuts, weekdayNames } from './expression.ts';
import { joined, parseRanges, valuesOf } from './field.ts';
import { zoneName } from './zone.ts';

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

/**
 * Reads an expression or a shortcut; what is wrong is said in words that follow the name of the entry, and where in the text it stands.
 * PSD-007 9.1.
 */
export function parseCalendar(text: string): Parsed<CalendarExpression> {
  const words = Array.from(text.matchAll(/[^ \t]+/g), (found): Word => ({ text: found[0], at: found.index }));
  const [first] = words;
  if (first === undefined) return bad('is empty', example);
  if (/^timer:/i.test(first.text)) return within(bad(`has ${quote('timer:')} before it`, 'Leave that out here.'), 'timer:', first.at);
  const name = first.text.toLowerCase();
  const shortcut = Object.hasOwn(shortcuts, name) ? shortcuts[name] : undefined;
  if (shortcut === undefined) return parseWords(words);
  return parseWords([...shortcut.split(' ').map((word) => ({ text: word, at: first.at })), ...words.slice(1)]);
}

interface Word {
  readonly text: string;
  /** Where it begins. */
  readonly at: number;
}

function parseWords(words: readonly Word[]): Parsed<CalendarExpression> {
  const fields = everything();
  const rest = [...words];
  const parts: readonly Part[] = [weekdayPart, datePart, timePart, zonePart];
  for (const part of parts) {
    const [word] = rest;
    if (word === undefined || !part.takes(word.text, rest.length)) continue;
    rest.shift();
    const problem = part.read(word.text, fields);
    if (problem !== null) return within(problem, word.text, word.at);
  }
  const [left] = rest;
  if (left !== undefined) return within(bad(`has ${quote(left.text)} where nothing more can stand`, example), left.text, left.at);
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
    let at = 0;
    for (const item of word.split(',')) {
      const range = within(parseWeekdays(item), item, at);
      if (!range.ok) return range;
      for (let [day, last] = range.value; day <= last; day++) values.add(day);
      at += item.length + 1;
    }
    const days = [...values].sort((a, b) => a - b);
    fields.weekdays = days.length === weekdayNames.length ? null : days;
    return null;
  },
};

function parseWeekdays(item: string): Parsed<readonly [first: number, last: number]> {
  if (item === '') return bad('has an empty item in its days of the week', 'Remove the comma, or write a day.');
  const [from, to, more] = item.split('..');
  const [first, last] = [weekdayNumber(from ?? ''), weekdayNumber(to ?? from ?? '')];
  if (first === null || last === null || more !== undefined)
    return bad(
      `has the day of the week ${quote(item)}, which does not exist`,
      `Write ${oneOf(weekdayNames.map((name) => name.slice(0, 3)))}.`,
    );
  if (last < first)
    return bad(`has the reversed range ${quote(item)} of days of the week`, 'Write the earlier day first; a range does not wrap around.');
  return good([first, last]);
}

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
    const monthAt = year === undefined ? 0 : year.length + 1;
    return (
      readInto(year ?? '*', 0, bounds.year, false, (ranges) => {
        fields.years = joined(ranges);
      }) ??
      readInto(month, monthAt, bounds.month, false, (ranges) => {
        fields.months = valuesOf(ranges);
      }) ??
      readInto(day, monthAt + month.length + 1, bounds.day, fields.daysFromEnd, (ranges) => {
        fields.days = valuesOf(ranges);
      })
    );
  },
};

const timePart: Part = {
  takes: (word) => /^[\d*]/.test(word) && word.includes(':'),
  read(word, fields) {
    const [hour = '', minute = '', second = '00', more] = word.split(':');
    const minuteAt = hour.length + 1;
    if (more !== undefined) return bad(`has ${quote(word)} where a time should be`, 'Write Hour:Minute or Hour:Minute:Second.');
    return (
      readInto(hour, 0, bounds.hour, false, (ranges) => {
        fields.hours = valuesOf(ranges);
      }) ??
      readInto(minute, minuteAt, bounds.minute, false, (ranges) => {
        fields.minutes = valuesOf(ranges);
      }) ??
      readInto(second, minuteAt + minute.length + 1, bounds.second, false, (ranges) => {
        fields.seconds = valuesOf(ranges);
      })
    );
  },
};

/** `at`: where the text stands in its word. */
function readInto(
  text: string,
  at: number,
  field: Bounds,
  fromEnd: boolean,
  take: (ranges: readonly Range[]) => void,
): Parsed<never> | null {
  const ranges = within(parseRanges(text, field, fromEnd), text, at);
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
