import { constants } from 'node:fs';
import type { Descriptors, Files } from '../linux/kernel.ts';
import type { Loop } from '../linux/loop.ts';

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
 * Decides which paths the fast form of spawn may be trusted with: the longest matching mount point must be of a local type. The kernel
 * tells when the mount table changes; where it does not, the table is read for every judgement. O-07.
 */
export function createLocalPaths(kernel: Files & Pick<Descriptors, 'open' | 'close' | 'readAt'>, loop: Pick<Loop, 'watch'>): LocalPaths {
  let mounts: readonly MountPoint[] | null = null;
  let watched = false;
  const verdicts = new Map<string, boolean>();
  const byte = new Uint8Array(1);

  function forget(): void {
    mounts = null;
    verdicts.clear();
  }

  /** Before the table is read, so that no change falls between the two. */
  function watch(): void {
    const fd = kernel.open(mountTable, constants.O_RDONLY);
    if (fd < 0) return;
    try {
      // Changes come before whatever is started because of them.
      loop.watch(fd, { priority: true }, 'signal', () => {
        kernel.readAt(fd, byte, 0);
        forget();
      });
      watched = true;
    } catch {
      kernel.close(fd);
    }
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
      if (!watched) {
        forget();
        watch();
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

const unescapeMountPoint = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
