/**
 * The simulated twin of the kernel: the whole seam over a world in memory with virtual time, deterministic by its seed. By
 * default it fails now and then, delays what it can and delivers in any order that a real kernel may.
 *
 * The daemon sees `kernel` (and a loop from simulated-loop.ts); the test sees the rest.
 */

import { errno } from '../../kernel/errno.ts';
import type { Descriptors, Kernel, Result } from '../../kernel/kernel.ts';
import { pollBits } from '../dispatcher.ts';
import type { CgroupNode } from './cgroups.ts';
import { createCgroupRoot } from './cgroups.ts';
import type { DatagramSockets } from './datagram-sockets.ts';
import { createDatagramSockets } from './datagram-sockets.ts';
import type { FallibleCall, FaultRule, Faults } from './faults.ts';
import { createFaults, defaultFaults } from './faults.ts';
import type { FileTree } from './file-tree.ts';
import { createFileTree, directoryNode, fileNode } from './file-tree.ts';
import type { FileCalls } from './files.ts';
import { createFileCalls } from './files.ts';
import type { SimulatedInputs } from './inputs.ts';
import { createInputs } from './inputs.ts';
import { createLines } from './lines.ts';
import type { MachineOptions, MachineRecord } from './machine.ts';
import { createMachine } from './machine.ts';
import { createPipeCall, isWriteEnd } from './pipes.ts';
import type { ProcessTable } from './processes.ts';
import { createProcesses } from './processes.ts';
import { createRandom } from './random.ts';
import { isSealed } from './sealed.ts';
import type { SimulatedSignals } from './signals.ts';
import { createSignals } from './signals.ts';
import type { StreamSockets } from './stream-sockets.ts';
import { createStreamSockets } from './stream-sockets.ts';
import type { Disturbance, World } from './world.ts';
import { createWorld, milliseconds } from './world.ts';

export interface SimulationOptions extends Partial<MachineOptions> {
  readonly seed: number;
  /** Default: defaultFaults. Rules of one's own replace them; an empty list means that nothing fails by chance. */
  readonly faults?: readonly FaultRule[];
  /** Default: unkind. `calm` delays nothing and keeps every order. */
  readonly disturbance?: Partial<Disturbance>;
  /** Filesystems that are there at start; default: those of a machine after phase 1. */
  readonly mounted?: readonly { readonly target: string; readonly type: string }[];
  readonly cmdline?: string;
  readonly maxDescriptors?: number;
  /** Whether oom_score_adj may be lowered. Default true. */
  readonly mayLowerOom?: boolean;
  readonly realtimeNs?: bigint;
  /** How many user and group ids there are, from 0 on. Default: all. */
  readonly mappedIds?: number;
}

export interface SimulatedMachine {
  readonly kernel: Kernel;
  readonly world: World;
  readonly tree: FileTree;
  readonly files: FileCalls;
  readonly faults: Faults;
  readonly processes: ProcessTable;
  readonly signals: SimulatedSignals;
  readonly streams: StreamSockets;
  readonly datagrams: DatagramSockets;
  readonly inputs: SimulatedInputs;
  readonly record: MachineRecord;
}

export const unkind: Disturbance = { delayNs: milliseconds(1), timerLateNs: milliseconds(2), reorder: true, shortTransfers: true };
export const calm: Disturbance = { delayNs: 0n, timerLateNs: 0n, reorder: false, shortTransfers: false };

const machineMounts = [
  { target: '/proc', type: 'proc' },
  { target: '/sys', type: 'sysfs' },
  { target: '/sys/fs/cgroup', type: 'cgroup2' },
  { target: '/dev', type: 'devtmpfs' },
  { target: '/run', type: 'tmpfs' },
] as const;

/** Root is there from the beginning, on a local filesystem. */
const rootLine = '19 1 0:19 / / rw,relatime - ext4 /dev/root rw\n';

function mountinfo(tree: FileTree): string {
  const mounts = tree.mounts
    .map(({ source, target, type, flags }, index) => {
      const mode = (flags & 1) === 1 ? 'ro' : 'rw';
      return `${20 + index} 1 0:${20 + index} / ${target} ${mode},relatime - ${type} ${source} ${mode}\n`;
    })
    .join('');
  return rootLine + mounts;
}

function furnish(tree: FileTree, cgroupRoot: CgroupNode, options: SimulationOptions, processes: ProcessTable): void {
  for (const { target, type } of options.mounted ?? machineMounts) {
    tree.place(target, directoryNode(0o755));
    tree.mounts.push({ source: type, target, type, flags: 0, root: type === 'cgroup2' ? cgroupRoot : directoryNode(0o755) });
    populate(tree, type, options, processes);
  }
}

