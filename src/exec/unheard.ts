import type { Clock, Files } from '../kernel/kernel.ts';
import type { Unheard } from '../policy/events.ts';
import type { Containment } from './containment.ts';
import type { LiveJobs } from './live-jobs.ts';

/** A datagram of the notify socket that was refused. */
export interface RefusedNotification {
  readonly pid: number | null;
  /** The job whose main process sent it; null: nobody's. */
  readonly job: string | null;
  readonly reason: string;
  readonly ready: boolean;
}

/** Strangers that are looked for in a second: they may send as much as they like. */
const mostLookups = 32;
const secondNs = 1_000_000_000n;
const decoder = new TextDecoder();

export interface UnheardParts {
  readonly kernel: Files & Clock;
  readonly jobs: LiveJobs;
  readonly containment: () => Pick<Containment, 'ownerOf'>;
}

/**
 * Tells the policy of notifications that a service may be waiting for in vain: those of its main process that were refused, and READY=1 of
 * another process of its own. The event keeps no service for the latter; what a start failed of may say more. NTF-006, O-42.
 */
export function createUnheard({ kernel, jobs, containment }: UnheardParts): (refused: RefusedNotification) => Unheard | null {
  let lookups = 0;
  let second = 0n;

  const read = (path: string): string => {
    const content = kernel.readFile(path, 4096);
    return typeof content === 'number' ? '' : decoder.decode(content).trim();
  };

  function mayLook(): boolean {
    const now = kernel.monotonicNs() / secondNs;
    if (now !== second) lookups = 0;
    second = now;
    return lookups++ < mostLookups;
  }

  return ({ pid, job, reason, ready }) => {
    if (job !== null) {
      const live = jobs.byId(job);
      return live === undefined ? null : { kind: 'unheard', service: live.key, sender: null, reason };
    }
    if (pid === null || !ready || !mayLook()) return null;
    const owner = containment().ownerOf(pid);
    const key = owner === null ? null : jobs.serviceOf(owner.tree);
    return key === null ? null : { kind: 'unheard', service: key, sender: { pid, command: read(`/proc/${pid}/comm`) || null }, reason };
  };
}
