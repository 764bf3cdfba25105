/** Steps of services, a line for each: `12:34:56.789  web  starting  -> active     it was asked to start`. */
import type { ServiceState } from '../../gen/events/types.ts';
import { causeFacts } from '../../gen/service/facts.ts';
import type { Cause, State } from '../../gen/service/types.ts';
import { stateNames } from '../../gen/service/types.ts';
import { withoutName } from '../../src/policy/definition/names.ts';
import { createLineHead } from './format-line.ts';
import type { Known } from './known-states.ts';
import type { Paint } from './paint.ts';
import { paintState, wrap } from './paint.ts';
import { formatMoment } from './time.ts';

const stateWidth = Math.max(...stateNames.map((name) => name.length));
const arrow = ' -> ';
/** Columns that a long reason must have beside the rest, or it begins further left on a line of its own; and there. */
const reasonBeside = 40;
const leastReason = 24;

export interface ChangeFormatter {
  step(step: ServiceState, timestamp: string): readonly string[];
  /** A service as it is; `before`: as it was known, where steps in between were missed. */
  present(now: Known, before: State | null): readonly string[];
  gone(service: string, timestamp: string): readonly string[];
}

/** `names`: services that may come. `width`: columns of the terminal; null: lines may have any length. */
export function createChangeFormatter(
  paint: Paint,
  width: number | null,
  names: readonly string[],
  now: () => number = Date.now,
): ChangeFormatter {
  const head = createLineHead(paint, names, now);
  const clock = (): string => new Date(now()).toISOString();

  function line(service: string, timestamp: string, what: string, whatWidth: number, reason: string): readonly string[] {
    const begin = `${head(service, timestamp)}${what}`;
    if (reason === '') return [begin.trimEnd()];
    const beside = plainWidth(begin, what, whatWidth) + 2;
    if (width === null || beside + reason.length <= width) return [`${begin}  ${reason}`];
    const isNarrow = width - beside < reasonBeside;
    const margin = isNarrow ? formatMoment(timestamp, now()).length + 2 : beside;
    const [first = '', ...rest] = wrap(reason, Math.max(width - margin, leastReason));
    const below = rest.map((text) => ' '.repeat(margin) + text);
    return isNarrow ? [begin, ' '.repeat(margin) + first, ...below] : [`${begin}  ${first}`, ...below];
  }

  const states = (from: State | null, to: State): string =>
    `${from === null ? '' : `${from.padEnd(stateWidth)}${arrow}`}${paintState(paint, to, to.padEnd(stateWidth))}`;
  const statesWidth = (from: State | null): number => (from === null ? 0 : stateWidth + arrow.length) + stateWidth;

  return {
    step({ service, from, to, cause, detail }, timestamp) {
      const why = causeFacts[cause].words;
      return line(
        service,
        timestamp,
        states(from, to),
        statesWidth(from),
        detail === null ? why : `${why}: ${withoutName(detail, service)}`,
      );
    },
    present({ service, state, cause }, before) {
      const why = wordsOf(cause);
      const missed = before === null ? why : `${why === '' ? '' : `${why}; `}steps in between were missed`;
      return line(service, clock(), states(before, state), statesWidth(before), missed);
    },
    gone: (service, timestamp) => line(service, timestamp, 'is not defined any more', 0, ''),
  };

  /** Without what paints it. */
  function plainWidth(begin: string, what: string, whatWidth: number): number {
    return begin.slice(0, begin.length - what.length).replace(/\u001b\[\d+m/g, '').length + whatWidth;
  }
}

const wordsOf = (cause: Cause | null): string => (cause === null ? '' : causeFacts[cause].words);
