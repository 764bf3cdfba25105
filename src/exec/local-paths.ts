import { constants } from 'node:fs';
import type { Descriptors, Files } from '../kernel/kernel.ts';
import { unescapeMountPoint } from '../kernel/mount-table.ts';

const mountTable = '/proc/self/mountinfo';

/** Filesystems whose paths cannot hang on a network. EXEC-017. */
const localTypes = new Set([
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'tmpfs',
  'ramfs',
  'overlay',
  'squashfs',
  'erofs',
  'f2fs',
  'iso9660',
  'zfs',
]);

export interface LocalPaths {
  /** Judged by the mount table alone; the path is never touched. */
  isLocal(path: string): boolean;
}

interface MountPoint {
  readonly point: string;
  readonly local: boolean;
}

/**
 * Decides which paths the fast form of spawn may be trusted with: the longest matching mount point must be of a local type. The kernel is
 * asked each time whether the mount table has changed; where it does not tell, the table is read for every judgement. O-07.
 */
export function createLocalPaths(kernel: Pick<Files, 'readFile'> & Pick<Descriptors, 'open' | 'changed'>): LocalPaths {
  let mounts: readonly MountPoint[] | null = null;
  let table = -1;
  const verdicts = new Map<string, boolean>();

  /** The table is the one that was read. */
  function isCurrent(): boolean {
    if (table < 0) table = kernel.open(mountTable, constants.O_RDONLY);
    return table >= 0 && kernel.changed(table) === 0;
  }

  function load(): readonly MountPoint[] {
    const content = kernel.readFile(mountTable, 1 << 20);
    const text = content instanceof Uint8Array ? new TextDecoder().decode(content) : '';
    return text.split('\n').flatMap((line) => {
      const [before, after] = line.split(' - ');
      const point = before?.split(' ')[4];
      const type = after?.split(' ')[0];
      return point === undefined || type === undefined ? [] : [{ point: unescapeMountPoint(point), local: localTypes.has(type) }];
    });
  }

  return {
    isLocal(path) {
      if (!isCurrent()) {
        mounts = null;
        verdicts.clear();
      }
      mounts ??= load();
      const known = verdicts.get(path);
      if (known !== undefined) return known;
      let longest = -1;
      let local = false;
      for (const mount of mounts) {
        const within = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`);
        // A later mount on the same point hides the earlier one.
        if (!within || mount.point.length < longest) continue;
        longest = mount.point.length;
        local = mount.local;
      }
      verdicts.set(path, local);
      return local;
    },
  };
}
