import type { Files } from '../kernel/kernel.ts';
import type { Survivor } from '../policy/events.ts';
import { cgroupOf } from './cgroups.ts';
import type { LiveJobs } from './live-jobs.ts';

/** Processes of a service that are not reaped yet, each with the cgroup that it is in. */
export const createSurvivors =
  (kernel: Pick<Files, 'readFile'>, jobs: LiveJobs) =>
  (service: string): readonly Survivor[] =>
    jobs.ofService(service).map(({ id, pid }) => ({ job: id, pid, cgroup: cgroupOf(kernel, pid) }));
