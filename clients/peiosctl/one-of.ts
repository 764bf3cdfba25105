import { nearest } from '../../src/registry/nearest.ts';
import { UsageError } from './usage-error.ts';

/** The word that an option was given, where it is one of those that it takes. */
export function oneOf<Word extends string>(option: string, given: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === given);
  if (found !== undefined) return found;
  const meant = nearest(given, words);
  throw new UsageError(`--${option} is one of ${words.join(', ')}, not ${given}${meant === null ? '' : `; is ${meant} meant?`}`);
}