/** What a filesystem of the kernel's own holds as soon as it is mounted. */
function populate(tree: FileTree, type: string, options: SimulationOptions, { procEntry }: ProcessTable): void {
  if (type === 'sysfs') {
    tree.place('/sys/fs', directoryNode(0o755));
    tree.place('/sys/fs/cgroup', directoryNode(0o755));
  }
  if (type === 'devtmpfs') tree.place('/dev/null', fileNode('', 0o666, { read: () => '', write: (text) => text.length }));
  if (type === 'proc') {
    tree.place('/proc/self/mountinfo', fileNode('', 0o444, { read: () => mountinfo(tree) }));
    const root = tree.lookup('/proc');
    if (typeof root !== 'number' && root.kind === 'directory') root.find = procEntry;
    tree.place('/proc/cmdline', fileNode(`${options.cmdline ?? ''}\n`, 0o444));
    for (const map of ['uid_map', 'gid_map']) tree.place(`/proc/self/${map}`, fileNode(`0 0 ${options.mappedIds ?? 4294967295}\n`, 0o444));
    tree.place('/proc/self/status', fileNode('Groups:\t0 \n', 0o444));
  }
}

/** Puts the faults in front of every call that can fail; spawn asks by itself. */
function withFaults(kernel: Kernel, faults: Faults): Kernel {
  const guard =
    <Arguments extends unknown[], Value>(call: FallibleCall, act: (...values: Arguments) => Value | Result) =>
    (...values: Arguments): Value | Result => {
      const fault = faults.strike(call, typeof values[0] === 'string' ? values[0] : '');
      return fault === null ? act(...values) : -fault.errno;
    };
  return {
    ...kernel,
    readFile: guard('readFile', kernel.readFile),
    writeFile: guard('writeFile', kernel.writeFile),
    replaceFile(path, data, mode) {
      const fault = faults.strike('replaceFile', path);
      if (fault === null || fault.late === true) {
        const result = kernel.replaceFile(path, data, mode);
        if (fault === null || result < 0) return result;
      }
      return -fault.errno;
    },
    mkdir: guard('mkdir', kernel.mkdir),
    rmdir: guard('rmdir', kernel.rmdir),
    unlink: guard('unlink', kernel.unlink),
    chmod: guard('chmod', kernel.chmod),
    chown: guard('chown', kernel.chown),
    readDirectory: guard('readDirectory', kernel.readDirectory),
    readLink: guard('readLink', kernel.readLink),
    open: guard('open', kernel.open),
    read: guard('read', kernel.read),
    readAt: guard('readAt', kernel.readAt),
    readLines: guard('readLines', kernel.readLines),
    changed: guard('changed', kernel.changed),
    compareDescriptions: guard('compareDescriptions', kernel.compareDescriptions),
    write: guard('write', kernel.write),
    writeNow: guard('writeNow', kernel.writeNow),
    pipe: guard('pipe', kernel.pipe),
    reserveDescriptors: guard('reserveDescriptors', kernel.reserveDescriptors),
    readSealed: guard('readSealed', kernel.readSealed),
    listenStream: guard('listenStream', kernel.listenStream),
    accept: guard('accept', kernel.accept),
    connectStream: guard('connectStream', kernel.connectStream),
    socketError: guard('socketError', kernel.socketError),
    shutdownWrite: guard('shutdownWrite', kernel.shutdownWrite),
    peerCredentials: guard('peerCredentials', kernel.peerCredentials),
    peerGroups: guard('peerGroups', kernel.peerGroups),
    watchVanishing: guard('watchVanishing', kernel.watchVanishing),
    inode: guard('inode', kernel.inode),
    bindDatagram: guard('bindDatagram', kernel.bindDatagram),
    passDescriptors: guard('passDescriptors', kernel.passDescriptors),
    receiveDatagram: guard('receiveDatagram', kernel.receiveDatagram),
    sendDatagram: guard('sendDatagram', kernel.sendDatagram),
    receiveWithDescriptors: guard('receiveWithDescriptors', kernel.receiveWithDescriptors),
    sendWithDescriptors: guard('sendWithDescriptors', kernel.sendWithDescriptors),
    scanProcesses: guard('scanProcesses', kernel.scanProcesses),
    inodeOf: guard('inodeOf', kernel.inodeOf),
    openProcess: guard('openProcess', kernel.openProcess),
    signal: guard('signal', kernel.signal),
    catchSignals: guard('catchSignals', kernel.catchSignals),
    openPowerKey: guard('openPowerKey', kernel.openPowerKey),
    watchAppearing: guard('watchAppearing', kernel.watchAppearing),
    mount: guard('mount', kernel.mount),
    umount: guard('umount', kernel.umount),
    loopbackUp: guard('loopbackUp', kernel.loopbackUp),
    readRtc: guard('readRtc', kernel.readRtc),
    setRealtime: guard('setRealtime', kernel.setRealtime),
    addEntropy: guard('addEntropy', kernel.addEntropy),
    random: guard('random', kernel.random),
    sync: guard('sync', kernel.sync),
    reboot: guard('reboot', kernel.reboot),
    pidNamespace: guard('pidNamespace', kernel.pidNamespace),
    hostname: guard('hostname', kernel.hostname),
    getLimit: guard('getLimit', kernel.getLimit),
    setLimit: guard('setLimit', kernel.setLimit),
    setSlice: guard('setSlice', kernel.setSlice),
  };
}

