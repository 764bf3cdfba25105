/**
 * Every zone change of fifty years in ten zones, second by second: an oracle that is slow and obviously correct against parser and search.
 * PEINIT_SEED=n repeats a run, CALENDAR_EXPRESSIONS=n looks at n random expressions around each change instead of two.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { CalendarExpression } from '../../../../src/policy/calendar/expression.ts';
import { formatCalendar } from '../../../../src/policy/calendar/format.ts';
import { nextOccurrence } from '../../../../src/policy/calendar/next.ts';
import { parseCalendar } from '../../../../src/policy/calendar/parse.ts';
import { seeded } from '../../../support/random.ts';
import type { Moment, Written } from './written.ts';
import { momentOf, written } from './written.ts';

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
  'Africa/Casablanca',
];
const hour = 3600;
const windowSeconds = 6 * hour;
const nsPerSecond = 1_000_000_000n;
const { seed, below } = seeded();
const randomPerChange = Number(process.env['CALENDAR_EXPRESSIONS'] ?? 2);
t.comment(`PEINIT_SEED=${seed}`);
t.setTimeout(Math.max(300_000, randomPerChange * 60_000));

function read(text: string): CalendarExpression {
  const parsed = parseCalendar(text);
  if (!parsed.ok) throw new Error(`${text} ${parsed.what}`);
  return parsed.value;
}

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

interface Second {
  readonly wall: number;
  readonly moment: Moment;
}

/** What the clock of the zone shows at each second of the window; zones change on whole minutes. */
function secondsOf(zone: string, start: number): readonly Second[] {
  const offsets = Array.from(
    { length: windowSeconds / 60 },
    (_, at) => new Temporal.ZonedDateTime(BigInt(start + at * 60) * nsPerSecond, zone).offsetNanoseconds / 1e9,
  );
  return Array.from({ length: windowSeconds }, (_, at) => {
    const wall = start + at + (offsets[Math.floor(at / 60)] ?? 0);
    return { wall, moment: momentOf(wall) };
  });
}

