import type { Clock, Descriptors, Result, Sockets } from '../../kernel/kernel.ts';
import type { Loop } from '../../kernel/loop.ts';
import { createListener } from '../listener.ts';
import type { Holder, PlaceLimits } from '../places.ts';
import { Places } from '../places.ts';
import { OpenConnection } from './connection.ts';
import type { ConnectionLimits, Protocol } from './protocol.ts';
import type { ConnectionRoom, Served } from './room.ts';
import { createTurns } from './turns.ts';

/**
 * The control socket: connections in the control lane of the loop, at most MaxControlConnections at once. Settings hold for
 * the connections made after them. A client that has left gives its place back at once, although what it sent is still carried out;
 * for that there are as many places again, and beyond those it is not read (O-34). PSD-007 11.1, CTL-001, CTL-010.
 */
export interface ControlSettings extends ConnectionLimits {
  readonly maxControlConnections: number;
  readonly maxControlConnectionsPerUser: number;
}

export interface ControlServerOptions<Peer> {
  readonly kernel: Pick<
    Descriptors & Sockets & Clock,
    'read' | 'write' | 'close' | 'shutdownWrite' | 'listenStream' | 'accept' | 'monotonicNs'
  >;
  readonly loop: Loop;
  readonly path: string;
  settings(): ControlSettings;
  readonly protocol: Protocol<Peer>;
}

export interface ControlServer {
  /** 0, or -errno of the socket. */
  start(): Result;
  /** Listens at a new socket in the place of the old one. */
  rebind(): Result;
  /** Closes the socket and every connection at once; answers that are ready still go out. */
  close(): void;
  readonly connections: number;
}

const mode = 0o666;

const placesOf = ({ maxControlConnections, maxControlConnectionsPerUser }: ControlSettings): PlaceLimits => ({
  total: maxControlConnections,
  perUser: maxControlConnectionsPerUser,
});

/** A connection at rest holds no more than what it has not answered; these two are shared by all. */
const bufferBytes = 65_536;

export function createControlServer<Peer>({ kernel, loop, path, settings, protocol }: ControlServerOptions<Peer>): ControlServer {
  const open = new Map<Served, { readonly peer: Peer; readonly holder: Holder; held: Places }>();
  const present = new Places();
  const leaving = new Places();
  let again: Served[] = [];

  const room: ConnectionRoom<Peer> = {
    kernel,
    loop,
    protocol,
    input: Buffer.allocUnsafeSlow(bufferBytes),
    output: Buffer.allocUnsafeSlow(bufferBytes),
    again(connection) {
      if (again.push(connection) === 1) loop.defer(resume);
    },
    turns: createTurns(kernel, loop),
    left(connection) {
      const entry = open.get(connection);
      if (entry === undefined || !leaving.take(entry.holder, placesOf(settings()))) return false;
      present.giveBack(entry.holder);
      entry.held = leaving;
      return true;
    },
    closed(connection) {
      const entry = open.get(connection);
      if (entry === undefined) return;
      open.delete(connection);
      entry.held.giveBack(entry.holder);
    },
  };

  function resume(): void {
    const due = again;
    again = [];
    for (const connection of due) connection.resume();
  }

  function serve(fd: number): boolean {
    const limits = settings();
    const since = kernel.monotonicNs();
    const peer = protocol.admit(fd);
    if (peer === null) return false;
    const holder = protocol.holder(peer);
    const { shares } = room.turns;
    shares.charge(holder, since);
    // What is not even read costs least, and it may try again.
    if (shares.restNs(holder) > 0) return false;
    if (!hasRoom(peer, holder, placesOf(limits))) return false;
    const connection = new OpenConnection(room, fd, peer, holder, limits);
    present.take(holder, placesOf(limits));
    open.set(connection, { peer, holder, held: present });
    return true;
  }

  /** Whether there is a place, or one that can be had. */
  function hasRoom(peer: Peer, holder: Holder, limits: PlaceLimits): boolean {
    const lack = present.lack(holder, limits);
    if (lack === null) return true;
    // Some may have left in this very turn.
    for (const [connection, other] of [...open]) if (lack === 'all' || other.holder.user === holder.user) connection.look();
    if (present.lack(holder, limits) === 'all' && protocol.hasStanding(peer)) dismiss(() => present.lack(holder, limits) !== 'all');
    return present.lack(holder, limits) === null;
  }

  /** Ends connections of those without any right, the oldest first, until it is enough. */
  function dismiss(isEnough: () => boolean): void {
    for (const [connection, { peer, held }] of [...open]) {
      if (held !== present || protocol.hasStanding(peer)) continue;
      connection.end();
      if (isEnough()) return;
    }
  }

  const listener = createListener({ kernel, loop, path, mode, accepted: serve });

  return {
    start: listener.start,
    rebind: listener.rebind,
    close() {
      listener.close();
      for (const connection of [...open.keys()]) connection.end();
    },
    get connections() {
      return open.size;
    },
  };
}
