/**
 * The clocks of the policy. Their instants come in with events, for the policy reads no clock. One of the wall clock is never taken for one
 * of the monotonic clock: that does not compile, and `after` keeps an instant on its clock.
 */
import type { RealtimeNs } from '../kernel/kernel.ts';

/** Nanoseconds of the monotonic clock. No bare number is one: deadlines are set from what a stamp says. */
export type MonotonicNs = bigint & { readonly clock: 'monotonic' };

/** Nanoseconds since the epoch. */
export type { RealtimeNs } from '../kernel/kernel.ts';

/**
 * What every event brings with it: both clocks at its arrival, and a fresh UUID version 7 as a number. The policy makes
 * the ids that the event needs by counting up from there; the next event's base is at least 2^32 higher, so ids sort by creation.
 */
export interface Stamp {
  readonly monotonic: MonotonicNs;
  readonly realtime: RealtimeNs;
  readonly idBase: bigint;
}

/** When something happened, for people and for how long ago it was: the wall clock may be set in between. */
export type Moment = Pick<Stamp, 'monotonic' | 'realtime'>;

export const momentOf = ({ monotonic, realtime }: Stamp): Moment => ({ monotonic, realtime });

/** So much later, on the same clock. */
export const after = <Instant extends MonotonicNs | RealtimeNs>(instant: Instant, ns: bigint): Instant => (instant + ns) as Instant;

export const secondsToNs = (seconds: number): bigint => BigInt(seconds) * 1_000_000_000n;
