/**
 * Processes whose behaviour a test scripts. A program is a function that gets its process and says what happens and when;
 * everything it planned ends with the process. The kernel's side of life is kept: children of the dead go to PID 1,
 * zombies wait for its reaper, descriptors close with their last holder, a process that hangs in the kernel (`hang`)
 * survives SIGKILL until it is let go, and who is born in a killed cgroup dies at once.
 */

import { errno } from '../../kernel/errno.ts';
import type { ChildStep, ExitStatus, NamespaceKind, Spawned, SpawnFailure, SpawnRequest } from '../../kernel/kernel.ts';
import { childStep } from '../../kernel/kernel.ts';
import { pollBits } from '../dispatcher.ts';
import type { Cgroup } from './cgroups.ts';
import { cgroupPath, isCgroupNode } from './cgroups.ts';
import type { DatagramSockets } from './datagram-sockets.ts';
import type { FaultRule } from './faults.ts';
import type { DirectoryNode, FileTree, TreeNode } from './file-tree.ts';
import { directoryNode, fileNode } from './file-tree.ts';
import type { OpenNode } from './files.ts';
import type { PipeEnd } from './pipes.ts';
import { createPipe, isWriteEnd } from './pipes.ts';
import type { ProcessTable, Program, SimulatedProcess } from './process-contract.ts';
import type { SimulatedSignals } from './signals.ts';
import type { Peer, StreamSockets } from './stream-sockets.ts';
import type { OpenFile, World } from './world.ts';
import { milliseconds, openFile } from './world.ts';

export type { ProcessTable, Program, SimulatedProcess } from './process-contract.ts';

const sigchld = 17;
const sigkill = 9;
const sigcont = 18;
const sigstop = 19;
/** Nanoseconds of a tick of /proc. */
const ticks = milliseconds(10);
/** Default action: nothing. Of those that stop only SIGSTOP does. */
const harmless = new Set([sigchld, sigcont, 20, 21, 22, 23, 28]);
const encoder = new TextEncoder();

export interface ProcessParts {
  readonly world: World;
  readonly tree: FileTree;
  readonly signals: SimulatedSignals;
  readonly streams: StreamSockets;
  readonly datagrams: DatagramSockets;
  /** Where peinit itself lives: a child without a cgroup of its own stays there. */
  readonly outside: Cgroup;
  /** Whether oom_score_adj may be lowered. */
  readonly mayLowerOom: boolean;
  readonly strike: (path: string) => FaultRule | null;
}

interface Entry {
  readonly process: SimulatedProcess;
  readonly pidfd: OpenFile;
  readonly held: OpenFile[];
  readonly cancels: Set<() => void>;
  readonly handlers: Map<number, () => void>;
  parent: number;
  cgroup: Cgroup;
  state: 'running' | 'zombie' | 'reaped';
  hanging: boolean;
  readonly start: number;
  session: number;
  groups: readonly number[];
  /** What others see of it. */
  visibleEnvironment: readonly string[];
  readonly namespaces: Readonly<Record<NamespaceKind, number>>;
  stopped: boolean;
  /** What was to happen while it was stopped. */
  readonly heldBack: (() => void)[];
  pending: number | null;
  status: ExitStatus | null;
}

/** What /proc has of a process, as far as peinit looks. */
function procDirectory({ process, parent, session, start, groups, visibleEnvironment, namespaces, state, stopped }: Entry): DirectoryNode {
  const letter = state === 'running' ? (stopped ? 'T' : 'S') : 'Z';
  const zeros = (count: number): string => Array(count).fill('0').join(' ');
  const namespace = (inode: number): TreeNode => ({ ...fileNode('', 0o444), inode });
  const ns: DirectoryNode = {
    ...directoryNode(0o555),
    entries: new Map(Object.entries(namespaces).map(([kind, inode]) => [kind, namespace(inode)])),
  };
  const text = (content: string): TreeNode => fileNode(content, 0o444);
  const entries = new Map<string, TreeNode>([
    ['stat', text(`${process.pid} (a) b) ${letter} ${parent} ${process.pid} ${session} ${zeros(13)} 1 0 ${start} 0\n`)],
    ['status', text(`Name:\ta\nPPid:\t${parent}\nGroups:\t${groups.join(' ')} \n`)],
    ['environ', text(visibleEnvironment.map((each) => `${each}\0`).join(''))],
    ['ns', ns],
  ]);
  return { ...directoryNode(0o555), entries };
}

