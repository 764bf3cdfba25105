import type { Clock } from '../kernel/kernel.ts';
import type { Loop, LoopDeadline } from '../kernel/loop.ts';

/**
 * Keeps trying until a connection stands: at once when asked to, then after pauses that double up to the longest. An attempt that
 * does not end by itself is given up after a while, and its late end counts for nothing.
 */
export interface ReconnectingParts {
  readonly kernel: Clock;
  readonly loop: Loop;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** How long one attempt may take. */
  readonly attemptMs: number;
  /** Whether a connection is worth trying for now; where it is not, it is tried again only when asked for. */
  wanted(): boolean;
  /** One attempt; null: it stands, else why not. Never answered within the call. */
  connect(done: (failure: string | null) => void): void;
  connected(): void;
  /** The first of several attempts that failed in a row; the others follow by themselves. */
  failed(reason: string): void;
}

export interface Reconnecting {
  /** Tries now, with the shortest pause after it; nothing while it stands or an attempt is under way. */
  now(): void;
  /** Tries after the pause that is due. */
  later(): void;
  /** It stands by other means. */
  stands(): void;
  /** It stands no more. */
  lost(): void;
  /** The other side is well: the next pause is the shortest one again. */
  well(): void;
  /** The pause that is due, in milliseconds; the next one is longer. */
  nextPauseMs(): number;
  readonly standing: boolean;
}

export function createReconnecting(parts: ReconnectingParts): Reconnecting {
  const { kernel, loop, firstPauseMs, longestPauseMs, attemptMs } = parts;
  let standing = false;
  /** The attempt that is under way. */
  let attempt: { readonly deadline: LoopDeadline } | null = null;
  let pauseMs = firstPauseMs;
  let due = false;

  const after = (ms: number, body: () => void): LoopDeadline => loop.at(kernel.monotonicNs() + BigInt(ms) * 1_000_000n, body);

  function nextPauseMs(): number {
    const present = pauseMs;
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    return present;
  }

  function tryOnce(): void {
    if (attempt !== null || standing) return;
    const own = { deadline: after(attemptMs, () => ended(`no answer within ${attemptMs / 1000} s`)) };
    attempt = own;
    function ended(failure: string | null): void {
      if (attempt !== own) return;
      own.deadline.cancel();
      attempt = null;
      if (failure === null) {
        standing = true;
        parts.connected();
        return;
      }
      if (pauseMs === firstPauseMs) parts.failed(failure);
      later();
    }
    parts.connect(ended);
  }

  function later(): void {
    if (due) return;
    due = true;
    after(nextPauseMs(), () => {
      due = false;
      if (parts.wanted()) tryOnce();
    });
  }

  return {
    now() {
      pauseMs = firstPauseMs;
      tryOnce();
    },
    later,
    stands() {
      standing = true;
    },
    lost() {
      standing = false;
    },
    well() {
      pauseMs = firstPauseMs;
    },
    nextPauseMs,
    get standing() {
      return standing;
    },
  };
}
