/** Types only: what a connection and its server know of each other. No room in the sense of the architecture. */
import type { Clock, Descriptors, Sockets } from '../../kernel/kernel.ts';
import type { Loop } from '../../kernel/loop.ts';
import type { Protocol } from './protocol.ts';
import type { Turns } from './turns.ts';

/** A connection as its server sees it. */
export interface Served {
  /** Goes on at the end of a turn with what was said from elsewhere. */
  resume(): void;
  /** Looks whether the client has left, before the loop says so. */
  look(): void;
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
  readonly turns: Turns;
  /** The client has left; true: what it sent is still to be carried out, false: too many such clients wait already. */
  left(connection: Served): boolean;
  closed(connection: Served): void;
}
