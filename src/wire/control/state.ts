/**
 * What a connection of the control socket does. It is in one of these states:
 *
 * - serving: lines are taken and answered one by one;
 * - handling: a request is with the protocol, which may answer it at once;
 * - waiting: the answer to the latest line comes later; lines behind it stay where they are;
 * - streaming: events go out, nothing is taken any more;
 * - closing: the last words are on their way; input is thrown away, so that it cannot make the kernel reset what was said;
 * - closed.
 *
 * Beside it stands what is known of the client: it is open, it has ended its own side (it still gets its answers), or it is gone (what it
 * sent is still carried out, but nothing waits for answers). PSD-007 11.1.
 */
import type { Closing } from './closing.ts';
import type { Streaming } from './streaming.ts';

export type State = Serving | Handling | Waiting | Streaming | Closing | Closed;

export type ClientSide = 'open' | 'ended' | 'gone';

interface Serving {
  readonly phase: 'serving';
}

interface Handling {
  readonly phase: 'handling';
}

interface Waiting {
  readonly phase: 'waiting';
}

interface Closed {
  readonly phase: 'closed';
}

/** One object each: a request changes the state three times. */
export const serving: State = { phase: 'serving' };
export const handling: State = { phase: 'handling' };
export const waiting: State = { phase: 'waiting' };
export const closed: State = { phase: 'closed' };
