/**
 * What all connections together may cost in one turn of the loop, so that notifications, children and output are never kept waiting
 * by requests. While nobody waits, a connection takes its lines as they come. Once the budget is over, or somebody waits, each has to
 * queue; at the end of the turn those in the queue take a few lines each, round and round, and the rest of them in the next turn.
 */
import type { Clock, MonotonicNs } from '../../kernel/kernel.ts';
import type { Loop } from '../../kernel/loop.ts';

/** Someone who has lines to take. */
export interface Queued {
  /** Takes up to so many lines as long as spend() lets it, and queues again when there are more. */
  goOn(mostLines: number): void;
}

export interface Turns {
  /** Nobody waits. */
  readonly isFree: boolean;
  /** Another line may be taken in this turn. */
  mayTake(): boolean;
  /** A line was taken; with its answer it was so many bytes. */
  spend(bytes: number): void;
  /** Has goOn() called, in this turn or a later one. At most once until then. */
  queue(queued: Queued): void;
}

const turnNs = 4_000_000n;
const turnLines = 512;
const turnBytes = 262_144;
/** Lines that one takes while others wait. */
const linesAtOnce = 4;
/** So much may be done before the clock is looked at. */
const unwatchedLines = 4;
const unwatchedBytes = 16_384;

export function createTurns(kernel: Pick<Clock, 'monotonicNs'>, loop: Pick<Loop, 'defer'>): Turns {
  const waiting: Queued[] = [];
  /** So many of them had their turn. */
  let served = 0;
  let isDeferred = false;
  let until: MonotonicNs | null = null;
  let lines = 0;
  let bytes = 0;
  let unwatched = 0;
  let isOver = false;

  /** Has settle() called at the end of this turn. */
  function begin(): void {
    if (isDeferred) return;
    isDeferred = true;
    loop.defer(settle);
  }

  /** Serves with what is left of the budget; where it was used up, there is a fresh one in the next turn. */
  function settle(): void {
    try {
      while (served < waiting.length && !isOver) {
        const next = waiting[served++];
        next?.goOn(served === waiting.length ? turnLines : linesAtOnce);
      }
    } finally {
      waiting.splice(0, served);
      served = 0;
      until = null;
      lines = 0;
      bytes = 0;
      unwatched = 0;
      isOver = false;
      isDeferred = false;
      if (waiting.length > 0) begin();
    }
  }

  return {
    get isFree() {
      return served === waiting.length;
    },
    mayTake() {
      begin();
      until ??= kernel.monotonicNs() + turnNs;
      return !isOver;
    },
    spend(more) {
      lines += 1;
      bytes += more;
      unwatched += Math.max(1 / unwatchedLines, more / unwatchedBytes);
      if (unwatched >= 1 && until !== null) {
        unwatched = 0;
        isOver ||= kernel.monotonicNs() >= until;
      }
      isOver ||= lines >= turnLines || bytes >= turnBytes;
    },
    queue(queued) {
      waiting.push(queued);
      begin();
    },
  };
}
