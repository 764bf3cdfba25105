import type { Notification } from '../../gen/notify/types.ts';
import type { Assignment } from '../../src/policy/events.ts';

/** A datagram that says this, in this order. */
export const assignmentsOf = (said: Notification): readonly Assignment[] =>
  Object.entries(said).map(([member, value]) => ({ member, value }) as Assignment);
