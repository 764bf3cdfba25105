/** Types only: what a connection and its server know of each other. No room in the sense of the architecture. */
import type { Clock, Descriptors, Sockets } from '../../kernel/kernel.ts';
import type { Loop } from '../../kernel/loop.ts';
import type { Protocol } from './protocol.ts';

/** A connection as its server sees it. */
export interface Served {
  /** Goes on at the end of a turn: with lines that were left, or with what was said from elsewhere. */
  resume(): void;
  /** Closes at once, after what the kernel still takes of what was said. */
  end(): void;
}

/** What the connections of a server share. */
export interface ConnectionRoom<Peer> {
  readonly kernel: Pick<Descriptors & Sockets & Clock, 'read' | 'write' | 'close' | 'shutdownWrite' | 'monotonicNs'>;
  readonly loop: Loop;
  readonly protocol: Protocol<Peer>;
  /** Every read goes here first. */
  readonly input: Buffer;
  /** Every write that fits goes out from here. */
  readonly output: Buffer;
  /** Has resume() called at the end of this turn, or of one made for it. */
  again(connection: Served): void;
  closed(connection: Served): void;
}
