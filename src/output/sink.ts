import type { Burst } from './output-ring.ts';

/**
 * Where output and events are handed over to. Behind it is the socket of the event daemon; what takes datagrams, or the event ring of a
 * kernel that has one, may stand in its place. LOG-020, D-79.
 */
export interface Sink {
  /** Takes lines of the burst from the one at `skip` on. How many; 0: there is no room for now. */
  lines(burst: Burst, skip: number): number;
  /** Takes an event. False: there is no room for now. */
  event(line: string): boolean;
  /** Takes word of what nobody will bring any more. False: there is no room for now. */
  loss(loss: Loss): boolean;
  /** What it took may go. `more`: there is more, as soon as there is room or a turn is over. */
  flush(more: boolean): void;
}

/** Lines and events are numbered apart, from 1 on in each boot; 0: none. */
export interface Ids {
  readonly log: number;
  readonly event: number;
}

/** Ids that are not held any more, the first and the last of them. WIRE-042. */
export interface Loss {
  readonly of: keyof Ids;
  readonly from: number;
  readonly to: number;
}

/** What a sink tells whoever hands over to it. */
export interface SinkEvents {
  /** It asks for all that follows those. */
  begins(held: Ids): void;
  /** There is room, or a turn is over after which there was more. */
  room(): void;
  /** All up to those is kept there, and need not be kept here. */
  acknowledged(ids: Ids): void;
  /** What is not acknowledged may be lost with it. */
  ended(): void;
}
