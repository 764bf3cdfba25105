/** Times as crontab(5) writes them, as calendar expressions. */
import { weekdayNames } from '../../src/policy/calendar/expression.ts';
import { formatCalendar } from '../../src/policy/calendar/format.ts';
import { parseCalendar } from '../../src/policy/calendar/parse.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const names: Readonly<Record<string, string>> = {
  '@hourly': 'hourly',
  '@daily': 'daily',
  '@midnight': 'daily',
  '@weekly': 'Sun *-*-* 00:00:00',
  '@monthly': 'monthly',
  '@yearly': 'yearly',
  '@annually': 'annually',
};

/**
 * What a line of cron begins with as expressions: two where it has both a day of the month and a day of the week, of which one is enough
 * for cron. Null: it is none, or none that can be said here.
 */
export function calendarOfCron(text: string): readonly string[] | null {
  const named = names[text.trim().toLowerCase()];
  if (named !== undefined) return [named];
  const words = text.trim().split(/\s+/);
  const [minute, hour, day, month, weekday] = words;
  if (words.length !== 5 || minute === undefined || hour === undefined || day === undefined || month === undefined) return null;
  const [m, h, d, mo] = [field(minute, 0), field(hour, 0), field(day, 1), field(monthNumbers(month), 1)];
  const w = weekdays(weekday ?? '');
  if (m === null || h === null || d === null || mo === null || w === null) return null;
  const time = `${h}:${m}`;
  const ofMonth = `*-${mo}-${d} ${time}`;
  const ofWeek = `${w} *-${mo}-* ${time}`;
  return normal(w === '' ? [ofMonth] : d === '*' ? [ofWeek] : [ofMonth, ofWeek]);
}

/** Null: one of them says nothing here, as a value that does not exist. */
function normal(texts: readonly string[]): readonly string[] | null {
  const read = texts.map(parseCalendar);
  const found = read.flatMap((each) => (each.ok ? [formatCalendar(each.value)] : []));
  return found.length === texts.length ? found : null;
}

const item = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/;

/** One field; null: it is none. */
function field(text: string, least: number): string | null {
  const items = text.split(',').map((each) => {
    const found = item.exec(each);
    if (found === null) return null;
    const [, first, last, step] = found;
    if (first === undefined) return step === undefined ? '*' : `${least}/${step}`;
    return `${first}${last === undefined ? '' : `..${last}`}${step === undefined ? '' : `/${step}`}`;
  });
  return items.includes(null) ? null : items.join(',');
}

const monthNumbers = (text: string): string => text.toLowerCase().replace(/[a-z]{3}/g, (name) => `${months.indexOf(name) + 1}`);

/** Days of the week; empty: each, null: it is none. */
function weekdays(text: string): string | null {
  const shorts = weekdayNames.map((name) => name.slice(0, 3));
  const numbered = text.toLowerCase().replace(/[a-z]{3}/g, (name) => `${shorts.findIndex((short) => short.toLowerCase() === name) + 1}`);
  const marked = new Set<number>();
  for (const each of numbered.split(',')) {
    const [, first, last, step = '1'] = item.exec(each) ?? [];
    if (!item.test(each) || Number(step) === 0 || Number(last ?? first ?? 0) > 7) return null;
    const [from, to] = first === undefined ? [0, 6] : [Number(first), Number(last ?? first)];
    for (let day = from; day <= to; day += Number(step)) marked.add(day % 7);
  }
  if (marked.size === 0) return null;
  return marked.size === 7 ? '' : shorts.filter((_, at) => marked.has((at + 1) % 7)).join(',');
}
