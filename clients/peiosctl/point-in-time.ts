/** Points in time as people write them on a command line, told as timestamps of the wire. */
import { UsageError } from './usage-error.ts';

const nsPerMs = 1_000_000n;
const nsPerSecond = 1_000_000_000n;
const second = 1000;

/** Lengths in milliseconds by all their names. */
const lengths: ReadonlyMap<string, number> = new Map(
  (
    [
      ['ms msec', 1],
      ['s sec secs second seconds', second],
      ['m min mins minute minutes', 60 * second],
      ['h hr hrs hour hours', 3600 * second],
      ['d day days', 86_400 * second],
      ['w week weeks', 7 * 86_400 * second],
    ] as const
  ).flatMap(([names, length]) => names.split(' ').map((name): [string, number] => [name, length])),
);

const span = /^-?\s*((?:\d+(?:\.\d+)?\s*[a-z]+\s*)+?)(?:\s*\bago)?$/;
const clock = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?`;
const ofDay = new RegExp(`^(?:(today|yesterday)(?:[ ]+|$))?(?:${clock})?$`);
const dated = new RegExp(String.raw`^(\d{4})-(\d{2})-(\d{2})(?:[t ]+${clock}\s*(z|utc|[+-]\d{2}:?\d{2})?)?$`);
const sinceEpoch = /^@(\d{1,11})(?:\.(\d{1,9}))?$/;

const examples = "10m, '2 h ago', 09:30, today, 'yesterday 18:00', '2026-06-01 12:00' or 2026-06-01T12:00:00Z";

/**
 * The instant that a word names, as a timestamp of the wire: spans (`10m`, `-10m`, `1h30m ago`) count back from `now`; times without a day
 * are of today, those without a zone local. `option` is what the complaint is about.
 */
export function pointInTime(option: string, word: string, now = new Date()): string {
  const text = word.trim().toLowerCase();
  const found =
    ofSpan(text, now) ?? ofToday(text, now, option) ?? ofDate(text) ?? ofEpoch(text) ?? (text === 'now' ? nanoseconds(now) : null);
  if (found === null) throw new UsageError(`--${option} takes a time such as ${examples}, not ${word === '' ? 'nothing' : word}`);
  return timestampOf(found);
}

/** RFC 3339 in UTC with nine fractional digits. */
const timestampOf = (ns: bigint): string =>
  `${new Date(Number(ns / nsPerMs)).toISOString().slice(0, 19)}.${`${ns % nsPerSecond}`.padStart(9, '0')}Z`;

const nanoseconds = (date: Date): bigint => BigInt(date.getTime()) * nsPerMs;

function ofSpan(text: string, now: Date): bigint | null {
  const [, amounts = ''] = span.exec(text) ?? [];
  let back = 0;
  for (const [, amount, unit = ''] of amounts.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const length = lengths.get(unit);
    if (length === undefined) return null;
    back += Number(amount) * length;
  }
  const then = new Date(now.getTime() - Math.round(back));
  return amounts === '' || Number.isNaN(then.getTime()) || then.getTime() < 0 ? null : nanoseconds(then);
}

function ofToday(text: string, now: Date, option: string): bigint | null {
  const parts = ofDay.exec(text);
  if (parts === null || text === '') return null;
  const [, day, hours, minutes, seconds, fraction] = parts;
  const date = now.getDate() - (day === 'yesterday' ? 1 : 0);
  const at = local(now.getFullYear(), now.getMonth(), date, hours, minutes, seconds, fraction);
  if (at !== null && day === undefined && option === 'since' && at > nanoseconds(now))
    throw new UsageError(`--since ${text} is yet to come today; is 'yesterday ${text}' meant?`);
  return at;
}

function ofDate(text: string): bigint | null {
  const parts = dated.exec(text);
  if (parts === null) return null;
  const [, year = '', month = '', day = '', hours, minutes, seconds, fraction, zone] = parts;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return null;
  if (zone === undefined) return local(Number(year), Number(month) - 1, Number(day), hours, minutes, seconds, fraction);
  const time = timeOfDay(hours, minutes, seconds, fraction);
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  const ahead = offset === null ? 0 : (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -60 : 60);
  return time === null ? null : nanoseconds(date) + (BigInt(time.seconds) - BigInt(ahead)) * nsPerSecond + time.nanoseconds;
}

function ofEpoch(text: string): bigint | null {
  const parts = sinceEpoch.exec(text);
  if (parts === null) return null;
  const [, seconds = '', fraction] = parts;
  return BigInt(seconds) * nsPerSecond + fractionOf(fraction);
}

const fractionOf = (digits = ''): bigint => BigInt(digits.padEnd(9, '0'));

function timeOfDay(hours = '0', minutes = '0', seconds = '0', fraction = ''): { seconds: number; nanoseconds: bigint } | null {
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  return h > 23 || m > 59 || s > 60 ? null : { seconds: h * 3600 + m * 60 + s, nanoseconds: fractionOf(fraction) };
}

/** The calendar of the machine's zone; a clock that is put forward skips to what comes after. */
function local(year: number, month: number, day: number, ...time: readonly (string | undefined)[]): bigint | null {
  const of = timeOfDay(...time);
  if (of === null) return null;
  const hours = Math.floor(of.seconds / 3600);
  return nanoseconds(new Date(year, month, day, hours, 0, of.seconds - hours * 3600)) + of.nanoseconds;
}
