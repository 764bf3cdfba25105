/** Unix stream sockets between the daemon and simulated peers, in both directions. */

import { errno } from '../../kernel/errno.ts';
import type { PeerCredentials, Sockets } from '../../kernel/kernel.ts';
import { pollBits } from '../dispatcher.ts';
import type { FileTree } from './file-tree.ts';
import type { FileCalls } from './files.ts';
import { shortened } from './pipes.ts';
import type { ByteQueue } from './streams.ts';
import { createByteQueue } from './streams.ts';
import type { OpenFile, World } from './world.ts';
import { openFile } from './world.ts';

export interface Peer extends PeerCredentials {
  readonly groups: readonly number[];
}

export const systemPeer: Peer = { pid: 1, uid: 0, gid: 0, groups: [] };

/** The far end of a connection, in the hands of a test or a simulated program. */
export interface SimulatedClient {
  /** Everything goes out sooner or later; `files` arrive with the first byte. */
  send(data: string | Uint8Array, files?: readonly OpenFile[]): void;
  /** What came so far and was not taken; taking empties it. */
  take(): Uint8Array;
  /** Complete lines that came, without their newlines; a rest stays. */
  takeLines(): string[];
  /** Called whenever something came or the daemon closed. */
  onChange: () => void;
  /** Stops and resumes reading: a reader that is slow, or stuck. */
  reading: boolean;
  readonly descriptors: OpenFile[];
  /** The daemon's end is closed and everything before that was received. */
  readonly ended: boolean;
  close(): void;
}

export interface StreamSockets
  extends Pick<
    Sockets,
    | 'listenStream'
    | 'accept'
    | 'connectStream'
    | 'socketError'
    | 'shutdownWrite'
    | 'peerCredentials'
    | 'peerGroups'
    | 'receiveWithDescriptors'
    | 'sendWithDescriptors'
  > {
  /** A simulated program connects to what the daemon listens at; null: nobody listens there. */
  connect(path: string, peer: Peer): SimulatedClient | null;
  /** A simulated program listens, of SYSTEM if it is not said; called for each connection the daemon makes. Returns what stops it. */
  serve(path: string, accepted: (client: SimulatedClient) => void, peer?: Peer): () => void;
}

const bufferBytes = 212992;
const maxPassed = 64;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Connection extends OpenFile {
  readonly kind: 'connection';
  readonly inbound: ByteQueue;
  readonly outbound: ByteQueue;
  readonly peer: Peer;
  peerGone: boolean;
}

interface Listener extends OpenFile {
  readonly kind: 'listener';
  readonly waiting: Connection[];
}

interface Server {
  readonly kind: 'server';
  readonly accepted: (client: SimulatedClient) => void;
  readonly peer: Peer;
}

const isConnection = (file: OpenFile | undefined): file is Connection => file?.kind === 'connection';

/** A connection with the daemon's end as a file and the other as a client. */
function createConnection(world: World, peer: Peer): { daemon: Connection; client: SimulatedClient } {
  let closedByClient = false;
  const received: Uint8Array[] = [];
  const descriptors: OpenFile[] = [];
  let reading = true;

  const inbound = createByteQueue(
    world,
    bufferBytes,
    () => world.touch(daemon),
    () => {},
  );
  const outbound: ByteQueue = createByteQueue(
    world,
    bufferBytes,
    () => receive(),
    () => world.touch(daemon),
  );

  function receive(): void {
    if (!reading || closedByClient) return;
    const chunk = new Uint8Array(outbound.available);
    const count = outbound.take(chunk);
    if (count > 0) received.push(chunk.subarray(0, count));
    descriptors.push(...outbound.takePassed());
    client.onChange();
  }

  const daemon: Connection = Object.assign(
    openFile('connection', {
      ready: () =>
        (inbound.available > 0 || inbound.ended ? pollBits.in : 0) |
        (outbound.room > 0 && !daemon.peerGone ? pollBits.out : 0) |
        (daemon.peerGone && inbound.ended ? pollBits.hup : 0),
      read(into) {
        if (inbound.available > 0) return inbound.take(shortened(world, into));
        return inbound.ended ? 0 : -errno.EAGAIN;
      },
      write(data) {
        if (daemon.peerGone || outbound.ending) return -errno.EPIPE;
        const part = shortened(world, data).subarray(0, outbound.room);
        if (part.length === 0) return data.length === 0 ? 0 : -errno.EAGAIN;
        outbound.push(part);
        return part.length;
      },
      released: () => outbound.end(),
    }),
    { kind: 'connection' as const, inbound, outbound, peer, peerGone: false },
  );

  function take(): Uint8Array {
    const all = new Uint8Array(Buffer.concat(received));
    received.length = 0;
    return all;
  }

  const client: SimulatedClient = {
    send(data, files = []) {
      inbound.push(typeof data === 'string' ? encoder.encode(data) : data, files.map(world.hold));
    },
    take,
    takeLines() {
      const all = take();
      const end = all.lastIndexOf(10) + 1;
      if (end < all.length) received.push(all.subarray(end));
      return end === 0 ? [] : decoder.decode(all.subarray(0, end - 1)).split('\n');
    },
    onChange: () => {},
    get reading() {
      return reading;
    },
    set reading(on) {
      reading = on;
      if (on) receive();
    },
    descriptors,
    get ended() {
      return outbound.ended;
    },
    close() {
      if (closedByClient) return;
      closedByClient = true;
      inbound.end();
      world.schedule(world.delay(), () => {
        daemon.peerGone = true;
        world.touch(daemon);
      });
    },
  };
  return { daemon, client };
}

