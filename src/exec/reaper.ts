import type { ExitStatus, Kernel } from '../kernel/kernel.ts';
import type { JobExited } from '../policy/events.ts';
import type { Containment } from './containment.ts';
import type { LiveJobs } from './live-jobs.ts';
import type { TokenEnds } from './token-ends.ts';

export interface ReaperParts {
  readonly kernel: Kernel;
  readonly jobs: LiveJobs;
  readonly containment: () => Pick<Containment, 'isEmpty' | 'members' | 'reaped'>;
  /** Reads the notify socket empty: the last words of a process count if they came before its end. NTF-005. */
  readonly drainNotify: () => void;
  /** Children that are no jobs: helpers, the recovery shell. True when it was one of theirs. */
  readonly others: (status: ExitStatus) => boolean;
  readonly tokenEnds: TokenEnds;
  readonly post: (event: JobExited) => void;
}

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
    const containment = parts.containment();
    const empty = containment.isEmpty(job.tree, job.part);
    parts.tokenEnds(job, empty);
    const { exitCode, signal, coreDumped } = status;
    // Of a main process that put something into the background, or left its children.
    const left = empty || job.type !== 'service_main' ? 0 : (containment.members(job.tree, 'main')?.size ?? 0);
    parts.post({ kind: 'job-exited', job: job.id, exitCode, signal, coreDumped, left, empty });
  }

  return () => {
    const statuses = kernel.reap();
    if (statuses.length === 0) return;
    parts.containment().reaped(statuses.map(({ pid }) => pid));
    parts.drainNotify();
    for (const status of statuses) ended(status);
  };
}
