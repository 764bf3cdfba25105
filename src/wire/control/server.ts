import type { Clock, Descriptors, Result, Sockets } from '../../kernel/kernel.ts';
import type { Loop } from '../../kernel/loop.ts';
import { createListener } from '../listener.ts';
import { OpenConnection } from './connection.ts';
import type { ConnectionLimits, Protocol } from './protocol.ts';
import type { ConnectionRoom, Served } from './room.ts';

/**
 * The control socket: connections in the control lane of the loop, at most MaxControlConnections at once. Settings hold for
 * the connections made after them. PSD-007 11.1, CTL-001, CTL-010.
 */
export interface ControlSettings extends ConnectionLimits {
  readonly maxControlConnections: number;
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
  /** Closes the socket and every connection at once; answers that are ready still go out. */
  close(): void;
  readonly connections: number;
}

const mode = 0o666;
/** A connection at rest holds no more than what it has not answered; these two are shared by all. */
const bufferBytes = 65_536;

export function createControlServer<Peer>({ kernel, loop, path, settings, protocol }: ControlServerOptions<Peer>): ControlServer {
  const open = new Set<Served>();
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
    closed(connection) {
      open.delete(connection);
    },
  };

  function resume(): void {
    const due = again;
    again = [];
    for (const connection of due) connection.resume();
  }

  /** Beyond the limit its identity is not even asked for. */
  function serve(fd: number): boolean {
    const limits = settings();
    const peer = open.size < limits.maxControlConnections ? protocol.admit(fd) : null;
    if (peer === null) return false;
    open.add(new OpenConnection(room, fd, peer, limits));
    return true;
  }

  const listener = createListener({ kernel, loop, path, mode, accepted: serve });

  return {
    start: listener.start,
    close() {
      listener.close();
      for (const connection of [...open]) connection.end();
    },
    get connections() {
      return open.size;
    },
  };
}