export function createStreamSockets(world: World, tree: FileTree, files: Pick<FileCalls, 'makeSocket'>): StreamSockets {
  function endAt(path: string): Listener | Server | number {
    const node = tree.lookup(path);
    if (typeof node === 'number') return node;
    const end = node.kind === 'socket' ? (node.end as Listener | Server | null) : null;
    return end !== null && (end.kind === 'server' || (end.kind === 'listener' && end.references > 0)) ? end : -errno.ECONNREFUSED;
  }

  function connectionOf(fd: number): Connection | number {
    const file = world.file(fd);
    if (file === undefined) return -errno.EBADF;
    return isConnection(file) ? file : -errno.ENOTSOCK;
  }

  return {
    listenStream(path, mode) {
      const waiting: Connection[] = [];
      const listener: Listener = Object.assign(
        openFile('listener', {
          ready: () => (waiting.length > 0 ? pollBits.in : 0),
          released() {
            for (const each of waiting) each.outbound.end();
          },
        }),
        { kind: 'listener' as const, waiting },
      );
      const made = files.makeSocket(path, mode, listener);
      return made < 0 ? made : world.install(listener);
    },
    accept(fd) {
      const listener = world.file(fd);
      if (listener === undefined) return -errno.EBADF;
      const next = (listener as Listener).waiting?.[0];
      if (next === undefined) return -errno.EAGAIN;
      const accepted = world.install(next);
      if (accepted >= 0) (listener as Listener).waiting.shift();
      return accepted;
    },
    connectStream(path) {
      const end = endAt(path);
      if (typeof end === 'number') return end;
      const { daemon, client } = createConnection(world, end.kind === 'server' ? end.peer : systemPeer);
      const fd = world.install(daemon);
      if (fd < 0) return fd;
      if (end.kind === 'server') {
        world.schedule(world.delay(), () => {
          end.accepted(client);
          // What came before it was accepted.
          client.onChange();
        });
      }
      return fd;
    },
    socketError: (fd) => {
      const connection = connectionOf(fd);
      return typeof connection === 'number' ? connection : 0;
    },
    shutdownWrite(fd) {
      const connection = connectionOf(fd);
      if (typeof connection === 'number') return connection;
      connection.outbound.end();
      return 0;
    },
    peerCredentials(fd) {
      const connection = connectionOf(fd);
      if (typeof connection === 'number') return connection;
      const { pid, uid, gid } = connection.peer;
      return { pid, uid, gid };
    },
    peerGroups(fd) {
      const connection = connectionOf(fd);
      return typeof connection === 'number' ? connection : connection.peer.groups;
    },
    receiveWithDescriptors(fd, into) {
      const connection = connectionOf(fd);
      if (typeof connection === 'number') return connection;
      const bytes = connection.read(into);
      if (bytes < 0) return bytes;
      const passed = connection.inbound.takePassed();
      const descriptors = passed.map((file) => world.install(file));
      for (const file of passed) world.release(file);
      if (passed.length <= maxPassed && descriptors.every((each) => each >= 0)) return { bytes, descriptors };
      for (const each of descriptors) if (each >= 0) world.close(each);
      return -errno.EMFILE;
    },
    sendWithDescriptors(fd, data, descriptors) {
      const connection = connectionOf(fd);
      if (typeof connection === 'number') return connection;
      if (connection.peerGone || connection.outbound.ending) return -errno.EPIPE;
      const held: OpenFile[] = [];
      for (const each of descriptors) {
        const file = world.file(each);
        if (file === undefined) return -errno.EBADF;
        held.push(file);
      }
      const part = data.subarray(0, connection.outbound.room);
      if (part.length === 0) return -errno.EAGAIN;
      connection.outbound.push(part, held.map(world.hold));
      return part.length;
    },
    connect(path, peer) {
      const end = endAt(path);
      if (typeof end === 'number' || end.kind === 'server') return null;
      const { daemon, client } = createConnection(world, peer);
      world.schedule(world.delay(), () => {
        if (end.references === 0) return daemon.outbound.end();
        end.waiting.push(daemon);
        world.touch(end);
      });
      return client;
    },
    serve(path, accepted, peer = systemPeer) {
      tree.place(path, {
        kind: 'socket',
        mode: 0o666,
        uid: peer.uid,
        gid: peer.gid,
        end: { kind: 'server', accepted, peer } satisfies Server,
      });
      return () => {
        const node = tree.lookup(path);
        if (typeof node !== 'number' && node.kind === 'socket') node.end = null;
      };
    },
  };
}
