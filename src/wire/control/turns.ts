/**
 * What all connections together may cost in one turn of the loop, so that notifications, children and output are never kept waiting
 * by requests. While nobody waits, a connection takes its lines as they come. Once the budget is over, or somebody waits, each has to
 * queue; at the end of the turn those in the queue take a few lines each, round and round, and the rest of them in the next turn.
 * SYSTEM goes first; all others take turns by user, and have a small part of the budget: whoever comes meanwhile waits no longer. O-97.
 */
import type { Clock, MonotonicNs } from '../../kernel/kernel.ts';
import type { Loop } from '../../kernel/loop.ts';
import type { Holder } from '../places.ts';
import { Shares } from '../shares.ts';

/** Someone who has lines to take. */
export interface Queued {
  readonly holder: Holder;
  /** Takes up to so many lines as long as spend() lets it, and queues again when there are more. */
  goOn(mostLines: number): void;
}

export interface Turns {
  /** Of the time, by user. */
  readonly shares: Shares;
  /** Nobody waits who comes before it. */
  isFree(holder: Holder): boolean;
  /** Another line may be taken in this turn. */
  mayTake(holder: Holder): boolean;
  /** A line was taken; with its answer it was so many bytes. */
  spend(bytes: number): void;
  /** Has goOn() called, in this turn or a later one. At most once until then. */
  queue(queued: Queued): void;
}

const turnNs = 4_000_000n;
/** From the first line on that is not of SYSTEM. */
const othersNs = 300_000n;
const turnLines = 512;
const turnBytes = 262_144;
/** Lines that one takes while others wait. */
const linesAtOnce = 4;
/** So much may be done before the clock is looked at. */
const unwatchedLines = 4;
const unwatchedBytes = 16_384;

export function createTurns(kernel: Pick<Clock, 'monotonicNs'>, loop: Pick<Loop, 'defer' | 'at'>): Turns {
  const shares = new Shares(() => kernel.monotonicNs());
  let isResting = false;
  const system: Queued[] = [];
  /** By user, in the order of their turns. */
  const others = new Map<Holder['user'], Queued[]>();
  let isDeferred = false;
  let until: MonotonicNs | null = null;
  let othersUntil: MonotonicNs | null = null;
  let lines = 0;
  let bytes = 0;
  let unwatched = 0;
  let isOver = false;
  let isOverForOthers = false;

  /** Has settle() called at the end of this turn. */
  function begin(): void {
    if (isDeferred) return;
    isDeferred = true;
    loop.defer(settle);
  }

  const nobodyWaits = (): boolean => system.length === 0 && others.size === 0;

  function next(): Queued | undefined {
    const first = system.shift();
    if (first !== undefined || isOverForOthers) return first;
    for (const [user, waiting] of others) {
      if (shares.restNs({ user, isSystem: false }) > 0) continue;
      others.delete(user);
      const one = waiting.shift();
      // Behind the other users.
      if (waiting.length > 0) others.set(user, waiting);
      return one;
    }
    return undefined;
  }

  /** Serves with what is left of the budget; where it was used up, there is a fresh one in the next turn. */
  function settle(): void {
    try {
      while (!isOver) {
        const one = next();
        if (one === undefined) break;
        one.goOn(nobodyWaits() ? turnLines : linesAtOnce);
      }
    } finally {
      until = null;
      othersUntil = null;
      lines = 0;
      bytes = 0;
      unwatched = 0;
      isOver = false;
      isOverForOthers = false;
      isDeferred = false;
      goOnLater();
    }
  }

  /** In the next turn, or when the first of those who wait has time again. */
  function goOnLater(): void {
    if (nobodyWaits()) return;
    const rests = [...others.keys()].map((user) => shares.restNs({ user, isSystem: false }));
    const restNs = system.length > 0 ? 0 : Math.min(...rests);
    if (restNs === 0) begin();
    else if (!isResting) {
      isResting = true;
      loop.at(kernel.monotonicNs() + BigInt(Math.ceil(restNs)), () => {
        isResting = false;
        goOnLater();
      });
    }
  }

  return {
    isFree: ({ isSystem }) => (isSystem ? system.length === 0 : nobodyWaits()),
    shares,
    mayTake(holder) {
      const { isSystem } = holder;
      begin();
      until ??= kernel.monotonicNs() + turnNs;
      if (isSystem) return !isOver;
      othersUntil ??= kernel.monotonicNs() + othersNs;
      return !isOver && !isOverForOthers && shares.restNs(holder) === 0;
    },
    spend(more) {
      lines += 1;
      bytes += more;
      unwatched += Math.max(1 / unwatchedLines, more / unwatchedBytes);
      if (unwatched >= 1 && until !== null) {
        unwatched = 0;
        const now = kernel.monotonicNs();
        isOver ||= now >= until;
        isOverForOthers ||= othersUntil !== null && now >= othersUntil;
      }
      isOver ||= lines >= turnLines || bytes >= turnBytes;
    },
    queue(queued) {
      const { user, isSystem } = queued.holder;
      const waiting = others.get(user);
      if (isSystem) system.push(queued);
      else if (waiting === undefined) others.set(user, [queued]);
      else waiting.push(queued);
      begin();
    },
  };
}
