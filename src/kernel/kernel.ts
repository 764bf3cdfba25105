/**
 * The seam to the kernel: everything peinit asks of Linux, and nothing of policy. Two implementations stand behind it, the
 * real one (real-kernel.ts over shim/) and the simulated twin (simulated/), which fails, delays and reorders.
 *
 * Calls that yield a number follow the kernel's own convention: zero or more is the result, a negative number is -errno.
 * Nothing here throws for a failing system call.
 */

/** Zero or more: the result; negative: -errno. */
export type Result = number;

/** Instant of CLOCK_MONOTONIC in nanoseconds. Never mixed with the wall clock. */
export type MonotonicNs = bigint & { readonly clock?: 'monotonic' };

/** Instant of CLOCK_REALTIME in nanoseconds since the epoch. */
export type RealtimeNs = bigint & { readonly clock?: 'realtime' };

export interface Clock {
  monotonicNs(): MonotonicNs;
  realtimeNs(): RealtimeNs;
}

/** Files, read and written whole: small local ones only (settings of the machine, cgroup files, /proc). Never a path a service names. */
export interface Files {
  /** The content, at most `maxBytes` of it, or -errno. */
  readFile(path: string, maxBytes: number): Uint8Array | Result;
  /** Opens (O_CREAT|O_TRUNC unless `flags` say otherwise), writes all, closes. */
  writeFile(
    path: string,
    data: Uint8Array | string,
    options?: { mode?: number; exclusive?: boolean; append?: boolean; sync?: boolean; create?: boolean },
  ): Result;
  /**
   * Temporary file beside it, fsync, rename, fsync of the directory. What has its name, PATH.new~, gives way; a directory that is not empty
   * does not, and the name is another one.
   */
  replaceFile(path: string, data: Uint8Array | string, mode: number): Result;
  mkdir(path: string, mode: number): Result;
  rmdir(path: string): Result;
  unlink(path: string): Result;
  chmod(path: string, mode: number): Result;
  chown(path: string, uid: number, gid: number): Result;
  /** Names without . and .., or -errno. */
  readDirectory(path: string): readonly string[] | Result;
  /** What a symbolic link points to, which is not touched; -EINVAL for what is no link. */
  readLink(path: string): string | Result;
  /** access(2) with X_OK. */
  executable(path: string): boolean;
  isTerminal(fd: number): boolean;
}

/** Raw descriptors. All are close-on-exec from creation. */
export interface Descriptors {
  /** open(2); `flags` as node:fs constants. */
  open(path: string, flags: number, mode?: number): Result;
  close(fd: number): Result;
  /**
   * Closes in another thread, for what a stranger gave: such a close may take as long as the stranger likes. The number is free some time
   * later.
   */
  closeAside(fd: number): Result;
  /** How many were handed aside and are not being closed yet. */
  waitingCloses(): number;
  /** Bytes read, 0 at end of file, -EAGAIN when there are none. */
  read(fd: number, into: Uint8Array): Result;
  /** Number of what is open there. */
  inodeOf(fd: number): Result;
  /** pread(2). Rereading cgroup.events from offset 0 is also what arms its next EPOLLPRI. */
  readAt(fd: number, into: Uint8Array, offset: number): Result;
  /** poll(2) for POLLPRI, without waiting: 1 when a file of /proc has changed since this was last asked (the table of mounts), else 0. */
  changed(fd: number): Result;
  /** Bytes written, possibly fewer. */
  write(fd: number, data: Uint8Array, offset: number, length: number): Result;
  /** The same, and -EAGAIN instead of waiting for room, on a descriptor that blocks: one that is shared with others. */
  writeNow(fd: number, data: Uint8Array, offset: number, length: number): Result;
  /**
   * [read end, write end]; `nonblocking` applies to the read end only; capacity in bytes is best effort. The owner, if not peinit, may open
   * it again by its path in /proc.
   */
  pipe(options: {
    nonblockingRead: boolean;
    capacity?: number;
    owner?: { readonly uid: number; readonly gid: number };
  }): readonly [number, number] | Result;
  /**
   * 0: both are the same open file description; 1, 2: the first is less or greater in an order that holds as long as both are open;
   * 3: they differ, and the kernel does not tell the order. -errno where it does not tell (it has neither kcmp nor F_DUPFD_QUERY, or may
   * not be asked).
   */
  compareDescriptions(fd: number, other: number): Result;
  /** Grows the descriptor table once, so that later descriptors do not stall the process. */
  reserveDescriptors(count: number): Result;
  /**
   * All bytes of a file in memory that nobody can change any more (a memfd with all seals). -EINVAL: it is none, -EPERM: it can still be
   * changed, -EFBIG: it has more than `maxBytes`; or another -errno.
   */
  readSealed(fd: number, maxBytes: number): Uint8Array | Result;
}

