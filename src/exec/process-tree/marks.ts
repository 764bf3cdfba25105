/**
 * What a process carries that tells whose it is, and passes on to its children: a group that no other start has, where groups may be set;
 * else a namespace of its own; beside both a variable of its environment. O-66.
 */
import { constants } from 'node:fs';
import type { ProcessMark } from '../../../gen/control/types.ts';
import { errno, isGone } from '../../kernel/errno.ts';
import type { Descriptors, Files, Machine, NamespaceKind, ProcessRow, Result, SpawnRequest } from '../../kernel/kernel.ts';
import type { Reserve } from '../reserve.ts';
import type { Tags } from '../tags.ts';
import type { Part, Parts } from './parts.ts';
import { textOf } from './parts.ts';

/** The variable; nobody but peinit sets it. */
export const partVariable = 'PEINIT_PART';

export interface Marks {
  readonly kind: ProcessMark;
  /** The kind of namespace that tells; null: none does. */
  readonly namespace: NamespaceKind | null;
  /** What a process that is about to be made gets; `tag` is what its token marks it with already; null: nothing. */
  make(
    part: Part,
    tag: number | null,
  ): { readonly request: Pick<SpawnRequest, 'tag' | 'namespace'>; readonly environment: readonly string[] };
  /** A process was made with that. */
  born(part: Part, pid: number): void;
  /** The part whose mark a process has; null: none. -errno: it cannot be told for want of descriptors. */
  partOf(row: ProcessRow): Part | null | Result;
  /** The same by its environment. */
  partByEnvironment(row: ProcessRow): Part | null | Result;
  /** Nobody lives there: what marked them is for others. */
  release(part: Part): void;
}

export interface MarksParts {
  readonly kernel: Pick<Files & Descriptors & Machine, 'readFile' | 'open' | 'close' | 'inodeOf' | 'capabilities'>;
  readonly reserve: Reserve;
  readonly parts: Parts;
  /** Null: no groups can be given. */
  readonly tags: Tags | null;
}

const capSysAdmin = 21n;
const maxBytes = 1 << 18;
const decoder = new TextDecoder();

export function createMarks({ kernel, reserve, parts, tags }: MarksParts): Marks {
  const byTag = new Map<number, Part>();
  const byNamespace = new Map<number, Part>();
  /** Tags of our own, not of an identity. */
  const own = new Map<Part, number>();
  /** Namespaces that are held open, so that no other one gets their numbers. */
  const held = new Map<Part, { readonly fd: number; readonly inode: number }[]>();
  const namespace = tags === null && ((kernel.capabilities() >> capSysAdmin) & 1n) === 1n ? namespaceKind() : null;
  const ownNamespace = namespace === null ? 0 : holdNamespace('self').inode;

  function namespaceKind(): NamespaceKind {
    const fd = kernel.open('/proc/self/ns/cgroup', constants.O_RDONLY);
    if (fd >= 0) kernel.close(fd);
    return fd >= 0 ? 'cgroup' : 'uts';
  }

  function holdNamespace(pid: number | 'self'): { readonly fd: number; readonly inode: number } {
    const fd = reserve.spend(() => kernel.open(`/proc/${pid}/ns/${namespace}`, constants.O_RDONLY));
    return { fd, inode: fd < 0 ? 0 : kernel.inodeOf(fd) };
  }

  function ownTag(part: Part): number | null {
    const tag = own.get(part) ?? tags?.take() ?? null;
    if (tag === null) return null;
    own.set(part, tag);
    return tag;
  }

  /** What is gone says nothing, nor what may not be read: the environment of one that does not let others look. */
  function read(path: string): string | Result {
    const content = reserve.spend(() => kernel.readFile(path, maxBytes));
    if (typeof content !== 'number') return decoder.decode(content);
    return isGone(content) || content === -errno.EACCES || content === -errno.EPERM ? '' : content;
  }

  function partByGroups({ pid }: ProcessRow): Part | null | Result {
    const status = read(`/proc/${pid}/status`);
    if (typeof status === 'number') return status;
    const groups = /^Groups:\t(.*)$/m.exec(status)?.[1] ?? '';
    for (const gid of groups.split(' ')) {
      const part = byTag.get(Number(gid));
      if (part !== undefined) return part;
    }
    return null;
  }

  return {
    kind: tags !== null ? 'group' : namespace !== null ? 'namespace' : 'environment',
    namespace,
    make(part, given) {
      const environment = [`${partVariable}=${textOf(part)}`];
      if (namespace !== null) return { request: { namespace }, environment };
      const tag = given ?? ownTag(part);
      if (tag !== null) byTag.set(tag, part);
      return { request: tag === null || tag === given ? {} : { tag }, environment };
    },
    born(part, pid) {
      if (namespace === null) return;
      const { fd, inode } = holdNamespace(pid);
      // It is gone already, or the kernel did not let it have one.
      if (inode <= 0 || inode === ownNamespace) return void (fd >= 0 && kernel.close(fd));
      byNamespace.set(inode, part);
      held.set(part, [...(held.get(part) ?? []), { fd, inode }]);
    },
    partOf: (row) => (tags !== null ? partByGroups(row) : (byNamespace.get(row.namespace) ?? null)),
    partByEnvironment({ pid }) {
      const environment = read(`/proc/${pid}/environ`);
      if (typeof environment === 'number') return environment;
      const entry = environment.split('\0').find((each) => each.startsWith(`${partVariable}=`));
      return entry === undefined ? null : parts.find(entry.slice(partVariable.length + 1));
    },
    release(part) {
      for (const [tag, whose] of byTag) if (whose === part) byTag.delete(tag);
      const tag = own.get(part);
      if (tag !== undefined) tags?.give(tag);
      own.delete(part);
      for (const { fd, inode } of held.get(part) ?? []) {
        byNamespace.delete(inode);
        kernel.close(fd);
      }
      held.delete(part);
    },
  };
}
