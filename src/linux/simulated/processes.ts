/**
 * Processes whose behaviour a test scripts. A program is a function that gets its process and says what happens and when;
 * everything it planned ends with the process. The kernel's side of life is kept: children of the dead go to PID 1,
 * zombies wait for its reaper, descriptors close with their last holder, a process that hangs in the kernel (`hang`)
 * survives SIGKILL until it is let go, and who is born in a killed cgroup dies at once.
 */

import { errno } from '../../kernel/errno.ts';
import type { ChildStep, ExitStatus, Spawned, SpawnFailure, SpawnRequest } from '../../kernel/kernel.ts';
import { childStep } from '../../kernel/kernel.ts';
import { pollBits } from '../dispatcher.ts';
import type { Cgroup } from './cgroups.ts';
import { isCgroupNode } from './cgroups.ts';
import type { DatagramSockets } from './datagram-sockets.ts';
import type { FaultRule } from './faults.ts';
import type { FileTree, TreeNode } from './file-tree.ts';
import type { OpenNode } from './files.ts';
import type { PipeEnd } from './pipes.ts';
import { createPipe } from './pipes.ts';
import type { ProcessTable, Program } from './process-contract.ts';
import type { Entry } from './process-entry.ts';
import { procDirectory } from './process-entry.ts';
import { createFace } from './process-face.ts';
import { createProcessLife, sigkill } from './process-life.ts';
import type { SimulatedSignals } from './signals.ts';
import type { Peer, StreamSockets } from './stream-sockets.ts';
import type { OpenFile, World } from './world.ts';
import { milliseconds, openFile } from './world.ts';

export type { ProcessTable, Program, SimulatedProcess } from './process-contract.ts';

/** Nanoseconds of a tick of /proc. */
const ticks = milliseconds(10);

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

export function createProcesses({ world, tree, signals, streams, datagrams, outside, mayLowerOom, strike }: ProcessParts): ProcessTable {
  const programs = new Map<string, Program>();
  const life = createProcessLife(world, signals);
  const { table, post } = life;
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
    const entry: Entry = {
      get process() {
        return process;
      },
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
    const process = createFace({
      world,
      streams,
      datagrams,
      life,
      request,
      environment,
      peer,
      entry,
      fork(program) {
        const copies = entry.held.map((file) => world.hold(file));
        const child = create(pid, entry.cgroup, request, copies, entry);
        begin(child, program);
        return child.process;
      },
    });
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
      const zombies = life.takeZombies();
      const ended = world.disturbance.reorder ? world.random.shuffle(zombies) : zombies;
      return ended.map((entry) => {
        life.forget(entry);
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
    zombies: life.zombies,
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
