import { constants } from 'node:os';
import type { Kernel, Result, SignalRecord } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import type { ShutdownRequested } from '../policy/events.ts';

const { SIGCHLD, SIGTERM, SIGINT } = constants.signals;
/** Not in Node's list everywhere. */
const SIGPWR = 30;
/** This many SIGINT within the window force the reboot. SHUT-003. */
const forcingCount = 3;
const forcingWindowNs = 5_000_000_000n;

export interface SignalParts {
  readonly kernel: Kernel;
  readonly loop: Loop;
  readonly reap: () => void;
  readonly shutdown: (request: Omit<ShutdownRequested, 'kind'>) => void;
}

/** Catches what PID 1 listens to: ended children first, then requests to end. 0 or -errno. SIG-001..SIG-007. */
export function catchSignals({ kernel, loop, reap, shutdown }: SignalParts): Result {
  const fd = kernel.catchSignals([SIGCHLD, SIGTERM, SIGINT, SIGPWR]);
  if (fd < 0) return fd;
  let interrupts: bigint[] = [];

  function interrupted(): void {
    const now = kernel.monotonicNs();
    interrupts = [...interrupts.filter((at) => now - at <= forcingWindowNs), now];
    const forced = interrupts.length >= forcingCount;
    shutdown({ type: 'reboot', forced, reason: forced ? 'three SIGINT within 5 seconds' : 'SIGINT (Ctrl-Alt-Del)' });
  }

  function requests(records: readonly SignalRecord[]): void {
    for (const { signal } of records) {
      if (signal === SIGINT) interrupted();
      else if (signal === SIGTERM) shutdown({ type: 'poweroff', forced: false, reason: 'SIGTERM' });
      else if (signal === SIGPWR) shutdown({ type: 'poweroff', forced: false, reason: 'SIGPWR' });
    }
  }

  loop.watch(fd, { read: true }, 'signal', () => {
    const records = kernel.drainSignals();
    reap();
    requests(records);
  });
  return 0;
}
