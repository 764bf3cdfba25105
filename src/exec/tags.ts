/** Tags: groups that nobody else has, one for each start. They tell whose a process is, also after its parent is gone. O-10, O-65. */
import type { Files, Machine } from '../kernel/kernel.ts';

export interface Tags {
  /** A group that no process and no connection has; null: all are in use. */
  take(): number | null;
  /** No process and no connection has it any more. It comes again when all others have been had. */
  give(tag: number): void;
  /** Whether that group is, or may be, a tag. */
  includes(gid: number): boolean;
  readonly range: GidRange;
}

export interface GidRange {
  readonly first: number;
  readonly last: number;
}

/** Where it is free to choose: far from what machines give to people and programs. */
const preferred: GidRange = { first: 0x50000000, last: 0x5fffffff };
/** nogroup, and what overflows to it, are no tags. */
const reserved: GidRange = { first: 65534, last: 65535 };
const capSetgid = 6n;
const decoder = new TextDecoder();

/** @param gidMap content of /proc/self/gid_map */
export function tagRange(gidMap: string): GidRange | null {
  const mapped = gidMap
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([first = 0, , count = 0]) => ({ first, last: first + count - 1 }));
  if (mapped.some(({ first, last }) => first <= preferred.first && preferred.last <= last)) return preferred;
  const [largest = { first: 0, last: -1 }] = mapped.sort((a, b) => b.last - b.first - (a.last - a.first));
  const quarter = (last: number): GidRange => ({ first: last - Math.floor((last - largest.first + 1) / 4) + 1, last });
  const upper = quarter(largest.last);
  const range = upper.first <= reserved.last && upper.last >= reserved.first ? quarter(reserved.first - 1) : upper;
  return range.first > range.last ? null : range;
}

/** Null: this machine has no groups to give away, or peinit may not give any. */
export function createTags(kernel: Pick<Files, 'readFile'> & Pick<Machine, 'capabilities'>): Tags | null {
  const read = (path: string): string => {
    const content = kernel.readFile(path, 4096);
    return typeof content === 'number' ? '' : decoder.decode(content).trim();
  };
  const range = tagRange(read('/proc/self/gid_map'));
  const maySet = ((kernel.capabilities() >> capSetgid) & 1n) === 1n && read('/proc/self/setgroups') !== 'deny';
  return range !== null && maySet ? tagsOf(range) : null;
}

export function tagsOf({ first, last }: GidRange): Tags {
  let next = first;
  /** In the order in which they were given back. */
  const free = new Set<number>();
  return {
    take() {
      if (next <= last) return next++;
      const [oldest = null] = free;
      if (oldest !== null) free.delete(oldest);
      return oldest;
    },
    give: (tag) => void free.add(tag),
    includes: (gid) => gid >= first && gid <= last,
    range: { first, last },
  };
}
