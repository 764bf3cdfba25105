import { dirname } from 'node:path';
import { describeErrno, errno } from '../kernel/errno.ts';
import type { Clock, Descriptors, Files, Result, Sockets } from '../kernel/kernel.ts';
import type { Loop, LoopDeadline, Watch } from '../kernel/loop.ts';

/**
 * Keeps sockets where their clients look for them: one whose file was removed or replaced, with its directory or alone, is bound again
 * by itself. Whoever is connected notices nothing. O-26.
 */
export interface SocketKeeper {
  /** Opens a socket and keeps it from then on. 0, or -errno of the first opening. */
  open(socket: KeptSocket): Result;
  /** Keeps none any more; the sockets stay open. */
  close(): void;
}

export interface KeptSocket {
  /** For the console: `the control socket`. */
  readonly name: string;
  readonly path: string;
  start(): Result;
  /** Binds anew; what came over the old one is still heard. */
  rebind(): Result;
}

export interface SocketKeeperParts {
  readonly kernel: Pick<Clock & Descriptors & Files & Sockets, 'monotonicNs' | 'read' | 'close' | 'mkdir' | 'watchVanishing' | 'inode'>;
  readonly loop: Loop;
  readonly warn: (text: string) => void;
}

/** Whoever removes a socket again and again keeps nobody busy. */
const pauseNs = 1_000_000_000n;
const directoryMode = 0o755;

export function createSocketKeeper({ kernel, loop, warn }: SocketKeeperParts): SocketKeeper {
  const ends: (() => void)[] = [];

  function keep({ name, path, rebind }: KeptSocket): () => void {
    const directory = dirname(path);
    let inode = kernel.inode(path);
    let watched: { readonly fd: number; readonly watch: Watch } | null = null;
    let again: LoopDeadline | null = null;
    let restsUntil = 0n;
    /** The latest failure, which is told once. */
    let told = '';

    function unwatch(): void {
      if (watched === null) return;
      watched.watch.close();
      kernel.close(watched.fd);
      watched = null;
    }

    /** First of all, so that nothing goes unnoticed that happens while it is looked. */
    function watchAnew(): Result {
      const before = watched;
      watched = null;
      let fd = kernel.watchVanishing(directory);
      if (fd === -errno.ENOENT) {
        kernel.mkdir(directory, directoryMode);
        fd = kernel.watchVanishing(directory);
      }
      if (before !== null) {
        before.watch.close();
        kernel.close(before.fd);
      }
      if (fd >= 0) watched = { fd, watch: loop.watch(fd, { read: true }, 'control', look) };
      return fd;
    }

    function look(): void {
      again?.cancel();
      again = null;
      const now = kernel.monotonicNs();
      // What was noticed meanwhile is seen then.
      if (now < restsUntil) return lookLater(restsUntil);
      const watching = watchAnew();
      if (kernel.inode(path) !== inode) bindAgain();
      else if (watching < 0) fails(`${directory} cannot be watched for ${name}: ${describeErrno(watching)}`);
    }

    function bindAgain(): void {
      restsUntil = kernel.monotonicNs() + pauseNs;
      const bound = rebind();
      if (bound < 0) return fails(`${name} ${path} has vanished and cannot be bound again: ${describeErrno(bound)}`);
      inode = kernel.inode(path);
      told = '';
      warn(`${name} ${path} had vanished and is bound again`);
      if (watched === null) lookLater(restsUntil);
    }

    function fails(what: string): void {
      if (told !== what) warn(`${what}; tried again every second`);
      told = what;
      lookLater(kernel.monotonicNs() + pauseNs);
    }

    function lookLater(at: bigint): void {
      unwatch();
      again = loop.at(at, look);
    }

    look();
    return () => {
      again?.cancel();
      unwatch();
    };
  }

  return {
    open(socket) {
      const started = socket.start();
      if (started >= 0) ends.push(keep(socket));
      return started;
    },
    close() {
      for (const end of ends.splice(0)) end();
    },
  };
}
