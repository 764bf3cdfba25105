import type { Check } from '../policy/definition/definition.ts';
import type { Client } from './client.ts';

type Judged = (verdicts: readonly boolean[] | null) => void;

/** Has the helper program look at paths; one verdict each, null when they do not come in time. The function returned takes it back. */
export type CheckPaths = (checks: readonly Check[], timeoutSeconds: number, service: string, done: Judged) => () => void;

/** Clients that wait for what the helper program sees: for one that has left nothing is begun any more. */
export interface CheckWaiters {
  wait(client: Client, checks: readonly Check[], timeoutSeconds: number, service: string, done: Judged): void;
  forget(client: Client): void;
}

export function createCheckWaiters(check: CheckPaths): CheckWaiters {
  const waiting = new Map<Client, () => void>();
  return {
    wait(client, checks, timeoutSeconds, service, done) {
      let isOver = false;
      const cancel = check(checks, timeoutSeconds, service, (verdicts) => {
        isOver = true;
        waiting.delete(client);
        done(verdicts);
      });
      if (!isOver) waiting.set(client, cancel);
    },
    forget(client) {
      waiting.get(client)?.();
      waiting.delete(client);
    },
  };
}
