/**
 * Jobs whose process waits for its token. The authority may answer late or never, and a stop, a timeout or a shutdown may come in between.
 * Nothing of such a job can be killed, so whatever kills the part of the tree that its process was to be born in takes the wish back, and
 * the job ends as one that could not be started. An answer that comes for nobody gives its token back. PSD-007 3.3, 4.1.
 */
import type { CgroupPart } from '../events.ts';
import { endJob } from '../jobs.ts';
import type { Activation, Job, Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { emit, intend } from '../turn.ts';

/** What is said of a job that was taken back. */
export const takenBackWords = 'it was not wanted any more before its token came';

/** Kills what lives in that part, and takes back what was to be born there. */
export function killPart(turn: Turn, service: Service, activation: Activation, part: CgroupPart): void {
  if (activation.used) emit(turn, { kind: 'kill-cgroup', service: service.name, tree: activation.tree, part });
  for (const job of waitingJobs(turn, activation)) {
    if (part !== 'tree' && job.part !== part) continue;
    cancel(turn, job);
    intend(turn, { kind: 'take-back', service: service.key, job: job.record.id });
  }
}

/** The activation ends: so do its jobs that have no process. */
export function endWaitingJobs(turn: Turn, activation: Activation): void {
  for (const job of waitingJobs(turn, activation)) {
    cancel(turn, job);
    endJob(turn, job, { state: 'failed', failureCause: takenBackWords });
  }
}

/** The principal whose token that job waits for; null: it waits for none. */
export function awaitedIdentity(turn: Turn, id: string | null): string | null {
  const job = id === null ? undefined : turn.state.jobs.get(id);
  return job === undefined || job.untilToken === null ? null : job.record.identity;
}

/** What is to be done about a token that does not come. */
export const tokenAdvice = 'Look at the authority (authd), which was asked for it';

function cancel(turn: Turn, job: Job): void {
  job.untilToken = null;
  emit(turn, { kind: 'cancel-token', job: job.record.id });
}

function waitingJobs(turn: Turn, { main, hookJob, reloadJob, healthJob }: Activation): readonly Job[] {
  return [main, hookJob, reloadJob, healthJob].flatMap((id) => {
    const job = id === null ? undefined : turn.state.jobs.get(id);
    return job === undefined || job.untilToken === null ? [] : [job];
  });
}