/** All firings in the window: a wall-clock time fires when it is seen for the first time. */
function firings({ onDate, atTime }: Written, start: number, seconds: readonly Second[]): readonly number[] {
  const found: number[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  for (const [at, { wall, moment }] of seconds.entries()) {
    if (wall <= latest) continue;
    latest = wall;
    if (atTime(moment) && onDate(moment)) found.push(start + at);
  }
  return found;
}

const always = (): boolean => true;
const chosen: readonly Written[] = [
  { text: 'minutely', onDate: always, atTime: (at) => at.second === 0 },
  { text: 'hourly', onDate: always, atTime: (at) => at.minute === 0 && at.second === 0 },
  { text: 'daily', onDate: always, atTime: (at) => at.hour === 0 && at.minute === 0 && at.second === 0 },
  { text: '*:*:*', onDate: always, atTime: always },
  { text: '*:00/7:30', onDate: always, atTime: (at) => at.minute % 7 === 0 && at.second === 30 },
  { text: '01:30', onDate: always, atTime: (at) => at.hour === 1 && at.minute === 30 && at.second === 0 },
  { text: '02:00:00', onDate: always, atTime: (at) => at.hour === 2 && at.minute === 0 && at.second === 0 },
  { text: '02:30', onDate: always, atTime: (at) => at.hour === 2 && at.minute === 30 && at.second === 0 },
  { text: '0..4/2:59:59', onDate: always, atTime: (at) => at.hour <= 4 && at.hour % 2 === 0 && at.minute === 59 && at.second === 59 },
  { text: 'Sun *:10', onDate: (at) => at.weekday === 7, atTime: (at) => at.minute === 10 && at.second === 0 },
  {
    text: '*-*~01..07 2:15',
    onDate: (at) => at.length - at.day < 7,
    atTime: (at) => at.hour === 2 && at.minute === 15 && at.second === 0,
  },
];

t.test(
  'TMR-014 TMR-015 around every change of 1990 to 2040 in ten zones parser and search find what a second-by-second look finds',
  async (t) => {
    const changes = zones.flatMap((zone) => changesOf(zone).map((change) => ({ zone, change })));
    t.ok(changes.length > 700, `${changes.length} changes`);
    const random = fc.sample(written(4), { seed, numRuns: changes.length * randomPerChange });
    let [looked, fired] = [0, 0];
    for (const [index, { zone, change }] of changes.entries()) {
      const start = change - windowSeconds / 2;
      const seconds = secondsOf(zone, start);
      for (const one of [...chosen, ...random.slice(index * randomPerChange, (index + 1) * randomPerChange)]) {
        const expression = read(one.text);
        const expected = firings(one, start, seconds);
        fired += expected.length;
        // Before the window, around the change, anywhere in it, and right at some of the firings.
        const anywhere = [start + below(windowSeconds), change + below(hour), change - below(hour)];
        const atFirings = expected.length === 0 ? [] : [0, 1, 2].map(() => expected[below(expected.length)] ?? start);
        for (const after of [start - 1, change - 1, change, change + hour / 2, ...anywhere, ...atFirings]) {
          const first = expected.find((time) => time > after);
          const found = nextOccurrence(expression, BigInt(after) * nsPerSecond, zone);
          const at = found === null ? null : Number(found / nsPerSecond);
          looked++;
          const right = first === undefined ? at === null || at >= start + windowSeconds : at === first;
          if (!right) t.fail(`${one.text} in ${zone} after ${after}: ${at} instead of ${first}`);
        }
      }
    }
    t.ok(fired > changes.length, `${looked} looks, ${fired} firings`);
  },
);

const day = 24 * hour;
const furthestDays = 3000;

/** In UTC: the first matching second of the first matching day; null: none that near. */
function firstAfter({ onDate, atTime }: Written, after: number): number | null {
  const today = Math.floor(after / day);
  const timesOfDay = Array.from({ length: day }, (_, second) => second).filter((second) => atTime(momentOf(second)));
  for (let date = today; date < today + furthestDays; date++) {
    if (!onDate(momentOf(date * day))) continue;
    const time = timesOfDay.find((second) => date * day + second > after);
    if (time !== undefined) return date * day + time;
  }
  return null;
}

t.test('TMR-003 TMR-004 TMR-005 TMR-006 TMR-007 over days and years the next time is the first that matches', async (t) => {
  const start = fc.integer({ min: Date.UTC(1990, 0, 1) / 1000, max: Date.UTC(2039, 0, 1) / 1000 });
  let near = 0;
  fc.assert(
    fc.property(written(), start, (one, after) => {
      const next = nextOccurrence(read(one.text), BigInt(after) * nsPerSecond, 'UTC');
      const found = next === null ? Number.POSITIVE_INFINITY : Number(next / nsPerSecond);
      const expected = firstAfter(one, after);
      if (expected !== null) near++;
      const right = expected === null ? found >= (Math.floor(after / day) + furthestDays) * day : found === expected;
      if (!right) throw new Error(`${one.text} after ${after}: ${found} instead of ${expected}`);
    }),
    { seed, numRuns: 100 + 50 * randomPerChange },
  );
  t.ok(near > 50, `${near} with a time that near`);
});

t.test('the normal form of any expression means the same, and is its own normal form', async (t) => {
  let read = 0;
  fc.assert(
    fc.property(written(), fc.constantFrom('', ' UTC', ' europe/berlin', ' US/Eastern'), ({ text }, zone) => {
      const parsed = parseCalendar(text + zone);
      if (!parsed.ok) throw new Error(parsed.what);
      const normal = formatCalendar(parsed.value);
      const again = parseCalendar(normal);
      assert.deepEqual(again, parsed, `${text}${zone} as ${normal}`);
      assert.equal(again.ok ? formatCalendar(again.value) : '', normal);
      read++;
    }),
    { seed, numRuns: 2000 },
  );
  t.ok(read >= 2000);
});

t.test('any text at all is read or refused in words, in bounded time', async (t) => {
  const piece = fc.constantFrom(...'0 1 7 23 59 99999999999 * , .. . / - ~ : Mon sun..fri daily UTC Europe/ é \0'.split(' '), ' ', '\n');
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
  );
  let [taken, refused] = [0, 0];
  fc.assert(
    fc.property(text, (text) => {
      const parsed = parseCalendar(text);
      if (parsed.ok) {
        nextOccurrence(parsed.value, 0n, 'Europe/Berlin');
        assert.deepEqual(parseCalendar(formatCalendar(parsed.value)), parsed);
        taken++;
      } else {
        assert.match(parsed.what, /^(?:is|has) [^\n]{1,300}$/);
        assert.match(parsed.remedy, /^[A-Z][^\n]*\.$/);
        refused++;
      }
    }),
    { seed, numRuns: 5000 },
  );
  t.ok(taken > 20 && refused > 1000, `${taken} taken, ${refused} refused`);
});
