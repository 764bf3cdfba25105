import type { Cause, State } from '../../gen/service/types.ts';
import { stateNames } from '../../gen/service/types.ts';

/** What one may wait for beside single states. */
const groups: Readonly<Record<string, readonly State[]>> = {
  /** Up, as `status` has it. */
  ready: ['active', 'reloading', 'completed'],
  /** Nothing of it runs, and nothing is about to. */
  stopped: ['inactive', 'completed', 'failed', 'skipped', 'abandoned'],
};

export const targetNames: readonly string[] = [...Object.keys(groups), ...stateNames];

/** The states that a word means; null: it means none. */
export function targetStates(word: string): ReadonlySet<State> | null {
  const group = Object.hasOwn(groups, word) ? groups[word] : undefined;
  const states = group ?? stateNames.filter((name) => name === word);
  return states.length === 0 ? null : new Set(states);
}

const ended: ReadonlySet<State> = new Set(['failed', 'abandoned', 'skipped']);

/** Where no operation is under way, only somebody's hand takes it out of there. What it was bound to takes it along when it is up again. */
export const isStuck = (state: State, cause: Cause | null): boolean =>
  (ended.has(state) && cause !== 'binds_to_propagation') || (state === 'inactive' && cause === 'shutdown_wave');
