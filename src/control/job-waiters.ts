import type { JobGone, JobRecord } from '../policy/effects.ts';
import type { Client } from './client.ts';

/** Clients that wait for the end of an ad-hoc job; each is answered once, or never because it left. */
export interface JobWaiters {
  wait(client: Client, job: string, finish: (ended: JobRecord) => string): void;
  jobGone(effect: JobGone): void;
  forget(client: Client): void;
}

export function createJobWaiters(): JobWaiters {
  const waiting = new Map<Client, { readonly job: string; readonly finish: (ended: JobRecord) => string }>();
  return {
    wait: (client, job, finish) => void waiting.set(client, { job, finish }),
    jobGone({ job }) {
      for (const [client, waiter] of [...waiting]) {
        if (waiter.job !== job.id) continue;
        waiting.delete(client);
        client.answer(waiter.finish(job));
      }
    },
    forget: (client) => void waiting.delete(client),
  };
}
