/** Clock types of the policy. They come in with events; the policy reads no clock. */

/** Nanoseconds of the monotonic clock. */
export type MonotonicNs = bigint;

/** Nanoseconds since the epoch. */
export type RealtimeNs = bigint;

/**
 * What every event brings with it: both clocks at its arrival, and a fresh UUID version 7 as a number. The policy makes
 * the ids that the event needs by counting up from there; the next event's base is at least 2^32 higher, so ids sort by creation.
 */
export interface Stamp {
  readonly monotonic: MonotonicNs;
  readonly realtime: RealtimeNs;
  readonly idBase: bigint;
}

export const secondsToNs = (seconds: number): bigint => BigInt(seconds) * 1_000_000_000n;
