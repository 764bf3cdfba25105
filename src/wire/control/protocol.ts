import type { JsonObject } from '../../json/text.ts';
import type { Holder } from '../places.ts';

/** What the control socket and the room behind it know of each other. PSD-007 11.1. */

export interface Connection<Peer> {
  /** Who it is, for its whole life. SEC-029. */
  readonly peer: Peer;
  /** False: it has left. What changes something is still carried out, but nobody reads an answer. CTL-018. */
  readonly isHeard: boolean;
  /** The answer to the request that was left open; only the first one counts. */
  answer(text: string): void;
  /** What it asks for costs as much as an answer of so many more bytes. */
  charge(bytes: number): void;
  /** Looks whether it has left, before the loop says so. */
  look(): void;
  /** The connection carries events from now on, after this first line, which is sent at once. */
  stream(first: string): void;
  /** One line of a stream. False: too much is unsent already and the line was not taken. O-16. */
  send(line: string): boolean;
  /** Ends a stream: unsent lines are dropped, `last` follows what is half sent; null: nothing does. */
  finish(last: string | null): void;
  /** Ends a stream: `last` follows what is unsent; null: nothing does. */
  conclude(last: string | null): void;
}

/** What stands behind the socket. */
export interface Protocol<Peer> {
  /** A line that is no request ends the connection in any case. */
  readonly refusalsClose?: boolean;
  /** Who connected; null: it cannot be told, and the connection is closed without a byte. CTL-017. */
  admit(fd: number): Peer | null;
  /** In whose name its connections are held. */
  holder(peer: Peer): Holder;
  /** Whether it has any right at all now. Whoever has none makes room for those that have. O-33. */
  hasStanding(peer: Peer): boolean;
  /** The answer to a request, or null: it comes through connection.answer(), or the connection became a stream. */
  request(connection: Connection<Peer>, request: JsonObject): string | null;
  /** Nobody is there any more for the outstanding answer, or for the stream. */
  gone(connection: Connection<Peer>): void;
}

export interface ConnectionLimits {
  /** Bytes of a line, newline not counted. */
  readonly maxRequestSize: number;
  readonly connectionTimeoutSeconds: number;
}