/** Lines of text. This is done for every byte that services write, so more of it is native than the call of the kernel. */
export interface Lines {
  /**
   * Reads at most so many bytes into `into` from `at` on: as read(). `found` gets how many newlines they have, and where there are any,
   * where the first one is, where the last line ends (behind its newline), and the length of the longest line behind the first.
   */
  readLines(fd: number, into: Uint8Array, at: number, most: number, found: Int32Array): Result;
  /**
   * Writes the lines between `from` and `to`, each with its newline, as JSON strings with commas between them, each between `before` and
   * `after`, into `into` from `at` on. Bytes written, or -ENOSPC; `inexact` gets how many lines hold bytes that are no UTF-8, which become
   * U+FFFD. WIRE-041.
   */
  jsonLines(
    into: Uint8Array,
    at: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    before: string,
    after: string,
    inexact: Int32Array,
  ): Result;
}

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** One datagram with what the kernel attests about its sender. */
export interface Datagram {
  /** In memory that the next one is received into. */
  readonly data: Uint8Array;
  /** MSG_TRUNC or MSG_CTRUNC: too many bytes or descriptors; the descriptors that did arrive are closed already. */
  readonly truncated: boolean;
  /** Null: no credentials came. */
  readonly sender: PeerCredentials | null;
  readonly descriptors: readonly number[];
}

/** Unix sockets, all non-blocking. */
export interface Sockets {
  /** Removes a stale socket file, binds, sets the mode, listens. */
  listenStream(path: string, mode: number, backlog: number): Result;
  /** -EAGAIN when nobody waits. */
  accept(fd: number): Result;
  /**
   * Descriptor; the connection may still be under way (wait for writability, then socketError). -EAGAIN when the listener's queue is full.
   */
  connectStream(path: string): Result;
  /** SO_ERROR: 0, or the errno of a failed connect (positive becomes negative). */
  socketError(fd: number): Result;
  /** shutdown(SHUT_WR): the peer reads what was sent and then end of file; what it still sends is still taken. */
  shutdownWrite(fd: number): Result;
  peerCredentials(fd: number): PeerCredentials | Result;
  /** SO_PEERGROUPS. */
  peerGroups(fd: number): readonly number[] | Result;
  /** Descriptor that becomes readable when an entry of that directory, or it itself, is taken away or replaced. */
  watchVanishing(directory: string): Result;
  /** Number of what lies at a path; another thing there has another number. */
  inode(path: string): Result;
  /** Datagram socket with SO_PASSCRED, bound at `path`. */
  bindDatagram(path: string, mode: number, receiveBuffer: number): Result;
  /** Whether descriptors may be attached to what is sent there; at first they may. -ENOPROTOOPT before Linux 6.16. */
  passDescriptors(fd: number, on: boolean): Result;
  /** -EAGAIN when there is none. */
  receiveDatagram(fd: number): Datagram | Result;
  sendDatagram(path: string, data: Uint8Array, descriptors?: readonly number[]): Result;
  /** Reads from a stream and takes descriptors that come along. Nobody does yet: for tokens and ad-hoc jobs, ID-004, JFS-001. */
  receiveWithDescriptors(fd: number, into: Uint8Array): { readonly bytes: number; readonly descriptors: readonly number[] } | Result;
  sendWithDescriptors(fd: number, data: Uint8Array, descriptors: readonly number[]): Result;
}

/** Steps of the child between clone3 and exec; the numbers stand in the error record. PSD-007 4.1, D-28. */
export const childStep = {
  closeReadEnd: 1,
  stdio: 2,
  signalReset: 3,
  token: 4,
  rlimits: 5,
  oomScoreAdj: 6,
  workingDirectory: 7,
  environment: 8,
  notifySocket: 9,
  storedDescriptors: 10,
  exec: 11,
  cgroup: 12,
} as const;
export type ChildStep = (typeof childStep)[keyof typeof childStep];

export interface ResourceLimit {
  /** RLIMIT_ number. */
  readonly resource: number;
  readonly soft: bigint;
  readonly hard: bigint;
}

/** Ids, groups and capabilities a process runs with; absent: those of peinit. */
export interface Projection {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
  /** Capabilities that its programs may have, by bit; null: those that peinit has. */
  readonly capabilities: bigint | null;
  /** Uid 0 has them for being that, as ever. Left out: they are in every set, no user id gives any, and that is locked. */
  readonly isRoot?: boolean;
  /** No program gives more than it was started with: neither its owner nor its own capabilities. */
  readonly noNewPrivileges: boolean;
}

/** Namespaces that change next to nothing for who is in one. */
export type NamespaceKind = 'cgroup' | 'uts';

export interface SpawnRequest {
  /** Absolute path of the program. */
  readonly path: string;
  readonly argv: readonly string[];
  /** KEY=VALUE entries. */
  readonly environment: readonly string[];
  /** Names of variables that the child sets to its own pid (LISTEN_PID, WATCHDOG_PID). */
  readonly ownPidVariables: readonly string[];
  readonly workingDirectory: string;
  /**
   * Descriptor of the cgroup directory the child is born in; -1 leaves it where peinit is, for the recovery shell of a machine without
   * cgroups.
   */
  readonly cgroup: number;
  /** Descriptors that become 0, 1 and 2; -1 is /dev/null. */
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  /** Descriptors that become 3, 4, ... */
  readonly stored: readonly number[];
  readonly limits: readonly ResourceLimit[];
  /** Null leaves it inherited. */
  readonly oomScoreAdj: number | null;
  readonly projection: Projection | null;
  /** A path involved may hang: the child gets its own memory and reports over `errorPipe` instead. O-07. */
  readonly remote: boolean;
  /** A controlling terminal for the recovery shell: stdin is made one after setsid. */
  readonly controllingTerminal?: boolean;
  /** A group beside all others. */
  readonly tag?: number;
  /** A namespace of its own, of that kind. */
  readonly namespace?: NamespaceKind;
}

