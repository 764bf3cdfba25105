import { readFileSync } from 'node:fs';
import type { IdRules } from '../../authority/id-range.ts';
import type { Shim } from '../../linux/shim.ts';
import { readMarks } from '../../platform/hosted/identity/token-file.ts';

type Extent = readonly [first: number, last: number];

const extents = (path: string): readonly Extent[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line): Extent[] => {
      const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
      return count > 0 ? [[first, first + count - 1]] : [];
    });

/** Which ids this machine has, and which of them PID 1 marks processes with. */
export function readIdRules(shim: Shim): IdRules {
  const maps = ['/proc/self/uid_map', '/proc/self/gid_map'].map(extents);
  const tags = readMarks(shim)?.tags ?? null;
  return {
    isMapped: (id) => maps.every((map) => map.some(([first, last]) => id >= first && id <= last)),
    isTag: (gid) => tags !== null && gid >= tags.first && gid <= tags.last,
  };
}
