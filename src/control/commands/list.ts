import type { Handler } from '../context.ts';
import { permitted } from '../permitted.ts';
import { listEntryOf } from '../status-shape.ts';

/** Command list: the services that the caller may query, by name. PSD-007 11.2, CMD-020, SEC-013. */
export const list: Handler<'list'> = (context) => ({
  services: Array.from(permitted(context, context.desk.policy.services()), ({ service, held }) => listEntryOf(service, held)),
});