type DescriptorCall = Exclude<keyof Descriptors, 'open'>;

function descriptorCalls(world: World): Pick<Kernel, DescriptorCall> {
  // The order in which they were first compared.
  const places = new WeakMap<object, number>();
  let compared = 0;
  const placeOf = (file: object): number => {
    const place = places.get(file) ?? compared++;
    places.set(file, place);
    return place;
  };
  return {
    close: (fd) => world.close(fd),
    // Nothing that is closed here sleeps.
    closeAside: (fd) => world.close(fd),
    waitingCloses: () => 0,
    read: (fd, into) => world.file(fd)?.read(into) ?? -errno.EBADF,
    inodeOf: (fd) => world.file(fd)?.inode?.() ?? -errno.EBADF,
    readAt: (fd, into, offset) => world.file(fd)?.readAt(into, offset) ?? -errno.EBADF,
    compareDescriptions(fd, other) {
      const [one, another] = [world.file(fd), world.file(other)];
      if (one === undefined || another === undefined) return -errno.EBADF;
      return one === another ? 0 : placeOf(one) < placeOf(another) ? 1 : 2;
    },
    changed(fd) {
      const file = world.file(fd);
      if (file === undefined) return -errno.EBADF;
      if ((file.ready() & pollBits.pri) === 0) return 0;
      // Here reading takes it back.
      file.readAt(new Uint8Array(1), 0);
      return 1;
    },
    write: (fd, data, offset, length) => world.file(fd)?.write(data.subarray(offset, offset + length)) ?? -errno.EBADF,
    writeNow(fd, data, offset, length) {
      const file = world.file(fd);
      if (file !== undefined && isWriteEnd(file) && file.queue.room === 0 && file.ready() === 0) return -errno.EAGAIN;
      return file?.write(data.subarray(offset, offset + length)) ?? -errno.EBADF;
    },
    pipe: createPipeCall(world),
    reserveDescriptors: () => 0,
    readSealed(fd, maxBytes) {
      const file = world.file(fd);
      if (file === undefined) return -errno.EBADF;
      if (!isSealed(file)) return -errno.EINVAL;
      return file.content.length > maxBytes ? -errno.EFBIG : file.content;
    },
  };
}

export function createSimulatedKernel(options: SimulationOptions): SimulatedMachine {
  const random = createRandom(options.seed);
  const startNs = milliseconds(1000 + random.below(1000));
  const world = createWorld(
    random,
    { ...unkind, ...options.disturbance },
    startNs,
    options.realtimeNs ?? 1_700_000_000_000_000_000n,
    options.maxDescriptors ?? 65536,
  );
  const tree = createFileTree();
  const faults = createFaults(random, options.faults ?? defaultFaults);
  const files = createFileCalls(world, tree);
  const inputs = createInputs(world, tree);
  const signals = createSignals(world);
  const streams = createStreamSockets(world, tree, files);
  const datagrams = createDatagramSockets(world, tree, files);
  const processes = createProcesses({
    world,
    tree,
    signals,
    streams,
    datagrams,
    outside: createCgroupRoot(world, { kill: () => {}, move: () => -errno.EINVAL }).cgroup,
    mayLowerOom: options.mayLowerOom ?? true,
    strike: (path) => faults.strike('spawn', path),
  });
  const cgroupRoot = createCgroupRoot(world, { kill: (pid) => processes.kill(pid, 9), move: processes.move });
  const { machine, record } = createMachine(
    world,
    tree,
    cgroupRoot,
    {
      rtcSeconds: options.rtcSeconds === undefined ? 1_700_000_000 : options.rtcSeconds,
      pidNamespace: options.pidNamespace ?? 4026531836,
      capabilities: options.capabilities ?? 0x1ff_ffff_ffffn,
    },
    (type) => populate(tree, type, options, processes),
  );
  furnish(tree, cgroupRoot, options, processes);
  const kernel = withFaults(
    {
      monotonicNs: () => world.now,
      realtimeNs: () => world.now + world.realtimeOffset,
      ...files,
      ...descriptorCalls(world),
      ...createLines(world),
      ...streams,
      ...datagrams,
      spawn: processes.spawn,
      reap: processes.reap,
      scanProcesses: processes.scanProcesses,
      openProcess: processes.openProcess,
      signal: processes.signal,
      catchSignals: signals.catchSignals,
      drainSignals: signals.drainSignals,
      ...machine,
      ...inputs.calls,
    },
    faults,
  );
  return { kernel, world, tree, files, faults, processes, signals, streams, datagrams, inputs, record };
}
