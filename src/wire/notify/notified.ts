import type { Assignment } from '../../../gen/notify/types.ts';
import type { Notified } from '../../policy/events.ts';

/** What a datagram says, as the policy takes it. */
export const notifiedEvent = (job: string, assignments: readonly Assignment[]): Notified => ({ kind: 'notified', job, assignments });
