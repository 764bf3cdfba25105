import type { Parsed } from '../definition/problem.ts';
import { bad, good, quote, within } from '../definition/problem.ts';
import type { Bounds, Range } from './expression.ts';

/** In one field: enough for every list that cannot be written shorter, and it bounds the work. */
const maxItems = 100;

/**
 * One field: a list of `*`, `a`, `a..b`, `a/step`, `a..b/step` and `*` with a step. A value with a step goes on to the field's maximum;
 * counted from the end of the month it walks from the greatest value towards that end instead. TMR-003..TMR-007.
 */
export function parseRanges(text: string, field: Bounds, fromEnd = false): Parsed<readonly Range[]> {
  const ranges: Range[] = [];
  const items = text.split(',');
  if (items.length > maxItems)
    return bad(`has ${items.length} items in its ${field.name}, more than ${maxItems}`, 'Write ranges or steps instead.');
  let at = 0;
  for (const item of items) {
    const range = within(parseItem(item, field, fromEnd), item, at);
    if (!range.ok) return range;
    ranges.push(range.value);
    at += item.length + 1;
  }
  return good(ranges);
}

/** The values of all ranges, each once, rising. */
export function valuesOf(ranges: readonly Range[]): readonly number[] {
  const marks = new Uint8Array(Math.max(...ranges.map(({ last }) => last)) + 1);
  for (const { first, last, step } of ranges) for (let value = first; value <= last; value += step) marks[value] = 1;
  return Array.from(marks.keys()).filter((value) => marks[value] === 1);
}

/**
 * The same values in one way, as stretches of equal steps. Where steps interleave (each third and each seventh year) that would take many
 * more ranges than were written: then those stay.
 */
export function joined(ranges: readonly Range[]): readonly Range[] {
  const [only] = ranges;
  if (only !== undefined && ranges.length === 1 && isStretch(only)) return ranges;
  const stretches = stretchesOf(valuesOf(ranges));
  return stretches.length <= Math.min(2 * ranges.length, maxItems) ? stretches : distinct(ranges);
}

function stretchesOf(values: readonly number[]): readonly Range[] {
  const found: Range[] = [];
  for (let at = 0; at < values.length; ) {
    const first = values[at] ?? 0;
    const step = (values[at + 1] ?? first + 1) - first;
    let end = at;
    while ((values[end + 1] ?? 0) - (values[end] ?? 0) === step) end++;
    const range = { first, last: values[end] ?? first, step };
    found.push(isStretch(range) ? range : { first, last: first, step: 1 });
    at = isStretch(range) ? end + 1 : at + 1;
  }
  return found;
}

/** Two values that do not touch are no stretch. */
const isStretch = ({ first, last, step }: Range): boolean => step === 1 || last >= first + 2 * step;

function distinct(ranges: readonly Range[]): readonly Range[] {
  const sorted = ranges
    .map((range) => (range.first === range.last ? { ...range, step: 1 } : range))
    .sort((a, b) => a.first - b.first || a.last - b.last || a.step - b.step);
  return sorted.filter((range, at) => {
    const before = sorted[at - 1];
    return before === undefined || range.first !== before.first || range.last !== before.last || range.step !== before.step;
  });
}

const item = /^(?:\*|(\d{1,9})(?:\.\.(\d{1,9}))?)(?:\/(\d{1,9}))?$/;

function parseItem(text: string, field: Bounds, fromEnd: boolean): Parsed<Range> {
  if (text === '') return bad(`has an empty item in its ${field.name}`, 'Remove the comma, or write a value.');
  if (/\d\.\d/.test(text) && !text.includes('..'))
    return bad(`has a fraction in its ${field.name}: ${quote(text)}`, 'Timers have a resolution of one second.');
  const match = item.exec(text);
  if (match === null) return bad(`has the ${field.name} ${quote(text)}, which is no value`, 'Write *, a, a..b, a/step or a..b/step.');
  const [, from, to, by] = match;
  const step = by === undefined ? null : Number(by);
  if (step === 0) return bad(`has a step of 0 in its ${field.name}`, 'A step is at least 1.');
  if (from === undefined) return good(stepped(field.min, field.max, true, step, field, fromEnd));
  const first = Number(from);
  const last = to === undefined ? first : Number(to);
  for (const value of [first, last])
    if (value < field.min || value > field.max)
      return bad(`has the ${field.name} ${value}, which is not between ${field.min} and ${field.max}`, 'Correct the value.');
  if (last < first)
    return bad(
      `has the reversed range ${quote(text)} in its ${field.name}`,
      'Write the smaller value first; a range does not wrap around.',
    );
  return good(stepped(first, last, to !== undefined, step, field, fromEnd));
}

function stepped(first: number, last: number, isRange: boolean, step: number | null, field: Bounds, fromEnd: boolean): Range {
  if (step === null) return { first, last, step: 1 };
  const end = isRange ? last : field.max;
  if (!fromEnd) return { first, last: first + Math.floor((end - first) / step) * step, step };
  // Towards the end of the month is towards 1: the walk begins at the greatest value.
  const nearest = isRange ? first : field.min;
  return { first: last - Math.floor((last - nearest) / step) * step, last, step };
}
