/** Unix datagram sockets: messages with attested senders and passed descriptors, late but in order. */

import { errno } from '../../kernel/errno.ts';
import type { Datagram, PeerCredentials, Sockets } from '../../kernel/kernel.ts';
import { pollBits } from '../dispatcher.ts';
import type { FileTree } from './file-tree.ts';
import type { FileCalls } from './files.ts';
import type { OpenFile, World } from './world.ts';
import { openFile } from './world.ts';

export interface SentDatagram {
  readonly data: Uint8Array;
  readonly sender: PeerCredentials | null;
  readonly files: readonly OpenFile[];
}

export interface DatagramSockets extends Pick<Sockets, 'bindDatagram' | 'passDescriptors' | 'receiveDatagram' | 'sendDatagram'> {
  /** From a simulated program; false: nobody receives there. */
  deliver(path: string, datagram: SentDatagram): boolean;
  /** A simulated program receives what the daemon sends there. */
  receiveAt(path: string, received: (datagram: SentDatagram) => void): void;
}

const maxBytes = 65536;
const maxPassed = 64;

interface Receiver extends OpenFile {
  readonly kind: 'datagrams';
  readonly queue: SentDatagram[];
  lastArrival: bigint;
}

interface Collector {
  readonly kind: 'collector';
  readonly received: (datagram: SentDatagram) => void;
}

export function createDatagramSockets(world: World, tree: FileTree, files: Pick<FileCalls, 'makeSocket'>): DatagramSockets {
  function endAt(path: string): Receiver | Collector | number {
    const node = tree.lookup(path);
    if (typeof node === 'number') return node;
    const end = node.kind === 'socket' ? (node.end as Receiver | Collector | null) : null;
    return end !== null && (end.kind === 'collector' || (end.kind === 'datagrams' && end.references > 0)) ? end : -errno.ECONNREFUSED;
  }

  function send(path: string, datagram: SentDatagram): number {
    const end = endAt(path);
    if (typeof end === 'number') return end;
    for (const file of datagram.files) world.hold(file);
    const copy = { ...datagram, data: new Uint8Array(datagram.data) };
    if (end.kind === 'collector') {
      world.schedule(world.delay(), () => end.received(copy));
      return datagram.data.length;
    }
    const earliest = world.now + world.delay();
    if (earliest > end.lastArrival) end.lastArrival = earliest;
    world.schedule(end.lastArrival - world.now, () => {
      end.queue.push(copy);
      world.touch(end);
    });
    return datagram.data.length;
  }

  return {
    bindDatagram(path, mode) {
      const queue: SentDatagram[] = [];
      const receiver: Receiver = Object.assign(
        openFile('datagrams', {
          ready: () => (queue.length > 0 ? pollBits.in : 0),
          released() {
            for (const each of queue) for (const file of each.files) world.release(file);
          },
        }),
        { kind: 'datagrams' as const, queue, lastArrival: 0n },
      );
      const made = files.makeSocket(path, mode, receiver);
      return made < 0 ? made : world.install(receiver);
    },
    passDescriptors: (fd) => (world.file(fd)?.kind === 'datagrams' ? 0 : -errno.EBADF),
    receiveDatagram(fd): Datagram | number {
      const receiver = world.file(fd);
      if (receiver?.kind !== 'datagrams') return -errno.EBADF;
      const next = (receiver as Receiver).queue.shift();
      if (next === undefined) return -errno.EAGAIN;
      const tooMuch = next.data.length > maxBytes || next.files.length > maxPassed;
      const descriptors = tooMuch ? [] : next.files.map((file) => world.install(file));
      for (const file of next.files) world.release(file);
      // Out of descriptors is MSG_CTRUNC as well.
      const lacking = descriptors.some((each) => each < 0);
      if (lacking) for (const each of descriptors) if (each >= 0) world.close(each);
      return {
        data: next.data.slice(0, maxBytes),
        truncated: tooMuch || lacking,
        sender: next.sender,
        descriptors: lacking ? [] : descriptors,
      };
    },
    sendDatagram(path, data, descriptors = []) {
      const held = descriptors.map((each) => world.file(each));
      if (held.includes(undefined)) return -errno.EBADF;
      return send(path, { data, sender: { pid: 1, uid: 0, gid: 0 }, files: held as OpenFile[] });
    },
    deliver: (path, datagram) => send(path, datagram) >= 0,
    receiveAt(path, received) {
      tree.place(path, { kind: 'socket', mode: 0o666, uid: 0, gid: 0, end: { kind: 'collector', received } satisfies Collector });
    },
  };
}
