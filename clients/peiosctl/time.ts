/** Spans and instants for people. */

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** Two units at most: `3 s`, `2 min 5 s`, `1 d 4 h`. */
export function formatSpan(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  let rest = whole;
  for (const [name, length] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.length === 0 ? '0 s' : parts.slice(0, 2).join(' ');
}

/** `2026-06-01 12:34:56 (3 s ago)`, in local time. */
export function formatInstant(timestamp: string, now: number): string {
  const at = Date.parse(timestamp);
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ');
  const seconds = (now - at) / 1000;
  return `${local} (${seconds >= 0 ? `${formatSpan(seconds)} ago` : `in ${formatSpan(Math.ceil(-seconds))}`})`;
}
