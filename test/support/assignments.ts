import type { Assignment, Notification } from '../../gen/notify/types.ts';

/** A datagram that says this, in this order. */
export const assignmentsOf = (said: Notification): readonly Assignment[] =>
  Object.entries(said).map(([member, value]) => ({ member, value }) as Assignment);
