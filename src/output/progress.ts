import type { Clock, MonotonicNs } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { Flow } from './pipe-turns.ts';

/** How long nothing of what was sent may be acknowledged. LOG-015. */
const patienceNs = 2_000_000_000n;

/**
 * Whether what was handed over is acknowledged in time. While it is, writers may be made to wait for it; when it is not, or nobody is
 * there, they are free and the oldest lines go. LOG-015, LOG-016.
 */
export interface Progress {
  readonly flow: Flow;
  /** Something is sent, or asked, that must be acknowledged. */
  expect(): void;
  /** Something was. `all`: nothing more is expected. */
  acknowledged(all: boolean): void;
  /** Nobody is there any more. */
  end(): void;
}

export function createProgress(kernel: Clock, loop: Loop, onChange: () => void): Progress {
  let flow: Flow = 'free';
  /** Since when the next acknowledgement is expected; null: none is. */
  let since: MonotonicNs | null = null;
  let isArmed = false;

  function become(next: Flow): void {
    if (flow === next) return;
    flow = next;
    onChange();
  }

  /** One deadline at a time, moved when it comes and not with each acknowledgement. */
  function arm(): void {
    if (isArmed || since === null) return;
    isArmed = true;
    loop.at(since + patienceNs, () => {
      isArmed = false;
      if (since !== null && kernel.monotonicNs() - since >= patienceNs) become('free');
      else arm();
    });
  }

  return {
    get flow() {
      return flow;
    },
    expect() {
      if (since !== null) return;
      since = kernel.monotonicNs();
      arm();
      become('bounded');
    },
    acknowledged(all) {
      since = all ? null : kernel.monotonicNs();
      arm();
      become('bounded');
    },
    end() {
      since = null;
      become('free');
    },
  };
}
