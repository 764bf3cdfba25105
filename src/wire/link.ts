import { errno, errnoName } from '../kernel/errno.ts';
import type { Descriptors, Result, Sockets } from '../kernel/kernel.ts';
import type { Lane, Loop, Ready, Watch } from '../kernel/loop.ts';
import { createLineReader } from './line-reader.ts';

/**
 * A connection of ours to a daemon: lines come in, what goes out is its owner's, and it tells when it is gone. Everything that happens by
 * itself happens in a turn of the loop, never within a call of ours; what comes in is bounded.
 */
export interface Link<Out extends Outgoing> {
  readonly state: 'closed' | 'opening' | 'open';
  /** What goes out; null unless it is open. */
  readonly out: Out | null;
  open(path: string): void;
  /** Sends of it what the kernel takes. `more`: there will be more as soon as it takes anything, whatever is left of this. */
  flush(more?: boolean): void;
  /** Nothing will be put any more: the peer reads what is left and then end of file. What it says is still heard. */
  finish(): void;
  close(): void;
}

/** Bytes on their way out. */
export interface Outgoing {
  /** `gone`: nobody will read it. */
  flush(): 'sent' | 'blocked' | 'gone';
  /** -errno of what is gone. */
  readonly failure: Result;
}

export interface LinkEvents {
  /** Null: it stands. Otherwise why not. Once for each open(). */
  opened(failure: string | null): void;
  /** Came with bytes of the lines that follow, or of the last of them; whoever takes them closes them. Left out: none are taken. */
  descriptors?(descriptors: readonly number[]): void;
  /** Only valid within this call. */
  line(bytes: Buffer, start: number, end: number): void;
  /** The kernel takes bytes again, or still does where more was announced. */
  writable?(): void;
  /** It stood, and does not any more. Not after close(). */
  lost(reason: string): void;
}

export interface LinkParts<Out extends Outgoing> {
  readonly kernel: Sockets & Descriptors;
  readonly loop: Loop;
  /** Why nothing may be said to who listens there; null: it may. Left out: whoever that is. */
  readonly refusal?: (fd: number) => string | null;
  /** In which it is served. */
  readonly lane: Lane;
  /** Of the daemon, for messages. */
  readonly name: string;
  /** Greatest length of a line that comes, in bytes, newline not counted. */
  readonly maxLine: number;
  /** What goes out on a connection that stands. */
  readonly outgoing: (fd: number) => Out;
  readonly events: LinkEvents;
  /** Bytes that are read at once. */
  readonly readBytes?: number;
}

const usualReadBytes = 256 * 1024;
/** Reads of one turn, so that a large answer does not hold up what else waits. */
const readsPerTurn = 8;

export function createLink<Out extends Outgoing>(parts: LinkParts<Out>): Link<Out> {
  const { kernel, loop, name, maxLine, events } = parts;
  const input = Buffer.allocUnsafe(parts.readBytes ?? usualReadBytes);
  const lines = createLineReader(maxLine);
  let state: Link<Out>['state'] = 'closed';
  let path = '';
  let fd = -1;
  let watch: Watch | null = null;
  let out: Out | null = null;
  let finishing = false;
  /** Rises with every close, so that what was deferred before it does nothing. */
  let generation = 0;

  function drop(): void {
    generation += 1;
    watch?.close();
    watch = null;
    if (fd >= 0) kernel.close(fd);
    fd = -1;
    state = 'closed';
    out = null;
    finishing = false;
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

  function refuse(reason: string): void {
    drop();
    events.opened(`connecting to ${path}: ${reason}`);
  }

  function ready(is: Ready): void {
    if (state === 'opening') {
      const error = kernel.socketError(fd);
      if (error < 0) return refuse(errnoName(error));
      const refusal = parts.refusal?.(fd) ?? null;
      if (refusal !== null) return refuse(refusal);
      state = 'open';
      out = parts.outgoing(fd);
      watch?.update({ read: true });
      events.opened(null);
      return;
    }
    const begun = generation;
    if (is.writable) {
      flush();
      events.writable?.();
    }
    if (generation === begun && (is.readable || is.closed)) receive();
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

  function flush(more = false): void {
    if (out === null) return;
    const outcome = out.flush();
    if (outcome === 'gone') {
      const reason = `writing to ${name}: ${errnoName(out.failure)}`;
      return deferred(() => lose(reason));
    }
    watch?.update({ read: true, write: more || outcome === 'blocked' });
    // That it cannot be ended means that it has ended, which reading will tell.
    if (finishing && outcome === 'sent') kernel.shutdownWrite(fd);
  }

  return {
    get state() {
      return state;
    },
    get out() {
      return out;
    },
    open(where) {
      path = where;
      state = 'opening';
      const result = kernel.connectStream(path);
      if (result < 0) return deferred(() => refuse(errnoName(result)));
      fd = result;
      watch = loop.watch(fd, { write: true }, parts.lane, ready);
    },
    flush,
    finish() {
      finishing = true;
      flush();
    },
    close: drop,
  };
}
