import { sidOf } from '../caller.ts';
import type { Handler } from '../context.ts';
import { refuse } from '../refusal.ts';
import { ofMachine } from '../rights.ts';

/** Command subscribe: events as they happen, and nothing else on this connection. Not for those who may see none at all. O-16, O-33. */
export const subscribe: Handler<'subscribe'> = ({ desk, client, caller, held }, { events, since, follow }) => {
  if (!desk.access.hasStanding(caller)) {
    desk.denied({ caller, service: null, requested: ofMachine.all, held });
    return refuse('ACCESS_DENIED', `subscribe needs some right on the machine or on a service, and ${sidOf(caller)} holds none`);
  }
  desk.subscriptions.open(client, events ?? null, since ?? null, follow ?? true);
  return undefined;
};
