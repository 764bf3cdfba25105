import type { ListEntry } from '../../../gen/control/types.ts';
import { queryStatus } from '../access.ts';
import type { Handler } from '../context.ts';
import { listEntryOf } from '../status-shape.ts';

/** Command list: the services that the caller may query, ordered by name. PSD-007 11.2, CMD-020, SEC-013. */
export const list: Handler<'list'> = ({ desk, caller }) => {
  const services: ListEntry[] = [];
  if (!desk.access.hasStanding(caller)) return { services };
  for (const service of desk.policy.services())
    if (desk.access.toService(caller, service.name, queryStatus) === 'granted') services.push(listEntryOf(service));
  return { services };
};
