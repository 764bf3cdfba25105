/**
 * When schedules come, typed without the policy's parser and search: each is a text, a predicate of dates and a list of times; the times of
 * a day are turned into instants by trying every offset that the zone has ever had. Only the changes of a zone are looked up.
 */

export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Days of its month. */
  readonly length: number;
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
}

export interface Schedule {
  readonly text: string;
  /** Null: that of the machine. */
  readonly zone: string | null;
  onDay(day: Day): boolean;
  /** Seconds of the day, rising. */
  readonly times: readonly number[];
}

const at = (hour: number, minute: number): number => hour * 3600 + minute * 60;
const everyDay = (): boolean => true;
const each = (minutes: number): readonly number[] => Array.from({ length: 1440 / minutes }, (_, count) => count * minutes * 60);

export const schedules: readonly Schedule[] = [
  { text: 'daily', zone: null, onDay: everyDay, times: [0] },
  { text: '02:30', zone: null, onDay: everyDay, times: [at(2, 30)] },
  { text: '*-*-* 01:30,45:00', zone: null, onDay: everyDay, times: [at(1, 30), at(1, 45)] },
  { text: '0..4:00', zone: null, onDay: everyDay, times: [at(0, 0), at(1, 0), at(2, 0), at(3, 0), at(4, 0)] },
  { text: 'hourly', zone: null, onDay: everyDay, times: each(60) },
  { text: '*:00/30', zone: null, onDay: everyDay, times: each(30) },
  { text: 'Mon..Fri 09:00', zone: null, onDay: ({ weekday }) => weekday < 6, times: [at(9, 0)] },
  { text: 'Sun 02:00:00', zone: null, onDay: ({ weekday }) => weekday === 7, times: [at(2, 0)] },
  { text: 'weekly', zone: null, onDay: ({ weekday }) => weekday === 1, times: [0] },
  { text: '*-*~01 12:00', zone: null, onDay: ({ day, length }) => day === length, times: [at(12, 0)] },
  { text: 'monthly Europe/Berlin', zone: 'Europe/Berlin', onDay: ({ day }) => day === 1, times: [0] },
  { text: '02:30 America/New_York', zone: 'America/New_York', onDay: everyDay, times: [at(2, 30)] },
  { text: '*-*-* *:30 UTC', zone: 'UTC', onDay: everyDay, times: each(60).map((time) => time + 1800) },
  { text: '*-02-29 06:00', zone: null, onDay: ({ month, day }) => month === 2 && day === 29, times: [at(6, 0)] },
  { text: '*-02-30', zone: null, onDay: () => false, times: [0] },
];

export const daySeconds = 86_400;
const firstYear = 1989;
const lastYear = 2048;

interface Zone {
  /** Seconds since the epoch from which each offset holds, the first from ever. */
  readonly from: readonly number[];
  readonly offsets: readonly number[];
  readonly distinct: readonly number[];
}

const zones = new Map<string, Zone>();

function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const end = Date.UTC(lastYear, 0, 1) / 1000;
  let time = new Temporal.ZonedDateTime(BigInt(Date.UTC(firstYear, 0, 1)) * 1_000_000n, name);
  const from = [Number.NEGATIVE_INFINITY];
  const offsets = [time.offsetNanoseconds / 1e9];
  for (let next = time.getTimeZoneTransition('next'); next !== null; next = time.getTimeZoneTransition('next')) {
    time = next;
    if (time.epochMilliseconds / 1000 > end) break;
    from.push(time.epochMilliseconds / 1000);
    offsets.push(time.offsetNanoseconds / 1e9);
  }
  const zone = { from, offsets, distinct: [...new Set(offsets)] };
  zones.set(name, zone);
  return zone;
}

/** Seconds since the epoch of the changes of a zone. */
export const changesOf = (name: string): readonly number[] => zoneOf(name).from.slice(1);

function offsetAt({ from, offsets }: Zone, time: number): number {
  let [low, high] = [0, from.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((from[middle] ?? 0) <= time) low = middle;
    else high = middle - 1;
  }
  return offsets[low] ?? 0;
}

/** The first instant at which the zone shows that wall-clock second; null: it skips it. */
function firstShown(zone: Zone, label: number): number | null {
  const shown = zone.distinct.map((offset) => label - offset).filter((time) => offsetAt(zone, time) === label - time);
  return shown.length === 0 ? null : Math.min(...shown);
}

const days = new Map<string, readonly number[]>();

function instantsOf(schedule: Schedule, zone: string, number: number): readonly number[] {
  const key = `${schedule.text}\n${zone}\n${number}`;
  const known = days.get(key);
  if (known !== undefined) return known;
  const date = new Date(number * daySeconds * 1000);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const day = { year, month, day: date.getUTCDate(), length, weekday: date.getUTCDay() === 0 ? 7 : date.getUTCDay() };
  const found = schedule.onDay(day) ? schedule.times.flatMap((time) => firstShown(zoneOf(zone), number * daySeconds + time) ?? []) : [];
  if (days.size > 200_000) days.clear();
  days.set(key, found);
  return found;
}

/** No schedule here lets more days go by, but for those that never come. */
const mostDays = 366 * 9;

/** The latest answer for each: between what was asked and what was found there is nothing. */
const answers = new Map<string, { readonly after: number; readonly found: number | null }>();

/** The first time after that second, in seconds since the epoch; null: there is none. */
export function firstAfter(schedule: Schedule, machineZone: string, after: number): number | null {
  const zone = schedule.zone ?? machineZone;
  const key = `${schedule.text}\n${zone}`;
  const known = answers.get(key);
  if (known !== undefined && known.after <= after && (known.found === null || after < known.found)) return known.found;
  const found = search(schedule, zone, after);
  answers.set(key, { after, found });
  return found;
}

function search(schedule: Schedule, zone: string, after: number): number | null {
  const begin = Math.floor(after / daySeconds) - 1;
  for (let number = begin; number < begin + mostDays; number++) {
    const times = instantsOf(schedule, zone, number);
    if (times.length === 0 || Math.max(...times) <= after) continue;
    // A zone that changes lets the times of one day lie among those of the next.
    return Math.min(...[...times, ...instantsOf(schedule, zone, number + 1)].filter((time) => time > after));
  }
  return null;
}
