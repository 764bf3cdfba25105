/** A simulated process as the kernel's side knows it, and what /proc shows of it. */
import type { ExitStatus, NamespaceKind } from '../../kernel/kernel.ts';
import type { Cgroup } from './cgroups.ts';
import type { DirectoryNode, TreeNode } from './file-tree.ts';
import { directoryNode, fileNode } from './file-tree.ts';
import type { SimulatedProcess } from './process-contract.ts';
import type { OpenFile } from './world.ts';

export interface Entry {
  readonly process: SimulatedProcess;
  readonly pidfd: OpenFile;
  readonly held: OpenFile[];
  readonly cancels: Set<() => void>;
  readonly handlers: Map<number, () => void>;
  parent: number;
  cgroup: Cgroup;
  state: 'running' | 'zombie' | 'reaped';
  hanging: boolean;
  readonly start: number;
  session: number;
  groups: readonly number[];
  /** What others see of it. */
  visibleEnvironment: readonly string[];
  readonly namespaces: Readonly<Record<NamespaceKind, number>>;
  stopped: boolean;
  /** What was to happen while it was stopped. */
  readonly heldBack: (() => void)[];
  pending: number | null;
  status: ExitStatus | null;
}

/** What /proc has of a process, as far as peinit looks. */
export function procDirectory({
  process,
  parent,
  session,
  start,
  groups,
  visibleEnvironment,
  namespaces,
  state,
  stopped,
}: Entry): DirectoryNode {
  const letter = state === 'running' ? (stopped ? 'T' : 'S') : 'Z';
  const zeros = (count: number): string => Array(count).fill('0').join(' ');
  const namespace = (inode: number): TreeNode => ({ ...fileNode('', 0o444), inode });
  const ns: DirectoryNode = {
    ...directoryNode(0o555),
    entries: new Map(Object.entries(namespaces).map(([kind, inode]) => [kind, namespace(inode)])),
  };
  const text = (content: string): TreeNode => fileNode(content, 0o444);
  const entries = new Map<string, TreeNode>([
    ['stat', text(`${process.pid} (a) b) ${letter} ${parent} ${process.pid} ${session} ${zeros(13)} 1 0 ${start} 0\n`)],
    ['status', text(`Name:\ta\nPPid:\t${parent}\nGroups:\t${groups.join(' ')} \n`)],
    ['environ', text(visibleEnvironment.map((each) => `${each}\0`).join(''))],
    ['ns', ns],
  ]);
  return { ...directoryNode(0o555), entries };
}
