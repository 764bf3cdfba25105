/** Random numbers that a seed determines: the same on every machine and in every run. */
export interface Random {
  /** 0 <= x < 1 */
  fraction(): number;
  /** 0 <= x < limit, an integer */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T;
}

/** splitmix32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  const random: Random = {
    fraction: () => next() / 0x1_0000_0000,
    below: (limit) => Math.floor(random.fraction() * limit),
    chance: (probability) => random.fraction() < probability,
    pick(list) {
      if (list.length === 0) throw new Error('nothing to pick from');
      return list[random.below(list.length)] as (typeof list)[number];
    },
  };
  return random;
}

export interface Seeded extends Random {
  readonly seed: number;
}

/** For a run that may be had again: PEINIT_SEED=n node FILE. The test has to tell its seed. */
export function seeded(seed = Number(process.env['PEINIT_SEED'] ?? Date.now() % 2 ** 31)): Seeded {
  return { seed, ...createRandom(seed) };
}

/** A seed out of a seed and a name, so that what happens to one thing does not depend on what happened to others. */
export function deriveSeed(seed: number, name: string): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}
