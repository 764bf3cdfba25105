import { errno } from '../../kernel/errno.ts';
import type { Clock, Descriptors, Result, Sockets } from '../../kernel/kernel.ts';
import type { Loop, Watch } from '../../kernel/loop.ts';
import type { ConnectionRoom } from './connection.ts';
import { OpenConnection } from './connection.ts';
import type { ConnectionLimits, Protocol } from './protocol.ts';

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
const backlog = 32;
/** A connection at rest holds no more than what it has not answered; these two are shared by all. */
const bufferBytes = 65_536;
/** How long nothing is accepted after the kernel had no descriptor or memory for one more. */
const pauseNs = 100_000_000n;

export function createControlServer<Peer>({ kernel, loop, path, settings, protocol }: ControlServerOptions<Peer>): ControlServer {
  const open = new Set<OpenConnection<Peer>>();
  let listener: { readonly fd: number; readonly watch: Watch } | null = null;
  let again: OpenConnection<Peer>[] = [];

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

  function serve(fd: number): void {
    const limits = settings();
    const peer = open.size < limits.maxControlConnections ? protocol.admit(fd) : null;
    if (peer === null) {
      kernel.close(fd);
      return;
    }
    try {
      open.add(new OpenConnection(room, fd, peer, limits));
    } catch (error) {
      kernel.close(fd);
      throw error;
    }
  }

  function accept(fd: number): void {
    for (let accepted = 0; accepted < backlog; accepted++) {
      const got = kernel.accept(fd);
      if (got >= 0) serve(got);
      else if (got === -errno.EAGAIN) return;
      else if (got !== -errno.EINTR && got !== -errno.ECONNABORTED) {
        pause();
        return;
      }
    }
  }

  function pause(): void {
    listener?.watch.update({});
    loop.at(kernel.monotonicNs() + pauseNs, () => listener?.watch.update({ read: true }));
  }

  return {
    start() {
      const fd = kernel.listenStream(path, mode, backlog);
      if (fd < 0) return fd;
      listener = { fd, watch: loop.watch(fd, { read: true }, 'control', () => accept(fd)) };
      return 0;
    },
    close() {
      if (listener !== null) {
        listener.watch.close();
        kernel.close(listener.fd);
        listener = null;
      }
      for (const connection of [...open]) connection.end();
    },
    get connections() {
      return open.size;
    },
  };
}
