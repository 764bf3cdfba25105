/** The time axis: microseconds to places, and the marks that can be read at that scale. */
import type { Span } from '../timeline.ts';

export interface Scale {
  readonly from: number;
  readonly to: number;
  x(us: number): number;
  readonly ticks: readonly { readonly us: number; readonly text: string }[];
}

/** Room that the text of a mark takes at least. */
const tickWidth = 84;

export function scaleOf({ from, to }: Span, left: number, width: number): Scale {
  const length = Math.max(1, to - from);
  const least = (length * tickWidth) / width;
  let unit = 1;
  while (unit * 10 < least) unit *= 10;
  const step = [1, 2, 5, 10].map((factor) => factor * unit).find((each) => each >= least) ?? unit * 10;
  const ticks: { us: number; text: string }[] = [];
  for (let us = Math.ceil(from / step) * step; us <= to; us += step) ticks.push({ us, text: tickText(us, step) });
  return { from, to, x: (us) => left + ((Math.min(Math.max(us, from), to) - from) / length) * width, ticks };
}

function tickText(us: number, step: number): string {
  if (us === 0) return '0';
  if (step >= 1_000_000) return `${us / 1_000_000} s`;
  if (Math.abs(us) >= 1_000_000) return `${trimmed(us / 1_000_000)} s`;
  return step >= 1_000 ? `${us / 1_000} ms` : `${trimmed(us / 1_000)} ms`;
}

const trimmed = (value: number): string => String(Math.round(value * 1e6) / 1e6);
