/** Spans and instants for people. */

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** Two units at most: `3 s`, `2 min 5 s`, `1 d 4 h`. */
export function formatSpan(seconds: number, mostUnits = 2): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  let rest = whole;
  for (const [name, length] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.length === 0 ? '0 s' : parts.slice(0, mostUnits).join(' ');
}

/** `2026-06-01 12:34:56`, in local time. How long ago that was only peinit knows: the clock may have been set since. */
export function formatInstant(timestamp: string): string {
  const at = Date.parse(timestamp);
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}

/** `2026-06-01 12:34:56 (3 s ago)`. */
export const formatPast = (timestamp: string, secondsAgo: number | null): string =>
  secondsAgo === null ? formatInstant(timestamp) : `${formatInstant(timestamp)} (${formatSpan(secondsAgo)} ago)`;

/** `12:34:56`, with its date where that is another one than today's. */
export function formatTime(timestamp: string, now: number): string {
  const instant = formatInstant(timestamp);
  const today = formatInstant(new Date(now).toISOString());
  return instant.slice(0, 10) === today.slice(0, 10) ? instant.slice(11) : instant;
}

/** `789` of an instant with any fraction or none. */
export const millisecondsOf = (timestamp: string): string => /\.(\d{1,3})/.exec(timestamp)?.[1]?.padEnd(3, '0') ?? '000';

/** `12:34:56.789`, for what is read beside what came a moment before. */
export const formatMoment = (timestamp: string, now: number): string => `${formatTime(timestamp, now)}.${millisecondsOf(timestamp)}`;
