/** Every zone change of fifty years in ten zones, second by second: an oracle that is slow and obviously correct against the search. */
import fc from 'fast-check';
import t from 'tap';
import type { CalendarExpression } from '../../../../src/policy/calendar/expression.ts';
import { formatCalendar } from '../../../../src/policy/calendar/format.ts';
import { nextOccurrence } from '../../../../src/policy/calendar/next.ts';
import { parseCalendar } from '../../../../src/policy/calendar/parse.ts';

const zones = [
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Asia/Tehran',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kathmandu',
];
const hour = 3600;
const windowSeconds = 6 * hour;

/** Seconds since the epoch of every change of the zone. */
function changesOf(zone: string): readonly number[] {
  const found: number[] = [];
  const end = Date.UTC(2041, 0, 1) / 1000;
  for (
    let at = Temporal.Instant.from('1990-01-01T00:00:00Z').toZonedDateTimeISO(zone).getTimeZoneTransition('next');
    at !== null;
    at = at.getTimeZoneTransition('next')
  ) {
    const seconds = at.epochMilliseconds / 1000;
    if (seconds >= end) break;
    found.push(seconds);
  }
  return found;
}

/** Offset from UTC at each second of the window; zones change on whole minutes. */
function offsetsOf(zone: string, start: number): readonly number[] {
  const minutes = Array.from(
    { length: windowSeconds / 60 },
    (_, at) => new Temporal.ZonedDateTime(BigInt(start + at * 60) * 1_000_000_000n, zone).offsetNanoseconds / 1e9,
  );
  return Array.from({ length: windowSeconds }, (_, at) => minutes[Math.floor(at / 60)] ?? 0);
}

interface Moment {
  readonly wall: number;
  readonly second: number;
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  /** Days of its month. */
  readonly length: number;
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
}

function momentOf(wall: number): Moment {
  const date = new Date(wall * 1000);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return {
    wall,
    second: date.getUTCSeconds(),
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: month + 1,
    length: new Date(Date.UTC(year, month + 1, 0)).getUTCDate(),
    weekday: date.getUTCDay() === 0 ? 7 : date.getUTCDay(),
  };
}

const matches = (expression: CalendarExpression, at: Moment): boolean =>
  expression.seconds.includes(at.second) &&
  expression.minutes.includes(at.minute) &&
  expression.hours.includes(at.hour) &&
  expression.months.includes(at.month) &&
  expression.days.includes(expression.daysFromEnd ? at.length + 1 - at.day : at.day) &&
  (expression.weekdays === null || expression.weekdays.includes(at.weekday));

/** All firings in the window: a wall-clock time fires when it is seen for the first time. */
function firings(expression: CalendarExpression, start: number, moments: readonly Moment[]): readonly number[] {
  const found: number[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  for (const [at, moment] of moments.entries()) {
    const isNew = moment.wall > latest;
    if (isNew) latest = moment.wall;
    if (isNew && matches(expression, moment)) found.push(start + at);
  }
  return found;
}

const texts = [
  'minutely',
  'hourly',
  '*:00/7:30',
  '01:30',
  '02:15',
  '02:30:00',
  '23:45',
  '00:00..04/1:00/20',
  'Sun *:10',
  '*-*~01..07 02:00',
  '*-*-* 0,1,2,3:05:17',
  '*-03,04,10,11-* 01..03:59:59',
];
const expressions = texts.map((text) => {
  const parsed = parseCalendar(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
});
t.setTimeout(300_000);

t.test(
  'TMR-014 TMR-015 around every change of 1990 to 2040 in ten zones the search finds what a second-by-second look finds',
  async (t) => {
    let looked = 0;
    for (const zone of zones) {
      for (const change of changesOf(zone)) {
        const start = change - windowSeconds / 2;
        const moments = offsetsOf(zone, start).map((offset, at) => momentOf(start + at + offset));
        for (const [index, expression] of expressions.entries()) {
          const expected = firings(expression, start, moments);
          // Before the window, at its middle, in the middle of what may be a second pass, and right at each of some firings.
          const from = [start - 1, change - 1, change, change + 1, change + 1800, ...expected.filter((_, at) => at % 97 === index)];
          for (const after of from) {
            const first = expected.find((time) => time > after);
            const found = nextOccurrence(expression, BigInt(after) * 1_000_000_000n, zone);
            const seconds = found === null ? null : Number(found / 1_000_000_000n);
            looked++;
            const right = first === undefined ? seconds === null || seconds >= start + windowSeconds : seconds === first;
            if (!right) t.fail(`${texts[index]} in ${zone} after ${after}: ${seconds} instead of ${first}`);
          }
        }
      }
    }
    t.ok(looked > 20_000, `${looked} looks`);
  },
);

const numbers = (min: number, max: number): fc.Arbitrary<readonly number[]> =>
  fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 5 }).map((values) => values.sort((a, b) => a - b));

const anyExpression: fc.Arbitrary<CalendarExpression> = fc.record(
  {
    weekdays: fc.option(
      numbers(1, 7).filter((days) => days.length < 7),
      { nil: null },
    ),
    years: fc.constantFrom(
      [{ first: 0, last: 9999, step: 1 }],
      [{ first: 2024, last: 2040, step: 1 }],
      [{ first: 2020, last: 9997, step: 3 }],
    ),
    months: numbers(1, 12),
    days: numbers(1, 31),
    daysFromEnd: fc.boolean(),
    hours: numbers(0, 23),
    minutes: numbers(0, 59),
    seconds: numbers(0, 59),
    zone: fc.constantFrom(null, 'UTC', 'Europe/Berlin', 'America/New_York'),
  },
  { noNullPrototype: true },
);

t.test('TMR-002 the normal form of any expression reads back as the same expression', async (t) => {
  fc.assert(
    fc.property(anyExpression, (expression) => {
      const parsed = parseCalendar(formatCalendar(expression));
      t.strictSame(parsed, { ok: true, value: expression });
    }),
    { numRuns: 200 },
  );
});

t.test('each occurrence is after the given time, matches, and nothing between matches', async (t) => {
  fc.assert(
    fc.property(anyExpression, fc.integer({ min: Date.UTC(2025, 0, 1) / 1000, max: Date.UTC(2030, 0, 1) / 1000 }), (expression, after) => {
      const found = nextOccurrence(expression, BigInt(after) * 1_000_000_000n, 'UTC');
      if (found === null) return;
      const zone = expression.zone ?? 'UTC';
      const seconds = Number(found / 1_000_000_000n);
      const offset = new Temporal.ZonedDateTime(found, zone).offsetNanoseconds / 1e9;
      t.ok(seconds > after);
      t.ok(matches(expression, momentOf(seconds + offset)), formatCalendar(expression));
    }),
    { numRuns: 300 },
  );
});
