/**
 * What others may notice of a flood: 99th percentiles of rounds in turn with quiet ones. The best round of the flood counts: what else the
 * host does only makes answers later, and a daemon that is not fair is late in each of them.
 */

/** Below this it is the scheduler of a machine with two processors that decides, and no share of a daemon's time. */
const scheduledMs = 5;

const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

export const percentile99 = (values: readonly number[]): number => sorted(values)[Math.floor(values.length * 0.99)] ?? 0;
export const median = (values: readonly number[]): number => sorted(values)[values.length >> 1] ?? 0;

export const least = (values: readonly number[]): number => Math.min(...values);

/** The most that an answer may take under a flood, in milliseconds. */
export const mostUnderFlood = (quietMs: number): number => Math.max(2 * quietMs, scheduledMs);
