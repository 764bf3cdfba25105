import type { Files } from '../kernel/kernel.ts';
import type { Survivor } from '../policy/events.ts';
import type { LiveJobs } from './live-jobs.ts';

/** Processes of a service that are not reaped yet, each with the cgroup that it is in. */
export const createSurvivors =
  (kernel: Pick<Files, 'readFile'>, jobs: LiveJobs) =>
  (service: string): readonly Survivor[] =>
    jobs.ofService(service).map(({ id, pid }) => ({ job: id, pid, cgroup: cgroupOf(kernel, pid) }));

/** By /proc: the line of cgroup2 begins with 0:: */
function cgroupOf(kernel: Pick<Files, 'readFile'>, pid: number): string | null {
  const content = kernel.readFile(`/proc/${pid}/cgroup`, 4096);
  if (typeof content === 'number') return null;
  const line = Buffer.from(content)
    .toString()
    .split('\n')
    .find((each) => each.startsWith('0::'));
  return line === undefined ? null : line.slice('0::'.length);
}
