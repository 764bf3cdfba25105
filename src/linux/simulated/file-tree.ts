/** Files in memory, with mounts over them. Paths are absolute; symbolic links can be read and are not followed. */
import { errno } from '../../kernel/errno.ts';
import type { Result } from '../../kernel/kernel.ts';
import type { OpenFile } from './world.ts';

interface Attributes {
  mode: number;
  uid: number;
  gid: number;
}

/** `dynamic` files are made up when read and act when written, as in /proc and cgroup2. */
export interface FileNode extends Attributes {
  readonly kind: 'file';
  content: Uint8Array;
  readonly dynamic?: { read(): string | Result; write?(text: string): Result };
  /** Raised by whoever owns the file; a description that has not seen the last one reports EPOLLPRI. */
  version: number;
  readonly watchers: Set<OpenFile>;
  /** Of what is known by its number (namespaces). */
  readonly inode?: number;
}

export interface DirectoryNode extends Attributes {
  readonly kind: 'directory';
  readonly entries: Map<string, TreeNode>;
  /** Entries that are made up when they are looked for; they are not listed. */
  find?: (name: string) => TreeNode | undefined;
  /** Filesystems that make their own children (cgroup2). */
  readonly makes?: (name: string) => DirectoryNode | Result;
  /** 0, or why it cannot be removed. */
  readonly removable?: () => Result;
  readonly removed?: () => void;
}

export interface SocketNode extends Attributes {
  readonly kind: 'socket';
  /** The listening or receiving end; null once that is closed. */
  end: unknown;
}

export type TreeNode = FileNode | DirectoryNode | SocketNode;

export interface MountRecord {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  flags: number;
  readonly root: DirectoryNode;
}

export interface FileTree {
  lookup(path: string): TreeNode | Result;
  /** The directory a path lies in and its last name. */
  parent(path: string): { readonly directory: DirectoryNode; readonly name: string } | Result;
  /** Makes directories on the way, and puts a node there; for setting a scene. */
  place(path: string, node: TreeNode): void;
  readonly mounts: MountRecord[];
  /** What symbolic links point to, by their paths. */
  readonly links: Map<string, string>;
}

const encoder = new TextEncoder();

export function fileNode(content: Uint8Array | string, mode: number, dynamic?: FileNode['dynamic']): FileNode {
  const bytes = typeof content === 'string' ? encoder.encode(content) : content;
  const base = { kind: 'file' as const, content: bytes, mode, uid: 0, gid: 0, version: 0, watchers: new Set<OpenFile>() };
  return dynamic === undefined ? base : { ...base, dynamic };
}

export function directoryNode(mode: number): DirectoryNode {
  return { kind: 'directory', entries: new Map(), mode, uid: 0, gid: 0 };
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '');

export function createFileTree(): FileTree {
  const mounts: MountRecord[] = [{ source: '/dev/root', target: '/', type: 'ext4', flags: 0, root: directoryNode(0o755) }];

  /** The topmost mount there. */
  const mountAt = (path: string): MountRecord | undefined => mounts.findLast((mount) => mount.target === path);

  function descend(parts: readonly string[]): TreeNode | Result {
    let node: TreeNode = (mountAt('/') as MountRecord).root;
    let path = '';
    for (const part of parts) {
      if (node.kind !== 'directory') return -errno.ENOTDIR;
      path += `/${part}`;
      const found: TreeNode | undefined = mountAt(path)?.root ?? node.entries.get(part) ?? node.find?.(part);
      if (found === undefined) return -errno.ENOENT;
      node = found;
    }
    return node;
  }

  function parent(path: string): { directory: DirectoryNode; name: string } | Result {
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) return -errno.EBUSY;
    const directory = descend(parts);
    if (typeof directory === 'number') return directory;
    return directory.kind === 'directory' ? { directory, name } : -errno.ENOTDIR;
  }

  function place(path: string, node: TreeNode): void {
    const parts = partsOf(path);
    for (let depth = 1; depth < parts.length; depth++) {
      const above = parent(`/${parts.slice(0, depth).join('/')}`);
      if (typeof above !== 'number' && !above.directory.entries.has(above.name))
        above.directory.entries.set(above.name, directoryNode(0o755));
    }
    const above = parent(path);
    if (typeof above === 'number') throw new Error(`simulated tree: nowhere to put ${path}`);
    above.directory.entries.set(above.name, node);
  }

  return { lookup: (path) => descend(partsOf(path)), parent, place, mounts, links: new Map() };
}
