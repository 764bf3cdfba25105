/** Times of other systems, in seconds. */
import type { Draft, Entry, NumberMember } from './conversion.ts';

const units: Readonly<Record<string, number>> = {
  us: 1e-6,
  usec: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
  ms: 1e-3,
  msec: 1e-3,
  s: 1,
  sec: 1,
  second: 1,
  seconds: 1,
  '': 1,
  m: 60,
  min: 60,
  minute: 60,
  minutes: 60,
  h: 3600,
  hr: 3600,
  hour: 3600,
  hours: 3600,
  d: 86400,
  day: 86400,
  days: 86400,
  w: 604800,
  week: 604800,
  weeks: 604800,
};

/** `1min 30s`, `1m30s`, `90`, `infinity`; null: it is none. */
export function seconds(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === 'infinity') return Number.POSITIVE_INFINITY;
  if (!/^(?:\d+(?:\.\d+)?\s*[a-zµ]*\s*)+$/.test(trimmed)) return null;
  let sum = 0;
  for (const [, number, unit = ''] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([a-zµ]*)/g)) {
    const factor = units[unit];
    if (factor === undefined) return null;
    sum += Number(number) * factor;
  }
  return sum;
}

/** What REG_DWORD holds: the longest time there is, 136 years. */
export const longest = 4_294_967_295;

/** Sets a time; one with a fraction is rounded up, an endless one is the longest there is. Returns whether it is a time. */
export function setSeconds(draft: Draft, member: NumberMember, entry: Entry, least = 0): boolean {
  const time = seconds(entry.value);
  if (time === null) {
    draft.lost(entry, `${entry.value} is no time that is understood here; set the field by hand, in seconds`);
    return false;
  }
  const whole = Math.max(Math.min(Math.ceil(time), longest), least);
  draft.set(member, whole);
  if (Number.isFinite(time) && whole !== time) draft.changed(entry, `${entry.value} became ${whole} s; times here are whole seconds`);
  return true;
}
