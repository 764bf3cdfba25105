import type { Identities } from '../platform/identity.ts';
import type { Containment } from './containment.ts';
import type { LiveJob } from './live-jobs.ts';

/** The process that a job's token was granted for has ended; `empty`: it is known that nothing else lives in the part where it was born. */
export type TokenEnds = (job: Pick<LiveJob, 'id' | 'tree' | 'part'>, empty: boolean) => void;

/**
 * When nothing of a token lives any more: not with the process that it was granted for, which may have left children, but when the part of
 * the tree is empty that this was born in. platform.md 6.4.
 */
export function createTokenEnds(containment: () => Containment, identities: Pick<Identities, 'ended'>): TokenEnds {
  /** By part: tokens of processes that have ended there. */
  const waiting = new Map<string, Set<string>>();

  return ({ id, tree, part }, empty) => {
    if (empty) return identities.ended(id);
    const place = `${tree}/${part}`;
    const others = waiting.get(place);
    if (others !== undefined) return void others.add(id);
    const tokens = new Set([id]);
    waiting.set(place, tokens);
    containment().whenEmpty(tree, part, () => {
      waiting.delete(place);
      for (const token of tokens) identities.ended(token);
    });
  };
}
