import type { ListEntry } from '../../../gen/control/types.ts';
import type { Handler } from '../context.ts';
import { queryStatus } from '../rights.ts';
import { listEntryOf } from '../status-shape.ts';

/** What it costs to record that a service was left out, in bytes of an answer. */
export const recordBytes = 256;

/** Command list: the services that the caller may query, by name; each other one is a denial. PSD-007 11.2, CMD-020, SEC-007, SEC-013. */
export const list: Handler<'list'> = ({ desk, client, caller }) => {
  const services: ListEntry[] = [];
  for (const service of desk.policy.services()) {
    const held = desk.access.held(caller, service.key);
    if (typeof held === 'number' && (held & queryStatus) !== 0) services.push(listEntryOf(service, held));
    else {
      desk.denied({ caller, service: service.name, requested: queryStatus, held });
      client.charge(recordBytes);
    }
  }
  return { services };
};
