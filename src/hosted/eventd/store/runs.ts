import { Damage } from './failures.ts';

/** When the lines of a row were read: mostly all at one moment, so runs of lines with one time. */
export interface Run {
  lines: number;
  /** Nanoseconds after the time of the row; less than none where the clock was set back. */
  readonly delta: number;
}

/** Null: all at the time of the row. */
export function formatRuns(runs: readonly Run[]): string | null {
  if (runs.every(({ delta }) => delta === 0)) return null;
  return JSON.stringify(runs.flatMap(({ lines, delta }) => [lines, delta]));
}

/** The runs of a row with so many lines. Throws Damage. */
export function parseRuns(text: string | null, lines: number): readonly Run[] {
  if (text === null) return [{ lines, delta: 0 }];
  const numbers = parseList(text);
  const runs: Run[] = [];
  let left = lines;
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    const [count, delta] = [numbers[at], numbers[at + 1]];
    if (!isCount(count) || typeof delta !== 'number' || !Number.isSafeInteger(delta)) throw new Damage('the times of a row cannot be read');
    runs.push({ lines: count, delta });
    left -= count;
  }
  if (left !== 0 || numbers.length % 2 !== 0) throw new Damage('a row has not as many times as lines');
  return runs;
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value > 0;

/** A JSON list in a column. Throws Damage. */
export function parseList(text: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (!Array.isArray(value)) throw new Damage('a list in a row cannot be read');
  return value;
}
