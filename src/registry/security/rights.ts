import { keyRightFacts, standardRightFacts } from '../../../gen/security/facts.ts';
import { keyMapping } from '../../security/mappings.ts';

const names: readonly (readonly [name: string, bit: number])[] = Object.entries({ ...keyRightFacts, ...standardRightFacts }).map(
  ([name, { bit }]) => [name, bit],
);

/** Rights on a key as a list of their names. */
export const rightNames = (mask: number): string =>
  names
    .filter(([, bit]) => (mask & bit) !== 0)
    .map(([name]) => name)
    .join(', ');

/** As rightNames, but with a word for what is usual. */
export function rightWords(mask: number): string {
  if (mask === keyMapping.all) return 'everything';
  return mask === keyMapping.read ? 'read' : rightNames(mask);
}
