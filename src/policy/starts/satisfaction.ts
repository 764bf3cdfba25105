/** Whether a service satisfies those that depend on it. PSD-007 5.1, ST-045. */
import { stateFacts } from '../../../gen/service/facts.ts';
import type { Service } from '../state.ts';

/** In a satisfying state, and its post-hooks are over. */
export const isReleased = ({ state, activation }: Service): boolean =>
  stateFacts[state].satisfies && (activation === null || activation.stage === 'up' || activation.stage === 'doomed');

/** A Oneshot that did its work and passed to inactive by itself. */
export const hasPassed = ({ state, cause, definition }: Service): boolean =>
  state === 'inactive' && cause === 'clean_exit' && definition?.type === 'Oneshot';
