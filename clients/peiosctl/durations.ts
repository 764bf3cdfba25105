import { UsageError } from './usage-error.ts';

const units: Readonly<Record<string, number>> = { '': 1000, ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };
/** What a timer of Node can hold. */
const longestMs = 2 ** 31 - 1;

/** `30`, `0.5`, `30s`, `5m`, `1h` in milliseconds; throws a UsageError that names the option. */
export function parseDuration(text: string, option: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-z]*)$/.exec(text) ?? [];
  const scale = Object.hasOwn(units, unit) ? units[unit] : undefined;
  const length = Number(number) * (scale ?? 0);
  if (number === '' || scale === undefined || length > longestMs)
    throw new UsageError(`${option} takes seconds, or a number with s, m or h behind it, up to 24 days; not ${text}`);
  return length;
}
