import type { Deadline, Loop } from '../kernel/loop.ts';
import type { DeadlineReached } from '../policy/events.ts';

/** Deadlines of the policy by their key; arming one again moves it. */
export interface Deadlines {
  arm(key: string, at: bigint): void;
  disarm(key: string): void;
}

export function createDeadlines(loop: Loop, post: (event: DeadlineReached) => void): Deadlines {
  const armed = new Map<string, Deadline>();
  return {
    arm(key, at) {
      armed.get(key)?.cancel();
      armed.set(
        key,
        loop.at(at, () => {
          armed.delete(key);
          post({ kind: 'deadline', key });
        }),
      );
    },
    disarm(key) {
      armed.get(key)?.cancel();
      armed.delete(key);
    },
  };
}
