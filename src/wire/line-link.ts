import { errno, errnoName } from '../kernel/errno.ts';
import type { Descriptors, Sockets } from '../kernel/kernel.ts';
import type { Lane, Loop, Ready, Watch } from '../kernel/loop.ts';
import { createLineReader } from './line-reader.ts';
import type { Outbox } from './outbox.ts';
import { createOutbox } from './outbox.ts';

/**
 * A connection of ours to a daemon: lines out, lines in, and the news that it is gone. Everything that happens by itself happens
 * in a turn of the loop, never within a call of ours; buffers are bounded in both directions.
 */
export interface LineLink {
  readonly state: 'closed' | 'opening' | 'open';
  open(): void;
  /** False: too much is unsent already, or the link is not open. */
  send(line: string): boolean;
  close(): void;
}

export interface LinkEvents {
  /** Null: it stands. Otherwise why not. Once for each open(). */
  opened(failure: string | null): void;
  /** Came with bytes of the lines that follow, or of the last of them; whoever takes them closes them. Left out: none are taken. */
  descriptors?(descriptors: readonly number[]): void;
  /** Only valid within this call. */
  line(bytes: Buffer, start: number, end: number): void;
  /** It stood, and does not any more. Not after close(). */
  lost(reason: string): void;
}

export interface LineLinkParts {
  readonly kernel: Sockets & Descriptors;
  readonly loop: Loop;
  /** In which what comes is read. */
  readonly lane: Lane;
  readonly path: string;
  /** Of the daemon, for messages. */
  readonly name: string;
  /** Greatest length of a line that comes, in bytes, newline not counted. */
  readonly maxLine: number;
  /** Unsent bytes from which on nothing is taken. */
  readonly maxUnsentBytes: number;
  readonly events: LinkEvents;
}

const readBytes = 256 * 1024;
const writeBytes = 64 * 1024;
/** Reads of one turn, so that a large answer does not hold up what else waits. */
const readsPerTurn = 8;

export function createLineLink({ kernel, loop, lane, path, name, maxLine, maxUnsentBytes, events }: LineLinkParts): LineLink {
  const input = Buffer.allocUnsafe(readBytes);
  const output = Buffer.allocUnsafe(writeBytes);
  const lines = createLineReader(maxLine);
  let state: LineLink['state'] = 'closed';
  let fd = -1;
  let watch: Watch | null = null;
  let outbox: Outbox | null = null;
  /** Rises with every close, so that what was deferred before it does nothing. */
  let generation = 0;

  function drop(): void {
    generation += 1;
    watch?.close();
    watch = null;
    if (fd >= 0) kernel.close(fd);
    fd = -1;
    state = 'closed';
    outbox = null;
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

  function refuse(result: number): void {
    drop();
    events.opened(`connecting to ${path}: ${errnoName(result)}`);
  }

  function ready(is: Ready): void {
    if (state === 'opening') {
      const error = kernel.socketError(fd);
      if (error < 0) return refuse(error);
      state = 'open';
      outbox = createOutbox(kernel, fd, output);
      watch?.update({ read: true });
      events.opened(null);
      return;
    }
    if (is.writable) flush();
    if (state === 'open' && (is.readable || is.closed)) receive();
  }

  function receive(): void {
    for (let reads = 0; reads < readsPerTurn; reads += 1) {
      const passed = events.descriptors === undefined ? null : kernel.receiveWithDescriptors(fd, input);
      const count = passed === null ? kernel.read(fd, input) : typeof passed === 'number' ? passed : passed.bytes;
      if (count === -errno.EAGAIN) break;
      if (count <= 0) return lose(count === 0 ? `${name} closed the connection` : `reading from ${name}: ${errnoName(count)}`);
      const begun = generation;
      if (passed !== null && typeof passed !== 'number' && passed.descriptors.length > 0) events.descriptors?.(passed.descriptors);
      if (generation !== begun) return;
      lines.push(input, count);
      for (let found = lines.next(); found !== 'more'; found = lines.next()) {
        if (found === 'too-long') return lose(`${name} sent a line of more than ${maxLine} bytes`);
        events.line(lines.bytes, lines.start, lines.end);
        // What the line led to may have closed the link.
        if (generation !== begun) return;
      }
      lines.keep();
      if (count < input.length) break;
    }
  }

  function flush(): void {
    if (outbox === null) return;
    const outcome = outbox.flush();
    if (outcome === 'gone') {
      const reason = `writing to ${name}: ${errnoName(outbox.failure)}`;
      deferred(() => lose(reason));
    } else watch?.update({ read: true, write: outcome === 'blocked' });
  }

  return {
    get state() {
      return state;
    },
    open() {
      state = 'opening';
      const result = kernel.connectStream(path);
      if (result < 0) {
        deferred(() => refuse(result));
        return;
      }
      fd = result;
      watch = loop.watch(fd, { write: true }, lane, ready);
    },
    send(line) {
      if (outbox === null || outbox.unsent >= maxUnsentBytes) return false;
      const idle = outbox.unsent === 0;
      outbox.push(line);
      if (idle) flush();
      return true;
    },
    close: drop,
  };
}
