/**
 * Which times of the wall clock a timer has served. With a clock that is never set back that is one span. One that goes back within it must
 * not serve its times again, and one that goes back beyond it (it was wrong, and was put right) must serve those before it. TMR-037, O-128.
 */
import type { RealtimeNs } from '../time.ts';
import type { Span } from './timer.ts';

/** More need a clock that is set far back again and again; then the earliest is forgotten. */
const mostSpans = 8;

/** The spans with one more, joined where they touch. */
export function withSpan(spans: readonly Span[], from: RealtimeNs, through: RealtimeNs): readonly Span[] {
  if (through <= from) return spans;
  let joined: Span = { from, through };
  const apart: Span[] = [];
  for (const span of spans) {
    if (span.through < joined.from || span.from > joined.through) apart.push(span);
    else
      joined = {
        from: span.from < joined.from ? span.from : joined.from,
        through: span.through > joined.through ? span.through : joined.through,
      };
  }
  return [...apart, joined].sort((one, other) => (one.from < other.from ? -1 : 1)).slice(-mostSpans);
}

/** The end of the span that holds that time; null: it was not served. */
export const servedThrough = (spans: readonly Span[], time: RealtimeNs): RealtimeNs | null =>
  spans.find(({ from, through }) => from < time && time <= through)?.through ?? null;
