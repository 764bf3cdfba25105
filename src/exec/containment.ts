/**
 * Where the processes of a start live, and how all of them are found: in cgroups of their own, or as marked descendants of process 1.
 * A tree belongs to a service, its parts to the main process, to hooks and to health checks. O-10, PSD-007 4.1.
 */
import type { ContainmentMode, ProcessMark } from '../../gen/control/types.ts';
import type { Result, SpawnRequest } from '../kernel/kernel.ts';
import type { CgroupPart } from '../policy/events.ts';

/** Whose a process is. */
export interface Owner {
  readonly tree: string;
  /** Null: the tree has no parts. */
  readonly part: CgroupPart | null;
}

/** What holds a new process, from before its birth. */
export interface Placement {
  /** What the request to spawn it says of that. */
  readonly request: Pick<SpawnRequest, 'cgroup' | 'tag' | 'namespace'>;
  /** KEY=VALUE entries for its environment. */
  readonly environment: readonly string[];
  /** The process is there. */
  born(pid: number): void;
  /** Closes what was opened for it; called once, whatever became of the process, and after `born`. */
  close(): void;
}

export interface Containment {
  readonly mode: ContainmentMode;
  /** What tells whose a process is; null: the kernel itself does. */
  readonly mark: ProcessMark | null;
  /** What is weaker than with cgroups, in words. */
  readonly weaker: readonly string[];
  /** Makes a tree with its parts, or takes the one that is there. 0 or -errno. */
  prepare(tree: string): Result;
  /** Makes a tree without parts (helpers). */
  prepareSingle(name: string): Result;
  /**
   * A place for a process about to be made. `part` null: the tree has no parts. `tag` is the group that marks it by its token; null: it has
   * none.
   */
  place(tree: string, part: CgroupPart | null, tag: number | null): Placement | Result;
  /**
   * Whether what is born there stands still at once. The local path would wait for it, and never come back: such a child takes the
   * remote path.
   */
  frozen(tree: string, part: CgroupPart | null): boolean;
  /** A process is about to be ended: takes note of those that are only known by it. */
  look(): void;
  /** Kills what lives there, if anything does; what cannot be done for want of resources is tried until it can. */
  kill(tree: string, part: CgroupPart): Result;
  /** Pids of the processes there; null: there is no descriptor to read them with. */
  members(tree: string, part: CgroupPart): ReadonlySet<number> | null;
  /** Whether it shows at a glance that nothing lives there; false: something does, or that cannot be told so quickly. */
  isEmpty(tree: string, part: CgroupPart): boolean;
  /** Sends those signals, one after the other, to every process there but that one; what is born meanwhile gets them too. */
  signal(tree: string, part: CgroupPart, signals: readonly number[], except: number | null): void;
  /** Calls back once when nothing lives there, at once (before it returns) if nothing does now. */
  whenEmpty(tree: string, part: CgroupPart, done: () => void): void;
  /** Removes an empty tree; what still holds processes stays. */
  remove(tree: string): Result;
  /** Whose that process is; null: nobody's. */
  ownerOf(pid: number): Owner | null;
  /** Children of process 1 that were collected, before anything else is made of that. */
  reaped(pids: readonly number[]): void;
}
