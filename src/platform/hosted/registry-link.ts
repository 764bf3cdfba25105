import { endpoints } from '../../../gen/registry/facts.ts';
import { errno, errnoName } from '../../kernel/errno.ts';
import type { Descriptors, Sockets } from '../../kernel/kernel.ts';
import type { Loop, Ready, Watch } from '../../kernel/loop.ts';
import { createLineReader } from '../../wire/line-reader.ts';

/**
 * The connection to registryd: lines out, lines in, and the news that it is gone. Everything that happens by itself happens in a
 * turn of the loop, never within a call of ours; buffers are bounded in both directions.
 */

const { maxLine } = endpoints.registry;
const readBytes = 256 * 1024;
/** Reads of one turn, so that a large tree does not hold up what else waits. */
const readsPerTurn = 8;
/** Unsent bytes from which on calls are refused. */
const maxUnsentBytes = 8 * 1024 * 1024;

export interface LinkEvents {
  /** Null: it stands. Otherwise why not. Once for each open(). */
  opened(failure: string | null): void;
  line(bytes: Buffer, start: number, end: number): void;
  /** It stood, and does not any more. Not after close(). */
  lost(reason: string): void;
}

export interface RegistryLink {
  readonly state: 'closed' | 'opening' | 'open';
  open(): void;
  /** False: too much is unsent already, or the link is not open. */
  send(line: string): boolean;
  close(): void;
}

export function createRegistryLink(kernel: Sockets & Descriptors, loop: Loop, path: string, events: LinkEvents): RegistryLink {
  const buffer = Buffer.allocUnsafe(readBytes);
  const lines = createLineReader(maxLine);
  let state: RegistryLink['state'] = 'closed';
  let fd = -1;
  let watch: Watch | null = null;
  /** Rises with every close, so that what was deferred before it does nothing. */
  let generation = 0;
  let unsent: Uint8Array[] = [];
  let unsentBytes = 0;

  function drop(): void {
    generation += 1;
    watch?.close();
    watch = null;
    if (fd >= 0) kernel.close(fd);
    fd = -1;
    state = 'closed';
    unsent = [];
    unsentBytes = 0;
    lines.clear();
  }

  function deferred(body: () => void): void {
    const begun = generation;
    loop.defer(() => {
      if (generation === begun) body();
    });
  }

  function lose(reason: string): void {
    drop();
    events.lost(reason);
  }

  function refuse(what: string, result: number): void {
    drop();
    events.opened(`${what} ${path}: ${errnoName(result)}`);
  }

  function ready(is: Ready): void {
    if (state === 'opening') {
      const error = kernel.socketError(fd);
      if (error < 0) return refuse('connecting to', error);
      state = 'open';
      watch?.update({ read: true });
      events.opened(null);
      return;
    }
    if (is.writable) flush();
    if (state === 'open' && (is.readable || is.closed)) receive();
  }

  function receive(): void {
    for (let reads = 0; reads < readsPerTurn; reads += 1) {
      const count = kernel.read(fd, buffer);
      if (count === -errno.EAGAIN) break;
      if (count <= 0) return lose(count === 0 ? 'registryd closed the connection' : `reading from registryd: ${errnoName(count)}`);
      lines.push(buffer, count);
      const begun = generation;
      for (let found = lines.next(); found !== 'more'; found = lines.next()) {
        if (found === 'too-long') return lose(`registryd sent a line of more than ${maxLine} bytes`);
        events.line(lines.bytes, lines.start, lines.end);
        // What the line led to may have closed the link.
        if (generation !== begun) return;
      }
      lines.keep();
      if (count < buffer.length) break;
    }
  }

  function flush(): void {
    for (let first = unsent[0]; first !== undefined; first = unsent[0]) {
      const count = kernel.write(fd, first, 0, first.length);
      if (count === -errno.EAGAIN) break;
      if (count < 0) {
        const reason = `writing to registryd: ${errnoName(count)}`;
        deferred(() => lose(reason));
        return;
      }
      unsentBytes -= count;
      if (count < first.length) {
        unsent[0] = first.subarray(count);
        break;
      }
      unsent.shift();
    }
    watch?.update({ read: true, write: unsent.length > 0 });
  }

  return {
    get state() {
      return state;
    },
    open() {
      state = 'opening';
      const result = kernel.connectStream(path);
      if (result < 0) {
        deferred(() => refuse('connecting to', result));
        return;
      }
      fd = result;
      watch = loop.watch(fd, { write: true }, 'control', ready);
    },
    send(line) {
      if (state !== 'open' || unsentBytes >= maxUnsentBytes) return false;
      const bytes = Buffer.from(`${line}\n`);
      unsent.push(bytes);
      unsentBytes += bytes.length;
      if (unsent.length === 1) flush();
      return true;
    },
    close: drop,
  };
}
