import type { Handler } from '../context.ts';

/** Command subscribe: events as they happen, and nothing else on this connection. O-16. */
export const subscribe: Handler<'subscribe'> = ({ desk, client }, { events, since }) => {
  desk.subscriptions.open(client, events ?? null, since ?? null);
  return undefined;
};
