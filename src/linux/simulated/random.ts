/** Seeded random numbers (sfc32): the same seed gives the same run. Never used by the daemon. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Integer in [0, limit). */
  below(limit: number): number;
  chance(probability: number): boolean;
  /** Nanoseconds in [0, limit]. */
  upTo(limit: bigint): bigint;
  /** In place. */
  shuffle<T>(list: T[]): T[];
  bytes(count: number): Uint8Array;
}

export function createRandom(seed: number): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed >>> 0;
  let counter = 1;

  function word(): number {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  }

  for (let i = 0; i < 16; i++) word();
  const next = (): number => word() / 0x1_0000_0000;
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    upTo: (limit) => BigInt(Math.floor(next() * (Number(limit) + 1))),
    shuffle(list) {
      for (let i = list.length - 1; i > 0; i--) {
        const j = below(i + 1);
        const swapped = list[i] as (typeof list)[number];
        list[i] = list[j] as (typeof list)[number];
        list[j] = swapped;
      }
      return list;
    },
    bytes: (count) => Uint8Array.from({ length: count }, () => word() & 0xff),
  };
}
