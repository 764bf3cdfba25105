import { sidOf } from '../caller.ts';
import type { Handler } from '../context.ts';
import { namedServices } from '../named-services.ts';
import { isRefusal, refuse } from '../refusal.ts';
import { ofMachine } from '../rights.ts';

/** Command follow: what services write, as they write it, and nothing else on this connection. O-116. */
export const follow: Handler<'follow'> = (context, { services: names }) => {
  const { desk, client, caller, held } = context;
  // On those that it names it needs a right in any case.
  if (names === undefined && !desk.access.hasStanding(caller)) {
    desk.denied({ caller, service: null, requested: ofMachine.all, held });
    return refuse('ACCESS_DENIED', `follow needs some right on the machine or on a service, and ${sidOf(caller)} holds none`);
  }
  const services = names === undefined ? null : namedServices(context, 'follow', names);
  if (services !== null && isRefusal(services)) return services;
  desk.lineFollowers.open(client, services === null ? null : new Set(services.map(({ key }) => key)));
  return undefined;
};
