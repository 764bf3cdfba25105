import type { ExitStatus, Kernel } from '../kernel/kernel.ts';
import type { JobExited } from '../policy/events.ts';
import { cgroupRoot } from './cgroups.ts';
import type { LiveJobs } from './live-jobs.ts';

export interface ReaperParts {
  readonly kernel: Kernel;
  readonly jobs: LiveJobs;
  /** Reads the notify socket empty: the last words of a process count if they came before its end. NTF-005. */
  readonly drainNotify: () => void;
  /** Children that are no jobs: helpers, the recovery shell. True when it was one of theirs. */
  readonly others: (status: ExitStatus) => boolean;
  readonly post: (event: JobExited) => void;
}

/** Of a main process that put something into the background, or left its children. */
function processesIn(kernel: Kernel, tree: string): number {
  const content = kernel.readFile(`${cgroupRoot}/${tree}/main/cgroup.procs`, 65536);
  return typeof content === 'number' ? 0 : content.reduce((count, byte) => (byte === newline ? count + 1 : count), 0);
}

const newline = 10;

/** The one reaper: collects every child that has ended, tracked or not. SIG-002. */
export function createReaper(parts: ReaperParts): () => void {
  const { kernel, jobs } = parts;

  function ended(status: ExitStatus): void {
    // On the remote path the child may be gone before its error pipe was read; that decides whether exec ever worked.
    jobs.byPid(status.pid)?.settleSetup?.();
    const job = jobs.byPid(status.pid);
    if (job === undefined) {
      parts.others(status);
      return;
    }
    jobs.remove(job);
    kernel.close(job.pidfd);
    const { exitCode, signal, coreDumped } = status;
    const left = job.type === 'service_main' ? processesIn(kernel, job.tree) : 0;
    parts.post({ kind: 'job-exited', job: job.id, exitCode, signal, coreDumped, left });
  }

  return () => {
    const statuses = kernel.reap();
    if (statuses.length === 0) return;
    parts.drainNotify();
    for (const status of statuses) ended(status);
  };
}
