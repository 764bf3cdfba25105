import { constants } from 'node:fs';
import { errno } from '../kernel/errno.ts';
import type { Descriptors, Files, Result } from '../kernel/kernel.ts';

/** Descriptors kept for the moment in which there are no others: what must not fail for want of one uses their places. */
export interface Reserve {
  /** Makes a call that opens and closes descriptors; when there are none, once more in the places of those kept. */
  spend<T>(call: () => T | Result): T | Result;
}

/** @param count how many descriptors a call may need at once */
export function createReserve(kernel: Pick<Files & Descriptors, 'open' | 'close'>, count = 1): Reserve {
  const kept: number[] = [];
  const refill = (): void => {
    while (kept.length < count) {
      const fd = kernel.open('/', constants.O_RDONLY | constants.O_DIRECTORY);
      if (fd < 0) return;
      kept.push(fd);
    }
  };
  refill();

  return {
    spend(call) {
      const result = call();
      if (result !== -errno.EMFILE && result !== -errno.ENFILE) return result;
      refill();
      if (kept.length === 0) return result;
      for (const fd of kept.splice(0)) kernel.close(fd);
      const second = call();
      refill();
      return second;
    },
  };
}
