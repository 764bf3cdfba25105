import type { Handler } from '../context.ts';
import { refuse } from '../refusal.ts';

/** Command subscribe: events as they happen, and nothing else on this connection. Not for those who may see none at all. O-16, O-33. */
export const subscribe: Handler<'subscribe'> = ({ desk, client, caller }, { events, since }) => {
  if (!desk.access.hasStanding(caller)) return refuse('ACCESS_DENIED', 'subscribe needs some right on the machine or on a service');
  desk.subscriptions.open(client, events ?? null, since ?? null);
  return undefined;
};
