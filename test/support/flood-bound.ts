/** What others may notice of a flood: medians of 99th percentiles, in turn with those of a quiet time. */

/** Below this it is the scheduler of a machine with two processors that decides, and no share of a daemon's time. */
const scheduledMs = 5;

const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

export const percentile99 = (values: readonly number[]): number => sorted(values)[Math.floor(values.length * 0.99)] ?? 0;
export const median = (values: readonly number[]): number => sorted(values)[values.length >> 1] ?? 0;

/** The most that an answer may take under a flood, in milliseconds. */
export const mostUnderFlood = (quietMs: number): number => Math.max(2 * quietMs, scheduledMs);
