import type { JobType } from '../../gen/service/types.ts';
import type { CgroupPart } from '../policy/events.ts';

/** A process of a job, from its birth until it is reaped. */
export interface LiveJob {
  readonly id: string;
  readonly service: string;
  readonly key: string;
  readonly type: JobType;
  /** Where it was born. It may have gone elsewhere. */
  readonly tree: string;
  readonly part: CgroupPart;
  readonly pid: number;
  readonly pidfd: number;
  /** exec is confirmed. Until then nothing it says counts. */
  running: boolean;
  /** Reads what the error pipe says so far, when the child was set up on the remote path. */
  settleSetup: (() => void) | null;
}

/** The processes of jobs, by job and by pid. A pid is ours until we reap it, so no other process can have it. */
export interface LiveJobs {
  add(job: LiveJob): void;
  remove(job: LiveJob): void;
  byId(id: string): LiveJob | undefined;
  byPid(pid: number): LiveJob | undefined;
  /** Those that were born there. */
  bornIn(tree: string, part: CgroupPart): readonly LiveJob[];
  /** By the service's name in the form names are compared in. */
  ofService(key: string): readonly LiveJob[];
  /** Job id of the running main process with that pid; null: nobody who may notify. NTF-004. */
  mainOfPid(pid: number): string | null;
  /** Key of the service that a tree is of; null: it has no live job. */
  serviceOf(tree: string): string | null;
}

export function createLiveJobs(): LiveJobs {
  const ids = new Map<string, LiveJob>();
  const pids = new Map<number, LiveJob>();
  const trees = new Map<string, Set<LiveJob>>();
  return {
    add(job) {
      ids.set(job.id, job);
      pids.set(job.pid, job);
      const ofTree = trees.get(job.tree);
      if (ofTree === undefined) trees.set(job.tree, new Set([job]));
      else ofTree.add(job);
    },
    remove(job) {
      ids.delete(job.id);
      pids.delete(job.pid);
      const ofTree = trees.get(job.tree);
      ofTree?.delete(job);
      if (ofTree?.size === 0) trees.delete(job.tree);
    },
    byId: (id) => ids.get(id),
    byPid: (pid) => pids.get(pid),
    bornIn: (tree, part) => Array.from(trees.get(tree) ?? []).filter((job) => part === 'tree' || job.part === part),
    ofService: (key) => Array.from(ids.values()).filter((job) => job.key === key),
    serviceOf(tree) {
      const [job] = trees.get(tree) ?? [];
      return job?.key ?? null;
    },
    mainOfPid(pid) {
      const job = pids.get(pid);
      return job?.running === true && job.type === 'service_main' ? job.id : null;
    },
  };
}