export function createProcesses({ world, tree, signals, streams, datagrams, outside, mayLowerOom, strike }: ProcessParts): ProcessTable {
  const programs = new Map<string, Program>();
  const table = new Map<number, Entry>();
  let zombies: Entry[] = [];
  let lastPid = 1;
  let started = 0;

  const initialNamespaces = { cgroup: 4026531835, uts: 4026531838 };
  let lastNamespace = 4026532000;

  function namespacesFor({ namespace }: SpawnRequest): Entry['namespaces'] {
    if (namespace === undefined) return initialNamespaces;
    lastNamespace += 1;
    return { ...initialNamespaces, [namespace]: lastNamespace };
  }

  function procEntry(name: string): TreeNode | undefined {
    const entry = /^[1-9][0-9]*$/.test(name) ? table.get(Number(name)) : undefined;
    return entry === undefined ? undefined : procDirectory(entry);
  }

  function newPid(): number {
    do lastPid = lastPid >= 32767 ? 300 : lastPid + 1;
    while (table.has(lastPid));
    return lastPid;
  }

  function end(entry: Entry, exitCode: number | null, signal: number | null): void {
    if (entry.state !== 'running') return;
    const { pid } = entry.process;
    entry.state = 'zombie';
    entry.status = { pid, exitCode, signal, coreDumped: signal === 6 || signal === 11 };
    for (const cancel of entry.cancels) cancel();
    entry.cancels.clear();
    for (const file of entry.held.splice(0)) world.release(file);
    entry.cgroup.members.delete(pid);
    entry.cgroup.changed();
    for (const child of table.values()) if (child.parent === pid) adopt(child);
    world.touch(entry.pidfd);
    if (entry.parent === 1) becomeZombie(entry);
    else forget(entry);
  }

  /** What it wrote and sent is there before anybody can see that it ended: only the news of both may be late. */
  function becomeZombie(entry: Entry): void {
    const appear = (): void => {
      zombies.push(entry);
      signals.raise(sigchld, entry.process.pid, 0);
    };
    const { delayNs } = world.disturbance;
    if (delayNs === 0n) appear();
    else world.schedule(delayNs + 1n, appear);
  }

  function adopt(entry: Entry): void {
    entry.parent = 1;
    if (entry.state === 'zombie') becomeZombie(entry);
  }

  function forget(entry: Entry): void {
    entry.state = 'reaped';
    table.delete(entry.process.pid);
  }

  function receive(entry: Entry, signal: number): void {
    if (entry.state !== 'running' || signal === 0) return;
    if (signal === sigstop && !entry.hanging) {
      entry.stopped = true;
      return;
    }
    if (signal === sigcont) goOn(entry);
    if (entry.stopped && signal !== sigkill) {
      entry.heldBack.push(() => receive(entry, signal));
      return;
    }
    if (entry.hanging) {
      if (entry.pending !== sigkill) entry.pending = signal;
      return;
    }
    const handler = signal === sigkill ? undefined : entry.handlers.get(signal);
    if (handler !== undefined) handler();
    else if (!harmless.has(signal)) end(entry, null, signal);
  }

  function goOn(entry: Entry): void {
    entry.stopped = false;
    for (const action of entry.heldBack.splice(0)) action();
  }

  /** A signal on its way: it arrives late. One that stops holds at once: who sent it sees no child born after it. */
  function post(entry: Entry, signal: number): void {
    if (signal === sigstop) return receive(entry, signal);
    world.schedule(world.random.upTo(milliseconds(0.5)), () => receive(entry, signal));
  }

  function create(parent: number, cgroup: Cgroup, request: SpawnRequest, held: OpenFile[], from: Entry | null = null): Entry {
    const pid = newPid();
    const environment = new Map(request.environment.map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]));
    for (const name of request.ownPidVariables) environment.set(name, String(pid));
    const projection = request.projection;
    const peer: Peer = {
      pid,
      uid: projection?.uid ?? 0,
      gid: projection?.gid ?? 0,
      groups: from?.groups ?? [...(projection?.groups ?? []), ...(request.tag === undefined ? [] : [request.tag])],
    };
    const pidfd = openFile('pidfd', { ready: () => (entry.state === 'running' ? 0 : pollBits.in) });
    const outputs: (OpenFile | undefined)[] = [undefined, held[0], held[1]];

    const process: SimulatedProcess = {
      pid,
      path: request.path,
      argv: request.argv,
      environment,
      request,
      get cgroup() {
        return cgroupPath(entry.cgroup);
      },
      get alive() {
        return entry.state === 'running';
      },
      get stored() {
        return entry.held.slice(2);
      },
      after(delayMs, action) {
        if (entry.state !== 'running') return;
        const cancel = world.schedule(milliseconds(delayMs), () => {
          entry.cancels.delete(cancel);
          if (entry.stopped) entry.heldBack.push(action);
          else action();
        });
        entry.cancels.add(cancel);
      },
      exit: (code) => end(entry, code & 0xff, null),
      die: (signal) => end(entry, null, signal),
      write(descriptor, data) {
        const file = outputs[descriptor];
        if (entry.state !== 'running' || file === undefined) return;
        const bytes = typeof data === 'string' ? encoder.encode(data) : data;
        if (isWriteEnd(file)) file.queue.push(bytes);
        else file.write(bytes);
      },
      closeOutput(descriptor) {
        const file = outputs[descriptor];
        outputs[descriptor] = undefined;
        const at = file === undefined ? -1 : entry.held.indexOf(file);
        if (file === undefined || at < 0) return;
        // Places of the others stay.
        entry.held[at] = world.hold(openFile('null', { write: (data) => data.length }));
        world.release(file);
      },
      notify(text, files = []) {
        const path = environment.get('NOTIFY_SOCKET');
        if (entry.state !== 'running' || path === undefined) return;
        datagrams.deliver(path, { data: encoder.encode(text), sender: { pid, uid: peer.uid, gid: peer.gid }, files });
      },
      setsid() {
        entry.session = pid;
      },
      dropGroups() {
        entry.groups = [];
      },
      clearEnvironment() {
        entry.visibleEnvironment = [];
      },
      get stopped() {
        return entry.stopped;
      },
      onSignal: (signal, action) => void entry.handlers.set(signal, action),
      hang() {
        entry.hanging = true;
      },
      letGo() {
        entry.hanging = false;
        const pending = entry.pending;
        entry.pending = null;
        if (pending !== null) receive(entry, pending);
      },
      fork(program) {
        const child = create(
          pid,
          entry.cgroup,
          request,
          entry.held.map((file) => world.hold(file)),
          entry,
        );
        begin(child, program);
        return child.process;
      },
      connect: (path) => streams.connect(path, { ...peer, groups: entry.groups }),
    };
    const entry: Entry = {
      process,
      pidfd,
      held,
      cancels: new Set(),
      handlers: new Map(),
      parent,
      cgroup,
      state: 'running',
      hanging: false,
      start: Number(world.now / ticks),
      session: from?.session ?? pid,
      groups: peer.groups,
      visibleEnvironment: from?.visibleEnvironment ?? Array.from(environment, ([name, value]) => `${name}=${value}`),
      namespaces: from?.namespaces ?? namespacesFor(request),
      stopped: false,
      heldBack: [],
      pending: null,
      status: null,
    };
    table.set(pid, entry);
    started += 1;
    cgroup.members.add(pid);
    cgroup.changed();
    return entry;
  }

  function begin(entry: Entry, program: Program): void {
    if (entry.cgroup.killed) post(entry, sigkill);
    else entry.process.after(Number(world.delay()) / 1e6, () => program(entry.process));
  }

  function cgroupOf(fd: number): Cgroup | number {
    if (fd === -1) return outside;
    const file = world.file(fd);
    if (file === undefined) return errno.EBADF;
    const node = (file as Partial<OpenNode>).node;
    if (!isCgroupNode(node)) return errno.EBADF;
    return node.cgroup.removed ? errno.ENOENT : node.cgroup;
  }

  /** The first step of the child that cannot work. */
  function failingStep(request: SpawnRequest): { step: ChildStep; errno: number } | null {
    const open = (fd: number): boolean => world.file(fd) !== undefined;
    if ([request.stdin, request.stdout, request.stderr].some((fd) => fd >= 0 && fd > 2 && !open(fd)))
      return { step: childStep.stdio, errno: errno.EBADF };
    if (request.oomScoreAdj !== null && request.oomScoreAdj < 0 && !mayLowerOom)
      return { step: childStep.oomScoreAdj, errno: errno.EACCES };
    const directory = tree.lookup(request.workingDirectory);
    if (typeof directory === 'number') return { step: childStep.workingDirectory, errno: -directory };
    if (request.stored.some((fd) => !open(fd))) return { step: childStep.storedDescriptors, errno: errno.EBADF };
    if (!programs.has(request.path)) return { step: childStep.exec, errno: errno.ENOENT };
    return null;
  }

  function descriptorsFor(request: SpawnRequest): OpenFile[] {
    const nothing = (): OpenFile => openFile('null', { write: (data) => data.length });
    return [request.stdout, request.stderr, ...request.stored].map((fd) => world.hold(world.file(fd) ?? nothing()));
  }

  /** Its pid is used up, and nobody sees it. */
  function failLocally(step: ChildStep, number: number): SpawnFailure {
    newPid();
    return { errno: number, step, call: 'child' };
  }

  function runRemotely(entry: Entry, writeEnd: PipeEnd, failure: { step: ChildStep; errno: number } | null, program: Program): void {
    const { process } = entry;
    entry.held.push(world.hold(writeEnd));
    const drop = (): void => {
      const at = entry.held.indexOf(writeEnd);
      if (at >= 0) entry.held.splice(at, 1);
      world.release(writeEnd);
    };
    process.after(Number(world.delay()) / 1e6, () => {
      if (failure === null) {
        drop();
        begin(entry, program);
        return;
      }
      const record = new DataView(new ArrayBuffer(8));
      record.setUint32(0, failure.step, true);
      record.setInt32(4, failure.errno, true);
      writeEnd.queue.push(new Uint8Array(record.buffer));
      process.exit(failure.step === childStep.exec ? 127 : 126);
    });
    if (entry.cgroup.killed) post(entry, sigkill);
  }

  function spawn(request: SpawnRequest): Spawned | SpawnFailure {
    const fault = strike(request.path);
    if (fault !== null && fault.step === undefined) return { errno: fault.errno, step: null, call: 'clone3' };
    const cgroup = cgroupOf(request.cgroup);
    if (typeof cgroup === 'number') return { errno: cgroup, step: null, call: 'clone3' };
    const strings = [request.path, request.workingDirectory, ...request.argv, ...request.environment, ...request.ownPidVariables];
    if (strings.some((each) => each.includes('\0'))) return { errno: errno.EINVAL, step: null, call: 'spawn' };
    const failure = fault?.step === undefined ? failingStep(request) : { step: fault.step, errno: fault.errno };
    // Without stored descriptors the parent lays out the standard streams and finds out itself.
    const inParent = failure?.step === childStep.stdio && !request.remote && request.stored.length === 0;
    if (failure !== null && inParent) return { errno: failure.errno, step: null, call: 'dup3' };
    if (failure !== null && !request.remote) return failLocally(failure.step, failure.errno);

    let errorPipe = -1;
    let writeEnd: PipeEnd | null = null;
    if (request.remote) {
      const [readEnd, other] = createPipe(world, 4096, true);
      errorPipe = world.install(readEnd);
      if (errorPipe < 0) return { errno: -errorPipe, step: null, call: 'pipe2' };
      writeEnd = other;
    }
    const entry = create(1, cgroup, request, descriptorsFor(request));
    const pidfd = world.install(entry.pidfd);
    if (pidfd < 0) {
      table.delete(entry.process.pid);
      cgroup.members.delete(entry.process.pid);
      cgroup.changed();
      for (const file of entry.held.splice(0)) world.release(file);
      if (errorPipe >= 0) world.close(errorPipe);
      return { errno: -pidfd, step: null, call: 'clone3' };
    }
    const program = programs.get(request.path) ?? (() => {});
    if (writeEnd === null) begin(entry, program);
    else runRemotely(entry, writeEnd, failure, program);
    return { pid: entry.process.pid, pidfd, errorPipe };
  }

  return {
    spawn,
    reap() {
      const ended = world.disturbance.reorder ? world.random.shuffle(zombies) : zombies;
      zombies = [];
      return ended.map((entry) => {
        forget(entry);
        return entry.status as ExitStatus;
      });
    },
    scanProcesses: (namespace) =>
      [...table.values()]
        .filter((entry) => entry.state === 'running')
        .map(({ process: { pid }, parent, session, start, namespaces }) => ({
          pid,
          parent,
          session,
          start,
          namespace: namespace === null ? 0 : namespaces[namespace],
        })),
    procEntry,
    openProcess(pid) {
      const entry = table.get(pid);
      return entry === undefined ? -errno.ESRCH : world.install(entry.pidfd);
    },
    signal(pidfd, signal) {
      const file = world.file(pidfd);
      if (file?.kind !== 'pidfd') return -errno.EBADF;
      for (const entry of table.values()) {
        if (entry.pidfd !== file) continue;
        post(entry, signal);
        return 0;
      }
      return -errno.ESRCH;
    },
    program(path, program) {
      programs.set(path, program);
      tree.place(path, { kind: 'file', content: new Uint8Array(0), mode: 0o755, uid: 0, gid: 0, version: 0, watchers: new Set() });
    },
    find: (pid) => table.get(pid)?.process,
    living: () => [...table.values()].filter((entry) => entry.state === 'running').map((entry) => entry.process),
    zombies: () => zombies.length,
    kill(pid, signal) {
      const entry = table.get(pid);
      if (entry !== undefined) post(entry, signal);
    },
    move(pid, to) {
      const entry = table.get(pid);
      if (entry === undefined) return -errno.ESRCH;
      entry.cgroup.members.delete(pid);
      entry.cgroup.changed();
      entry.cgroup = to;
      to.members.add(pid);
      to.changed();
      return String(pid).length;
    },
    get started() {
      return started;
    },
  };
}
