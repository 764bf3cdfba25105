/** What a test says to a simulated process, and sees of it. */
import type { SpawnRequest } from '../../kernel/kernel.ts';
import { cgroupPath } from './cgroups.ts';
import type { DatagramSockets } from './datagram-sockets.ts';
import { isWriteEnd } from './pipes.ts';
import type { SimulatedProcess } from './process-contract.ts';
import type { Entry } from './process-entry.ts';
import type { ProcessLife } from './process-life.ts';
import type { Peer, StreamSockets } from './stream-sockets.ts';
import type { OpenFile, World } from './world.ts';
import { milliseconds, openFile } from './world.ts';

const encoder = new TextEncoder();

export interface FaceParts {
  readonly world: World;
  readonly streams: StreamSockets;
  readonly datagrams: DatagramSockets;
  readonly life: ProcessLife;
  readonly request: SpawnRequest;
  readonly environment: ReadonlyMap<string, string>;
  readonly peer: Peer;
  /** What it is the face of; standard output and error are the first two that it holds. */
  readonly entry: Entry;
  readonly fork: SimulatedProcess['fork'];
}

export function createFace({ world, streams, datagrams, life, request, environment, peer, entry, fork }: FaceParts): SimulatedProcess {
  const { pid } = peer;
  const outputs: (OpenFile | undefined)[] = [undefined, entry.held[0], entry.held[1]];

  return {
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
    exit: (code) => life.end(entry, code & 0xff, null),
    die: (signal) => life.end(entry, null, signal),
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
      if (pending !== null) life.receive(entry, pending);
    },
    fork,
    connect: (path) => streams.connect(path, { ...peer, groups: entry.groups }),
  };
}
