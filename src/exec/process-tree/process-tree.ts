import type { ProcessMark } from '../../../gen/control/types.ts';
import { errno } from '../../kernel/errno.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Loop } from '../../kernel/loop.ts';
import type { Containment } from '../containment.ts';
import { createReserve } from '../reserve.ts';
import type { Tags } from '../tags.ts';
import { createCensus } from './census.ts';
import { createMarks } from './marks.ts';
import { createParts } from './parts.ts';
import { createSweeps } from './sweep.ts';
import { createVigils } from './vigil.ts';

export interface ProcessTreeParts {
  readonly kernel: Kernel;
  readonly loop: Loop;
  /** Null: no groups can be given. */
  readonly tags: Tags | null;
  /** Why there are no cgroups, in words. */
  readonly reason: string;
}

/** What a cgroup would do and a mark does not. */
const always = 'processes are found by looking through /proc, and killed one by one after all were stopped';
const lost = 'clears its environment, takes a session of its own and loses its parent before it was seen is found no more';
const weaker: Record<ProcessMark, string> = {
  group: `a process that gives up its groups, ${lost}`,
  namespace: `setgroups does not work here, so each process has a namespace of its own; one that leaves it, ${lost}`,
  environment: `whose a process is, its environment and session alone tell, since setgroups and namespaces do not work; one that ${lost}`,
};

/**
 * Holds processes as what they all are, descendants of process 1: marked before they are born, found in /proc. For machines without a
 * cgroup2 that can be written. O-10, O-66.
 */
export function createProcessTree({ kernel, loop, tags, reason }: ProcessTreeParts): Containment {
  // The directory and a file in it, while the pidfd of a process is held.
  const reserve = createReserve(kernel, 3);
  const parts = createParts();
  const marks = createMarks({ kernel, reserve, parts, tags });
  const census = createCensus({ kernel, reserve, parts, marks, later: (body) => loop.defer(body) });
  const vigils = createVigils({ kernel, loop, reserve, parts, census });
  const sweeps = createSweeps({ kernel, loop, reserve, parts, census, vigils });

  return {
    mode: 'process_tree',
    mark: marks.kind,
    weaker: [`${reason}; processes are held as descendants of process 1`, weaker[marks.kind], always],
    prepare: () => 0,
    prepareSingle: () => 0,
    place(tree, name, tag) {
      const part = parts.at(tree, name);
      sweeps.forgive(tree, name);
      const { request, environment } = marks.make(part, tag);
      return {
        request: { cgroup: -1, ...request },
        environment,
        born(pid) {
          census.born(part, pid);
          marks.born(part, pid);
        },
        close: () => undefined,
      };
    },
    frozen: () => false,
    // Best effort: what is missed now is perhaps found by other marks.
    look: () => void census.latest(),
    kill(tree, name) {
      sweeps.kill(tree, name);
      return 0;
    },
    members(tree, name) {
      if (census.latest() < 0) return null;
      return new Set(parts.within(tree, name).flatMap(({ living }) => living.map(({ pid }) => pid)));
    },
    isEmpty: () => false,
    signal: sweeps.signal,
    whenEmpty(tree, name, done) {
      vigils.keep(tree, name, () => {
        for (const part of parts.within(tree, name)) marks.release(part);
        done();
      });
    },
    remove(tree) {
      const all = parts.within(tree, 'tree');
      if (all.some(({ name, living }) => name !== null && living.length > 0)) return -errno.EBUSY;
      for (const part of all) {
        marks.release(part);
        census.forget(part);
        parts.remove(part);
      }
      return 0;
    },
    ownerOf(pid) {
      const part = census.partOf(pid);
      return part === null ? null : { tree: part.tree, part: part.name };
    },
    reaped(pids) {
      census.reaped(pids);
      vigils.reaped(pids);
    },
  };
}
