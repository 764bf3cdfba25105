/**
 * Waits until nothing lives in a part. Whoever has no living parent in it is a child of process 1, so a part with processes has such a
 * child, whose end comes as a SIGCHLD; only when all of them are collected is there a reason to look again. Where there is none (the
 * parent is somebody else's process), one that lives is watched itself. Nothing is looked at while nothing ends. O-67.
 */
import { errno } from '../../kernel/errno.ts';
import type { Clock, Descriptors, Processes, ProcessRow } from '../../kernel/kernel.ts';
import type { Loop, Watch } from '../../kernel/loop.ts';
import type { CgroupPart } from '../../policy/events.ts';
import type { Reserve } from '../reserve.ts';
import type { Census } from './census.ts';
import type { Parts } from './parts.ts';

export interface Vigils {
  /**
   * Calls `empty` once when nothing lives there, at once (before it returns) if nothing does now; `isEnough` is asked with those that live
   * whenever it looked, and may end it. So does the function returned.
   */
  keep(tree: string, name: CgroupPart, empty: () => void, isEnough?: (living: readonly ProcessRow[]) => boolean): () => void;
  /** Children that are gone. Whoever waits looks at the end of the turn. */
  reaped(pids: readonly number[]): void;
}

export interface VigilsParts {
  readonly kernel: Pick<Clock & Descriptors & Processes, 'monotonicNs' | 'close' | 'openProcess'>;
  readonly loop: Loop;
  readonly reserve: Reserve;
  readonly parts: Parts;
  readonly census: Census;
}

interface Vigil {
  /** Children of process 1 that live there. */
  guards: Set<number>;
  /** Takes back what it waits for beside them. */
  stop: () => void;
  look(): void;
}

/** How often is tried again what the kernel had no descriptor or memory for. */
export const retryNs = 100_000_000n;

export function createVigils({ kernel, loop, reserve, parts, census }: VigilsParts): Vigils {
  const vigils = new Set<Vigil>();
  const due = new Set<Vigil>();

  function lookAll(): void {
    const now = [...due];
    due.clear();
    for (const vigil of now) if (vigils.has(vigil)) vigil.look();
  }

  function lookLater(vigil: Vigil): void {
    if (due.size === 0) loop.defer(lookAll);
    due.add(vigil);
  }

  function lookAfterRetry(vigil: Vigil): void {
    const deadline = loop.at(kernel.monotonicNs() + retryNs, () => lookLater(vigil));
    vigil.stop = () => deadline.cancel();
  }

  function tryWatch(fd: number, handler: () => void): Watch | null {
    try {
      return loop.watch(fd, { read: true }, 'signal', handler);
    } catch {
      return null;
    }
  }

  function watchOne(vigil: Vigil, row: ProcessRow): void {
    const pidfd = reserve.spend(() => kernel.openProcess(row.pid));
    if (pidfd < 0 && pidfd !== -errno.ESRCH) return lookAfterRetry(vigil);
    const again = (): void => {
      if (census.take() < 0) lookAfterRetry(vigil);
      else lookLater(vigil);
    };
    if (pidfd < 0) return again();
    const ended = (): void => {
      vigil.stop();
      again();
    };
    const watch = census.isStill(row) === 1 ? tryWatch(pidfd, ended) : null;
    vigil.stop = () => {
      vigil.stop = nothing;
      watch?.close();
      kernel.close(pidfd);
    };
    if (watch !== null) return;
    vigil.stop();
    lookAfterRetry(vigil);
  }

  return {
    keep(tree, name, empty, isEnough = () => false) {
      const end = (): void => {
        vigils.delete(vigil);
        vigil.stop();
      };
      const vigil: Vigil = {
        guards: new Set(),
        stop: nothing,
        look() {
          vigil.stop();
          vigil.stop = nothing;
          if (census.latest() < 0) return lookAfterRetry(vigil);
          const living = parts.within(tree, name).flatMap((part) => part.living);
          const [first] = living;
          if (first === undefined) {
            end();
            return empty();
          }
          if (isEnough(living)) return end();
          vigil.guards = new Set(living.filter(({ parent }) => parent === 1).map(({ pid }) => pid));
          if (vigil.guards.size === 0) watchOne(vigil, first);
        },
      };
      vigils.add(vigil);
      vigil.look();
      return end;
    },
    reaped(pids) {
      for (const vigil of vigils) {
        let isHit = false;
        for (const pid of pids) if (vigil.guards.delete(pid)) isHit = true;
        if (isHit && vigil.guards.size === 0) lookLater(vigil);
      }
    },
  };
}

const nothing = (): void => undefined;
