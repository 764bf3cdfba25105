/** Whether a service satisfies those that depend on it. PSD-007 5.1, ST-045. */
import { stateFacts } from '../../../gen/service/facts.ts';
import type { Service } from '../state.ts';

/** In a satisfying state, its post-hooks over, and not being killed. */
export const isReleased = ({ state, activation }: Service): boolean =>
  stateFacts[state].satisfies && (activation === null || (activation.released && activation.doom === null));

/** Up, but its post-hooks are not over, or it is about to end: what comes next decides. */
export const isUndecided = (service: Service): boolean =>
  stateFacts[service.state].satisfies && !isReleased(service) && service.activation?.stage !== 'unmounting';

/** A Oneshot that did its work and passed to inactive by itself. */
export const hasPassed = ({ state, cause, definition }: Service): boolean =>
  state === 'inactive' && cause === 'clean_exit' && definition?.type === 'Oneshot';
