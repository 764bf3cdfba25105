/** Random expressions beside what they mean: each part is a text and a plain predicate, made without the parser. */
import fc from 'fast-check';

/** One second of the wall clock. */
export interface Moment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Days of its month. */
  readonly length: number;
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** `wall`: seconds of the wall clock, counted as if it were UTC. */
export function momentOf(wall: number): Moment {
  const time = ((wall % 86_400) + 86_400) % 86_400;
  return { ...dateOf((wall - time) / 86_400), hour: Math.floor(time / 3600), minute: Math.floor(time / 60) % 60, second: time % 60 };
}

type DateParts = Omit<Moment, 'hour' | 'minute' | 'second'>;
const dates = new Map<number, DateParts>();

function dateOf(daysSinceEpoch: number): DateParts {
  const known = dates.get(daysSinceEpoch);
  if (known !== undefined) return known;
  const date = new Date(daysSinceEpoch * 86_400_000);
  const [year, month, weekday] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDay()];
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const parts = { year, month: month + 1, day: date.getUTCDate(), length, weekday: weekday === 0 ? 7 : weekday };
  dates.set(daysSinceEpoch, parts);
  return parts;
}

export interface Written {
  readonly text: string;
  onDate(at: Moment): boolean;
  atTime(at: Moment): boolean;
}

export interface Field {
  readonly text: string;
  has(value: number): boolean;
}

const everything: Field = { text: '*', has: () => true };

/** One item of a list; `fromEnd` is how the day is counted after a tilde, `least` where the field begins, if not at `min`. */
function item(min: number, max: number, fromEnd: boolean, least: number): fc.Arbitrary<Field> {
  const value = fc.integer({ min, max });
  const range = fc.tuple(value, value).map((ends) => ends.sort((a, b) => a - b));
  const step = fc.integer({ min: 1, max: max - min + 2 });
  const padded = (number: number, pad: boolean): string => (pad ? String(number).padStart(2, '0') : String(number));
  return fc.oneof(
    fc.tuple(value, fc.boolean()).map(([at, pad]) => ({ text: padded(at, pad), has: (n: number) => n === at })),
    range.map(([a = 0, b = 0]) => ({ text: `${a}..${b}`, has: (n: number) => n >= a && n <= b })),
    fc.tuple(value, step).map(([a, by]) => ({
      text: `${a}/${by}`,
      has: (n: number) => (fromEnd ? n <= a && (a - n) % by === 0 : n >= a && (n - a) % by === 0),
    })),
    fc.tuple(range, step).map(([[a = 0, b = 0], by]) => ({
      text: `${a}..${b}/${by}`,
      has: (n: number) => n >= a && n <= b && (fromEnd ? b - n : n - a) % by === 0,
    })),
    step.map((by) => ({ text: `*/${by}`, has: (n: number) => (fromEnd ? max - n : n - least) % by === 0 })),
  );
}

export const field = (min: number, max: number, fromEnd = false, least = min): fc.Arbitrary<Field> =>
  fc
    .array(item(min, max, fromEnd, least), { minLength: 1, maxLength: 3 })
    .map((items) => ({ text: items.map(({ text }) => text).join(','), has: (n) => items.some((one) => one.has(n)) }));

const sometimes = (field: fc.Arbitrary<Field>, weight = 1): fc.Arbitrary<Field> =>
  fc.oneof({ arbitrary: fc.constant(everything), weight: 2 }, { arbitrary: field, weight });

const names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const spellings = [
  (name: string): string => name,
  (name: string): string => name.slice(0, 3),
  (name: string): string => name.toUpperCase(),
  (name: string): string => name.slice(0, 3).toLowerCase(),
];
const dayName = (day: number, spelling: number): string => (spellings[spelling] ?? String)(names[day - 1] ?? '');
const weekdayItem: fc.Arbitrary<Field> = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 3 }))
  .map(([from, more, spelling]) => {
    const to = Math.min(7, from + more);
    const first = dayName(from, spelling);
    return { text: to === from ? first : `${first}..${dayName(to, spelling)}`, has: (n) => n >= from && n <= to };
  });
const weekdays: fc.Arbitrary<Field> = fc
  .array(weekdayItem, { minLength: 1, maxLength: 3 })
  .map((items) => ({ text: items.map(({ text }) => text).join(','), has: (n) => items.some((one) => one.has(n)) }));

const date: fc.Arbitrary<Omit<Written, 'atTime'>> = fc.boolean().chain((fromEnd) =>
  fc
    .tuple(sometimes(field(1990, 2041, false, 0)), sometimes(field(1, 12)), sometimes(field(1, 31, fromEnd), 2))
    .map(([year, month, day]) => ({
      text: `${year.text}-${month.text}${fromEnd ? '~' : '-'}${day.text}`,
      onDate: (at) => year.has(at.year) && month.has(at.month) && day.has(fromEnd ? at.length + 1 - at.day : at.day),
    })),
);

/** Hours up to `maxHour`, so that they are often near the changes of zones. */
const time = (maxHour: number): fc.Arbitrary<Omit<Written, 'onDate'>> =>
  fc.tuple(sometimes(field(0, maxHour)), sometimes(field(0, 59)), fc.option(sometimes(field(0, 59), 4))).map(([hour, minute, second]) => ({
    text: [hour.text, minute.text, ...(second === null ? [] : [second.text])].join(':'),
    atTime: (at) => (second === null ? at.second === 0 : second.has(at.second)) && minute.has(at.minute) && hour.has(at.hour),
  }));

/** Any expression without a zone; every part may be left out, but not all. */
export const written = (maxHour = 23): fc.Arbitrary<Written> =>
  fc
    .tuple(fc.option(weekdays), fc.option(date), fc.option(time(maxHour), { freq: 6 }))
    .filter((parts) => parts.some((part) => part !== null))
    .map(([weekday, date, time]) => ({
      text: [weekday, date, time].flatMap((part) => (part === null ? [] : [part.text])).join(' '),
      onDate: (at) => (weekday === null || weekday.has(at.weekday)) && (date === null || date.onDate(at)),
      atTime: (at) => (time === null ? at.hour === 0 && at.minute === 0 && at.second === 0 : time.atTime(at)),
    }));
