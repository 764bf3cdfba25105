/** The file calls over the tree. Failing by chance is not here but in front of it (faults.ts). */

import { constants } from 'node:fs';
import { errno } from '../../kernel/errno.ts';
import type { Files, Result, Sockets } from '../../kernel/kernel.ts';
import { pollBits } from '../dispatcher.ts';
import type { FileNode, FileTree, TreeNode } from './file-tree.ts';
import { directoryNode, fileNode } from './file-tree.ts';
import type { OpenFile, World } from './world.ts';
import { openFile } from './world.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Directories can be opened to spawn into; files are read at an offset and report EPOLLPRI when their owner raised them. */
export interface OpenNode extends OpenFile {
  readonly node: TreeNode;
}

function contentOf(node: FileNode): Uint8Array | Result {
  if (node.dynamic === undefined) return node.content;
  const text = node.dynamic.read();
  return typeof text === 'number' ? text : encoder.encode(text);
}

function overwrite(node: FileNode, data: Uint8Array, append: boolean): Result {
  if (node.dynamic !== undefined) return node.dynamic.write?.(decoder.decode(data)) ?? -errno.EINVAL;
  if (!append) node.content = new Uint8Array(data);
  else node.content = Uint8Array.from([...node.content, ...data]);
  return data.length;
}

function openNode(node: TreeNode, inode: () => number): OpenNode {
  let offset = 0;
  let seen = node.kind === 'file' ? node.version : 0;
  function readAt(into: Uint8Array, from: number): Result {
    if (node.kind !== 'file') return -errno.EISDIR;
    const content = contentOf(node);
    if (typeof content === 'number') return content;
    seen = node.version;
    const part = content.subarray(from, from + into.length);
    into.set(part);
    return part.length;
  }
  const file: OpenNode = Object.assign(
    openFile(node.kind, {
      ready: () => (node.kind === 'file' && node.version !== seen ? pollBits.pri | pollBits.err : 0),
      readAt,
      inode,
      read(into) {
        const count = readAt(into, offset);
        if (count > 0) offset += count;
        return count;
      },
      write: (data) => (node.kind === 'file' ? overwrite(node, data, true) : -errno.EISDIR),
      released() {
        if (node.kind === 'file') node.watchers.delete(file);
      },
    }),
    { node },
  );
  if (node.kind === 'file') node.watchers.add(file);
  return file;
}

/** Tells of what is taken away from a directory. */
interface Vanishing extends OpenFile {
  pending: boolean;
}

export interface FileCalls extends Files, Pick<Sockets, 'watchVanishing' | 'inode'> {
  open(path: string, flags: number, mode?: number): Result;
  makeSocket(path: string, mode: number, end: unknown): Result;
}

