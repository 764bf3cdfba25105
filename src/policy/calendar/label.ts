/** The search for the next wall-clock time that an expression matches, without regard to zones. */
import type { CalendarExpression, Range } from './expression.ts';

/** A wall-clock time: year, month, day, hour, minute, second. */
export type Label = readonly [number, number, number, number, number, number];

/** The smallest matching label above the given one; null: there is none. The work is bounded: see nextDate. */
export function nextLabel(expression: CalendarExpression, [year, month, day, hour, minute, second]: Label): Label | null {
  const time = nextTime(expression, hour, minute, second + 1);
  if (time !== null && matchesDay(expression, year, month, day)) return [year, month, day, ...time];
  const date = nextDate(expression, year, month, day + 1);
  const first = nextTime(expression, 0, 0, 0);
  return date === null || first === null ? null : [...date, ...first];
}

type Three = readonly [number, number, number];

/** The smallest value that is not below the given one. */
const atLeast = (values: readonly number[], least: number): number | null => values.find((value) => value >= least) ?? null;

function nextTime({ hours, minutes, seconds }: CalendarExpression, hour: number, minute: number, second: number): Three | null {
  const [firstMinute = 0] = minutes;
  const [firstSecond = 0] = seconds;
  const sameHour = hours.includes(hour);
  if (sameHour && minutes.includes(minute)) {
    const next = atLeast(seconds, second);
    if (next !== null) return [hour, minute, next];
  }
  if (sameHour) {
    const next = atLeast(minutes, minute + 1);
    if (next !== null) return [hour, next, firstSecond];
  }
  const next = atLeast(hours, hour + 1);
  return next === null ? null : [next, firstMinute, firstSecond];
}

/**
 * Years differ in fourteen ways only: by their length and the weekday they begin with. One of each is looked through, the first but in
 * part. TMR-047.
 */
const kindsOfYears = 14;

function nextDate(expression: CalendarExpression, year: number, month: number, day: number): Three | null {
  const vain = new Set<number>();
  for (let current = nextYear(expression.years, year); current !== null; current = nextYear(expression.years, current + 1)) {
    const kind = weekdayOf(current, 1, 1) + (isLeap(current) ? 7 : 0);
    if (vain.has(kind)) continue;
    const found = nextDateOf(expression, current, current === year ? month : 1, current === year ? day : 1);
    if (found !== null) return found;
    if (current !== year) vain.add(kind);
    if (vain.size === kindsOfYears) return null;
  }
  return null;
}

function nextDateOf(expression: CalendarExpression, year: number, month: number, day: number): Three | null {
  for (const candidate of expression.months) {
    if (candidate < month) continue;
    const found = nextDay(expression, year, candidate, candidate === month ? day : 1);
    if (found !== null) return [year, candidate, found];
  }
  return null;
}

function nextYear(ranges: readonly Range[], least: number): number | null {
  let best: number | null = null;
  for (const { first, last, step } of ranges) {
    const value = least <= first ? first : first + Math.ceil((least - first) / step) * step;
    if (value <= last && (best === null || value < best)) best = value;
  }
  return best;
}

function nextDay(expression: CalendarExpression, year: number, month: number, least: number): number | null {
  const length = daysIn(year, month);
  let best: number | null = null;
  for (const value of expression.days) {
    const day = expression.daysFromEnd ? length + 1 - value : value;
    if (day < least || day < 1 || day > length || (best !== null && day >= best)) continue;
    if (expression.weekdays === null || expression.weekdays.includes(weekdayOf(year, month, day))) best = day;
  }
  return best;
}

const matchesDay = (expression: CalendarExpression, year: number, month: number, day: number): boolean =>
  nextYear(expression.years, year) === year && expression.months.includes(month) && nextDay(expression, year, month, day) === day;

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** 1 Monday to 7 Sunday; Sakamoto's method, with the years counted from the Gregorian rule backwards too. */
function weekdayOf(year: number, month: number, day: number): number {
  const shifts = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
  const shifted = (month < 3 ? year - 1 : year) + 400;
  const sunday =
    (shifted + Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400) + (shifts[month - 1] ?? 0) + day) % 7;
  return sunday === 0 ? 7 : sunday;
}
