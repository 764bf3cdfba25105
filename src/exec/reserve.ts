import { constants } from 'node:fs';
import { errno } from '../kernel/errno.ts';
import type { Descriptors, Files, Result } from '../kernel/kernel.ts';

/** A descriptor kept for the moment in which there is no other: what must not fail for want of one uses its place. */
export interface Reserve {
  /** Makes a call that opens and closes a descriptor; when there is none, once more in the place of the one kept. */
  spend<T>(call: () => T | Result): T | Result;
}

export function createReserve(kernel: Pick<Files & Descriptors, 'open' | 'close'>): Reserve {
  const open = (): number => kernel.open('/', constants.O_RDONLY | constants.O_DIRECTORY);
  let kept = open();

  return {
    spend(call) {
      const result = call();
      if (result !== -errno.EMFILE && result !== -errno.ENFILE) return result;
      if (kept < 0) kept = open();
      if (kept < 0) return result;
      kernel.close(kept);
      const second = call();
      kept = open();
      return second;
    },
  };
}
