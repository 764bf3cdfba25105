import type { Files } from '../linux/kernel.ts';

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
  /** The mount table changed: read it again before the next judgement. */
  refresh(): void;
}

/** Decides which paths the fast form of spawn may be trusted with: the longest matching mount point must be of a local type. O-07. */
export function createLocalPaths(kernel: Files): LocalPaths {
  let mounts: readonly { readonly point: string; readonly local: boolean }[] | null = null;
  const verdicts = new Map<string, boolean>();

  function load(): readonly { readonly point: string; readonly local: boolean }[] {
    const content = kernel.readFile('/proc/self/mountinfo', 1 << 20);
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
    refresh() {
      mounts = null;
      verdicts.clear();
    },
  };
}

const unescapeMountPoint = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