export function createFileCalls(world: World, tree: FileTree): FileCalls {
  const inodes = new WeakMap<TreeNode, number>();
  const watchers = new Map<TreeNode, Set<Vanishing>>();
  let lastInode = 0;

  function vanished(...directories: readonly TreeNode[]): void {
    for (const directory of directories)
      for (const watcher of watchers.get(directory) ?? []) {
        watcher.pending = true;
        world.touch(watcher);
      }
  }

  function watchVanishing(path: string): Result {
    const node = find(path);
    if (typeof node === 'number') return node;
    if (node.kind !== 'directory') return -errno.ENOTDIR;
    const ofNode = watchers.get(node) ?? new Set();
    watchers.set(node, ofNode);
    const watcher: Vanishing = Object.assign(
      openFile('vanishing', {
        ready: () => (watcher.pending ? pollBits.in : 0),
        read(into) {
          if (!watcher.pending) return -errno.EAGAIN;
          watcher.pending = false;
          return Math.min(into.length, 16);
        },
        released: () => void ofNode.delete(watcher),
      }),
      { pending: false },
    );
    ofNode.add(watcher);
    return world.install(watcher);
  }

  function inode(path: string): Result {
    const node = find(path);
    return typeof node === 'number' ? node : inodeOfNode(node);
  }

  function inodeOfNode(node: TreeNode): number {
    const number = (node.kind === 'file' ? node.inode : undefined) ?? inodes.get(node) ?? ++lastInode;
    inodes.set(node, number);
    return number;
  }

  function find(path: string): TreeNode | Result {
    return tree.lookup(path);
  }

  /** The file there, made if it may be. */
  function fileFor(path: string, create: boolean, exclusive: boolean, mode: number): FileNode | Result {
    const found = find(path);
    if (typeof found !== 'number') {
      if (exclusive) return -errno.EEXIST;
      if (found.kind === 'directory') return -errno.EISDIR;
      return found.kind === 'file' ? found : -errno.ENXIO;
    }
    if (found !== -errno.ENOENT || !create) return found;
    const parent = tree.parent(path);
    if (typeof parent === 'number') return parent;
    if (parent.directory.makes !== undefined) return -errno.EACCES;
    const made = fileNode('', mode);
    parent.directory.entries.set(parent.name, made);
    return made;
  }

  function change(path: string, act: (node: TreeNode) => void): Result {
    const node = find(path);
    if (typeof node === 'number') return node;
    act(node);
    return 0;
  }

  return {
    readFile(path, maxBytes) {
      const node = find(path);
      if (typeof node === 'number') return node;
      if (node.kind === 'directory') return -errno.EISDIR;
      if (node.kind === 'socket') return -errno.ENXIO;
      const content = contentOf(node);
      return typeof content === 'number' ? content : content.slice(0, maxBytes);
    },
    writeFile(path, data, options = {}) {
      const node = fileFor(path, options.create !== false, options.exclusive === true, options.mode ?? 0o644);
      if (typeof node === 'number') return node;
      const written = overwrite(node, typeof data === 'string' ? encoder.encode(data) : data, options.append === true);
      return written < 0 ? written : 0;
    },
    replaceFile(path, data, mode) {
      const node = fileFor(path, true, false, mode);
      if (typeof node === 'number') return node;
      node.mode = mode;
      const written = overwrite(node, typeof data === 'string' ? encoder.encode(data) : data, false);
      return written < 0 ? written : 0;
    },
    mkdir(path, mode) {
      const parent = tree.parent(path);
      if (typeof parent === 'number') return parent;
      if (typeof find(path) !== 'number') return -errno.EEXIST;
      const made = parent.directory.makes?.(parent.name) ?? directoryNode(mode);
      if (typeof made === 'number') return made;
      parent.directory.entries.set(parent.name, made);
      return 0;
    },
    rmdir(path) {
      const node = find(path);
      if (typeof node === 'number') return node;
      if (node.kind !== 'directory') return -errno.ENOTDIR;
      if (tree.mounts.some((mount) => mount.target === path)) return -errno.EBUSY;
      const refused = node.removable?.() ?? (node.entries.size > 0 ? -errno.ENOTEMPTY : 0);
      if (refused < 0) return refused;
      const parent = tree.parent(path);
      if (typeof parent === 'number') return parent;
      parent.directory.entries.delete(parent.name);
      node.removed?.();
      vanished(parent.directory, node);
      return 0;
    },
    unlink(path) {
      const node = find(path);
      if (typeof node === 'number') return node;
      if (node.kind === 'directory') return -errno.EISDIR;
      const parent = tree.parent(path);
      if (typeof parent === 'number') return parent;
      parent.directory.entries.delete(parent.name);
      vanished(parent.directory);
      return 0;
    },
    watchVanishing,
    inode,
    chmod: (path, mode) => change(path, (node) => void Object.assign(node, { mode })),
    chown: (path, uid, gid) => change(path, (node) => void Object.assign(node, { uid, gid })),
    readDirectory(path) {
      const node = find(path);
      if (typeof node === 'number') return node;
      return node.kind === 'directory' ? [...node.entries.keys()] : -errno.ENOTDIR;
    },
    readLink(path) {
      const node = find(path);
      return tree.links.get(path) ?? (typeof node === 'number' ? node : -errno.EINVAL);
    },
    executable(path) {
      const node = find(path);
      return typeof node !== 'number' && (node.mode & 0o111) !== 0;
    },
    isTerminal: () => false,
    open(path, flags, mode = 0o644) {
      const wanted = find(path);
      const directory = typeof wanted !== 'number' && wanted.kind === 'directory';
      if ((flags & constants.O_DIRECTORY) !== 0 && typeof wanted !== 'number' && !directory) return -errno.ENOTDIR;
      const node = directory ? wanted : fileFor(path, (flags & constants.O_CREAT) !== 0, (flags & constants.O_EXCL) !== 0, mode);
      if (typeof node === 'number') return node;
      if (node.kind === 'file' && (flags & constants.O_TRUNC) !== 0 && node.dynamic === undefined) node.content = new Uint8Array(0);
      return world.install(openNode(node, () => inodeOfNode(node)));
    },
    makeSocket(path, mode, end) {
      const parent = tree.parent(path);
      if (typeof parent === 'number') return parent;
      const found = parent.directory.entries.get(parent.name);
      if (found !== undefined && found.kind !== 'socket') return -errno.EEXIST;
      parent.directory.entries.set(parent.name, { kind: 'socket', end, mode, uid: 0, gid: 0 });
      return 0;
    },
  };
}