/** `errorPipe` is -1 on the local path, where exec is known to have worked; on the remote path end-of-file there says so. */
export interface Spawned {
  readonly pid: number;
  readonly pidfd: number;
  readonly errorPipe: number;
}

/**
 * `step` null: a call of the parent failed (clone3, pipe2, dup3 of the standard streams), which `call` names, and there was no child.
 * Otherwise the child failed there and is reaped already. ETIME of `exec`: it was late, so no program runs, and PID 1 stands still no
 * longer; as a remote one it may take its time.
 */
export interface SpawnFailure {
  readonly errno: number;
  readonly step: ChildStep | null;
  readonly call: string;
}

/** An ended child: exactly one of exitCode and signal is not null. SIG-008. */
export interface ExitStatus {
  readonly pid: number;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly coreDumped: boolean;
}

/** A living process as /proc shows it. */
export interface ProcessRow {
  readonly pid: number;
  /** 0: outside of this PID namespace. */
  readonly parent: number;
  readonly session: number;
  /** When it began, in ticks since the boot: with the pid it is no other process. */
  readonly start: number;
  /** Inode of the namespace that was asked for; 0: none was, or it may not be looked at. */
  readonly namespace: number;
}

export interface Processes {
  spawn(request: SpawnRequest): Spawned | SpawnFailure;
  /** All children that have ended by now, orphans included; waitpid until it finds no more. */
  reap(): readonly ExitStatus[];
  /** pidfd_open(2): the descriptor stands for the process that has that pid now, and for no later one. */
  openProcess(pid: number): Result;
  /** All that live, without those that ended and are not collected; -EMFILE where there is no descriptor to look with. */
  scanProcesses(namespace: NamespaceKind | null): readonly ProcessRow[] | Result;
  /** Signals through the pidfd. */
  signal(pidfd: number, signal: number): Result;
}

/** What a signal handler recorded; lost records still count. SIG-001. */
export interface SignalRecord {
  readonly signal: number;
  readonly senderPid: number;
  readonly senderUid: number;
}

export interface Signals {
  /** Installs the handlers, unblocks and ignores the rest, makes the pipe; the descriptor goes into the loop. */
  catchSignals(signals: readonly number[]): Result;
  /** Records since the last call; per signal the count is exact even when the pipe was full. */
  drainSignals(): readonly SignalRecord[];
}

export interface Machine {
  /** mount(2). */
  mount(source: string, target: string, type: string, flags: number, data: string | null): Result;
  umount(target: string, flags: number): Result;
  /** Interface lo up, by netlink. */
  loopbackUp(): Result;
  /** RTC_RD_TIME of the device, taken as UTC, in whole seconds since the epoch, or -errno. */
  readRtc(device: string): Result;
  setRealtime(seconds: number): Result;
  /** RNDADDENTROPY with credit; where that is not allowed (`credit` false) a write to /dev/urandom. */
  addEntropy(seed: Uint8Array, credit: boolean): Result;
  random(bytes: number): Uint8Array | Result;
  /** sync(2), or syncfs on "/" when `rootOnly`. */
  sync(rootOnly: boolean): Result;
  /** reboot(2) with the command as number; returns only on failure. */
  reboot(command: number): Result;
  /** Inode number of /proc/self/ns/pid. */
  pidNamespace(): Result;
  /** Capabilities in the effective set, by bit. */
  capabilities(): bigint;
  hostname(name: string): Result;
  /** Own pid. */
  pid(): number;
  /** RLIMIT pair of this process. */
  getLimit(resource: number): { readonly soft: bigint; readonly hard: bigint } | Result;
  /** Sets the pair of this process. */
  setLimit(resource: number, soft: bigint, hard: bigint): Result;
  /**
   * Slice of the scheduler for this thread, not for its children: the shorter, the sooner it runs when it is woken. -EOPNOTSUPP under
   * another policy than the ordinary one.
   */
  setSlice(microseconds: number): Result;
}

/** Devices that people press keys of. */
export interface Inputs {
  /**
   * Opens an event device that has a power key, for records of 24 bytes of that key alone: where the kernel can, it keeps all others back.
   * That may take as long as its driver likes, so it happens in another thread: this is a descriptor from which an int32 is read once it is
   * over, the descriptor of the device, or -ENODEV where it has no such key, or another -errno.
   */
  openPowerKey(device: string): Result;
  /** Descriptor that becomes readable when something appears in that directory, or it itself is taken away. */
  watchAppearing(directory: string): Result;
}

export interface Kernel extends Clock, Files, Descriptors, Lines, Sockets, Processes, Signals, Machine, Inputs {}
