/** The machine's own calls: what they did is recorded for the test to look at. */
import { errno } from '../../kernel/errno.ts';
import type { Machine } from '../../kernel/kernel.ts';
import type { CgroupNode } from './cgroups.ts';
import type { FileTree } from './file-tree.ts';
import { directoryNode } from './file-tree.ts';
import type { World } from './world.ts';

export interface MachineOptions {
  /** RTC in seconds since the epoch; null: there is none. */
  readonly rtcSeconds: number | null;
  readonly pidNamespace: number;
  readonly capabilities: bigint;
}

/** What was done to the machine. */
export interface MachineRecord {
  hostname: string;
  loopback: boolean;
  syncs: number;
  readonly entropy: { readonly bytes: number; readonly credit: boolean }[];
  readonly limits: Map<number, { readonly soft: bigint; readonly hard: bigint }>;
}

const msRemount = 32;
const msBind = 4096;
const billion = 1_000_000_000n;
const realFilesystems = new Set(['proc', 'sysfs', 'tmpfs', 'devpts', 'devtmpfs', 'ext4', 'xfs', 'btrfs', 'overlay', 'mqueue', 'nfs']);

export function createMachine(
  world: World,
  tree: FileTree,
  cgroupRoot: CgroupNode,
  options: MachineOptions,
  /** Fills a filesystem that was just mounted. */
  populate: (type: string, target: string) => void,
): { machine: Machine; record: MachineRecord } {
  const record: MachineRecord = {
    hostname: '(none)',
    loopback: false,
    syncs: 0,
    entropy: [],
    limits: new Map([[7, { soft: 1024n, hard: 4096n }]]),
  };
  /** Whoever asks about the table of mounts hears of it. */
  function mountsChanged(): void {
    const table = tree.lookup('/proc/self/mountinfo');
    if (typeof table === 'number' || table.kind !== 'file') return;
    table.version += 1;
  }

  const machine: Machine = {
    mount(source, target, type, flags) {
      const mounted = tree.mounts.findLast((mount) => mount.target === target);
      if ((flags & msRemount) !== 0) {
        if (target === '/') return 0;
        if (mounted === undefined) return -errno.EINVAL;
        mounted.flags = flags & ~msRemount;
        return 0;
      }
      const place = tree.lookup(target);
      if (typeof place === 'number') return place;
      if (place.kind !== 'directory') return -errno.ENOTDIR;
      if ((flags & msBind) !== 0) {
        const bound = tree.lookup(source);
        if (typeof bound === 'number') return bound;
        if (bound.kind !== 'directory') return -errno.ENOTDIR;
        tree.mounts.push({ source, target, type: 'bind', flags, root: bound });
        mountsChanged();
        return 0;
      }
      // Changes of propagation have no type.
      if (type === '') return 0;
      if (type !== 'cgroup2' && !realFilesystems.has(type)) return -errno.ENODEV;
      if (mounted?.type === type && type !== 'tmpfs') return -errno.EBUSY;
      tree.mounts.push({ source, target, type, flags, root: type === 'cgroup2' ? cgroupRoot : directoryNode(0o755) });
      populate(type, target);
      mountsChanged();
      return 0;
    },
    umount(target) {
      const at = tree.mounts.findLastIndex((mount) => mount.target === target);
      if (at <= 0) return at === 0 ? -errno.EBUSY : -errno.EINVAL;
      if (tree.mounts.some((mount) => mount.target.startsWith(`${target}/`))) return -errno.EBUSY;
      tree.mounts.splice(at, 1);
      mountsChanged();
      return 0;
    },
    loopbackUp() {
      record.loopback = true;
      return 0;
    },
    readRtc: () => options.rtcSeconds ?? -errno.ENOENT,
    setRealtime(seconds) {
      world.setRealtime(BigInt(seconds) * billion);
      return 0;
    },
    addEntropy(seed, credit) {
      record.entropy.push({ bytes: seed.length, credit });
      return 0;
    },
    random: (bytes) => world.random.bytes(bytes),
    sync() {
      record.syncs += 1;
      return 0;
    },
    reboot(command) {
      // Turning the kernel's own Ctrl-Alt-Del off ends nothing.
      if (command === 0) return 0;
      world.rebooted = command;
      return 0;
    },
    pidNamespace: () => options.pidNamespace,
    capabilities: () => options.capabilities,
    hostname(name) {
      record.hostname = name;
      return 0;
    },
    pid: () => 1,
    getLimit: (resource) => record.limits.get(resource) ?? { soft: 0xffff_ffff_ffff_ffffn, hard: 0xffff_ffff_ffff_ffffn },
    setLimit(resource, soft, hard) {
      record.limits.set(resource, { soft, hard });
      return 0;
    },
    setSlice: () => 0,
  };
  return { machine, record };
}
