/** What is drawn of one service: spans of time, each with its look. */
import type { TimelineService } from '../../../../gen/control/types.ts';
import type { State } from '../../../../gen/service/types.ts';
import type { PartName, Span } from '../timeline.ts';
import { arrivalOf, partsOf } from '../timeline.ts';

export interface Bar extends Span {
  readonly look: string;
  /** A line in the middle of the row, instead of all of its height. */
  readonly isThin: boolean;
}

const looksOfParts: Readonly<Record<PartName, string>> = {
  checks: 'waits',
  others: 'waits',
  retries: 'again',
  turn: 'turn',
  hooks: 'hooks',
  token: 'token',
  exec: 'exec',
  readiness: 'readiness',
  'post-hooks': 'post',
};

const looksOfStates: Readonly<Record<State, Pick<Bar, 'look' | 'isThin'> | null>> = {
  inactive: null,
  starting: { look: 'again', isThin: false },
  active: { look: 'up', isThin: false },
  reloading: { look: 'up', isThin: false },
  stopping: { look: 'turn', isThin: false },
  completed: { look: 'up', isThin: true },
  backoff: { look: 'backoff', isThin: false },
  failed: { look: 'failed', isThin: true },
  abandoned: { look: 'failed', isThin: true },
  skipped: { look: 'waits', isThin: true },
};

/** `end`: where the picture ends. */
export function barsOf(service: TimelineService, end: number): readonly Bar[] {
  const parts = partsOf(service, end).filter(({ name }) => name !== 'retries');
  const states = statesOf(service, end).flatMap(({ state, from, to }): readonly Bar[] => {
    const shown = looksOfStates[state];
    return shown === null || to <= from ? [] : [{ ...shown, from, to }];
  });
  const own = parts.map(({ name, from, to }): Bar => ({ look: looksOfParts[name], isThin: looksOfParts[name] === 'waits', from, to }));
  return [...states, ...own];
}

/** The states that its first start does not account for: tries before the last one, and what came after it was up. */
function statesOf(service: TimelineService, end: number): readonly (Span & { readonly state: State })[] {
  const arrival = arrivalOf(service) ?? end;
  const begin = service.retried_us ?? service.asked_us ?? 0;
  return service.changes.flatMap(({ state, at_us: from }, index) => {
    const isOfFirst = state === 'starting' && from >= begin && from < Math.max(arrival, begin + 1);
    return isOfFirst ? [] : [{ state, from, to: service.changes[index + 1]?.at_us ?? end }];
  });
}

/** How often it was started anew. */
export const restartsOf = ({ changes }: TimelineService): number =>
  Math.max(0, changes.filter(({ state }) => state === 'starting').length - 1);
