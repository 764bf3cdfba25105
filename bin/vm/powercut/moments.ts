/** When the power is cut: so long after a line of the machine, which is some step of its boot or of the writes that follow. */
import { createRandom } from '../../../test/support/random.ts';

export interface Moment {
  /** What the console, or the command inside, has to have said. */
  readonly after: RegExp;
  readonly name: string;
  readonly delayMs: number;
}

/** Each with the longest time after it, until about the next one; the last is longer, for most is written there. */
const steps = [
  ['root is writable', 600],
  ['registryd: starting', 600],
  ['registryd is ready', 1200],
  ['settled:', 1000],
  ['acknowledged', 3000],
] as const;

/** The same for the same seed. */
export function momentsOf(seed: number, count: number): readonly Moment[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const [name, mostMs] = random.pick(steps);
    return { name, after: new RegExp(name), delayMs: random.below(mostMs) };
  });
}
