import { errno } from '../kernel/errno.ts';
import type { Clock, Descriptors, Result, Sockets } from '../kernel/kernel.ts';
import type { Loop, Watch } from '../kernel/loop.ts';

/**
 * A listening stream socket in the control lane of the loop. Whoever has no room for one more connection turns it away, which the
 * peer sees as an end of file; while the kernel has no descriptor or memory for one more, accepting rests and the queue waits.
 */
export interface ListenerParts {
  readonly kernel: Pick<Descriptors & Sockets & Clock, 'close' | 'listenStream' | 'accept' | 'monotonicNs'>;
  readonly loop: Loop;
  readonly path: string;
  readonly mode: number;
  /** Takes a connection; false: it is not wanted and is closed without a byte. A throw closes it too. */
  accepted(fd: number): boolean;
}

export interface Listener {
  /** 0, or -errno of the socket. */
  start(): Result;
  /** Listens at a new socket in the place of the old one; who waits there is still taken. 0 or -errno. */
  rebind(): Result;
  /** Takes nothing any more. Connections stay. */
  close(): void;
}

const backlog = 32;
/** How long nothing is accepted after the kernel had no descriptor or memory for one more. */
const pauseNs = 100_000_000n;

export function createListener({ kernel, loop, path, mode, accepted }: ListenerParts): Listener {
  let open: { readonly fd: number; readonly watch: Watch } | null = null;

  function take(fd: number): void {
    let taken = false;
    try {
      taken = accepted(fd);
    } finally {
      if (!taken) kernel.close(fd);
    }
  }

  function accept(fd: number): void {
    for (let count = 0; count < backlog; count++) {
      const got = kernel.accept(fd);
      if (got >= 0) take(got);
      else if (got === -errno.EAGAIN) return;
      else if (got !== -errno.EINTR && got !== -errno.ECONNABORTED) {
        pause();
        return;
      }
    }
  }

  function pause(): void {
    open?.watch.update({});
    loop.at(kernel.monotonicNs() + pauseNs, () => open?.watch.update({ read: true }));
  }

  function listen(): Result {
    const fd = kernel.listenStream(path, mode, backlog);
    if (fd < 0) return fd;
    open = { fd, watch: loop.watch(fd, { read: true }, 'control', () => accept(fd)) };
    return 0;
  }

  function close(): void {
    if (open === null) return;
    open.watch.close();
    kernel.close(open.fd);
    open = null;
  }

  return {
    start: listen,
    rebind() {
      const old = open;
      const listening = listen();
      if (listening < 0 || old === null) return listening;
      old.watch.close();
      accept(old.fd);
      kernel.close(old.fd);
      return 0;
    },
    close,
  };
}
