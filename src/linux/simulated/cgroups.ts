/**
 * cgroup2 as far as peinit uses it: directories with cgroup.procs, cgroup.kill and cgroup.events. Two habits of the real
 * kernel are kept: the notification of `populated` comes late (at most every 10 ms), and whoever is born into a cgroup
 * after a write to its cgroup.kill, or to that of a cgroup above it, is killed at birth.
 */
import { errno } from '../../kernel/errno.ts';
import type { Result } from '../../kernel/kernel.ts';
import type { DirectoryNode } from './file-tree.ts';
import { fileNode } from './file-tree.ts';
import type { World } from './world.ts';
import { milliseconds } from './world.ts';

export interface Cgroup {
  readonly name: string;
  readonly parent: Cgroup | null;
  readonly children: Set<Cgroup>;
  /** Pids of living processes. */
  readonly members: Set<number>;
  /** cgroup.kill was written while this directory existed. */
  killed: boolean;
  removed: boolean;
  /** A process came or went. */
  changed(): void;
}

export interface CgroupNode extends DirectoryNode {
  readonly cgroup: Cgroup;
}

export const isCgroupNode = (node: unknown): node is CgroupNode => typeof node === 'object' && node !== null && 'cgroup' in node;

function populated(cgroup: Cgroup): boolean {
  if (cgroup.members.size > 0) return true;
  for (const child of cgroup.children) if (populated(child)) return true;
  return false;
}

export const cgroupPath = (cgroup: Cgroup): string => (cgroup.parent === null ? '' : `${cgroupPath(cgroup.parent)}/${cgroup.name}`);

function* withDescendants(cgroup: Cgroup): Generator<Cgroup> {
  yield cgroup;
  for (const child of cgroup.children) yield* withDescendants(child);
}

/** What cgroup files need from the processes. */
export interface CgroupHooks {
  kill(pid: number): void;
  move(pid: number, to: Cgroup): Result;
}

export function createCgroupRoot(world: World, hooks: CgroupHooks): CgroupNode {
  function make(name: string, parent: Cgroup | null): CgroupNode {
    let wasPopulated = false;
    let notified = 0n;
    const events = fileNode('', 0o444, {
      read: () => (cgroup.removed ? -errno.ENODEV : `populated ${populated(cgroup) ? 1 : 0}\nfrozen 0\n`),
    });

    function notify(): void {
      events.version += 1;
      for (const file of events.watchers) world.touch(file);
    }

    const cgroup: Cgroup = {
      name,
      parent,
      children: new Set(),
      members: new Set(),
      killed: false,
      removed: false,
      changed() {
        const now = populated(cgroup);
        if (now !== wasPopulated) {
          wasPopulated = now;
          const quietUntil = notified + milliseconds(10);
          const wait = quietUntil > world.now ? quietUntil - world.now : 0n;
          notified = world.now + wait;
          world.schedule(wait + world.delay(), notify);
        }
        parent?.changed();
      },
    };
    parent?.children.add(cgroup);

    const procs = fileNode('', 0o644, {
      read: () => [...cgroup.members].map((pid) => `${pid}\n`).join(''),
      write: (text) => hooks.move(Number(text), cgroup),
    });
    const kill = fileNode('', 0o200, {
      read: () => -errno.EINVAL,
      write(text) {
        if (text.trim() !== '1') return -errno.ERANGE;
        for (const each of withDescendants(cgroup)) {
          each.killed = true;
          for (const pid of each.members) hooks.kill(pid);
        }
        return text.length;
      },
    });
    const control = fileNode('', 0o644, { read: () => '', write: (text) => text.length });
    return {
      kind: 'directory',
      mode: 0o755,
      uid: 0,
      gid: 0,
      cgroup,
      entries: new Map([
        ['cgroup.procs', procs],
        ['cgroup.kill', kill],
        ['cgroup.events', events],
        ['cgroup.stat', fileNode('', 0o444, { read: () => `nr_descendants ${[...withDescendants(cgroup)].length - 1}\n` })],
        ['cgroup.subtree_control', control],
        ['cgroup.controllers', fileNode('', 0o444, { read: () => 'cpu memory pids\n' })],
      ]),
      makes: (child) => (cgroup.removed ? -errno.ENODEV : make(child, cgroup)),
      removable: () => (parent === null || cgroup.children.size > 0 || cgroup.members.size > 0 ? -errno.EBUSY : 0),
      removed() {
        cgroup.removed = true;
        parent?.children.delete(cgroup);
        notify();
      },
    };
  }
  return make('', null);
}
