/** Random numbers from a seed, so that a failing run can be had again: PEINIT_SEED=n node FILE. */
export interface Seeded {
  readonly seed: number;
  /** An integer from 0 to below `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
}

export function seeded(seed = Number(process.env['PEINIT_SEED'] ?? Date.now() % 2 ** 31)): Seeded {
  let state = seed >>> 0;
  /** mulberry32. */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return {
    seed,
    below: (limit) => Math.floor(next() * limit),
    chance: (probability) => next() < probability,
    pick: (from) => from[Math.floor(next() * from.length)] as (typeof from)[number],
  };
}
