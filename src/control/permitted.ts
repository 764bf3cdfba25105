import type { ServiceName } from '../policy/view.ts';
import type { MachineContext } from './context.ts';
import { queryStatus } from './rights.ts';

/** What it costs to record that a service was left out, in bytes of an answer. */
const recordBytes = 256;

/** Those of the services that the caller may query, with the rights it has; each other one is a denial. SEC-007, SEC-013. */
export function* permitted<Service extends ServiceName>(
  { desk, client, caller }: MachineContext,
  services: Iterable<Service>,
): Generator<{ readonly service: Service; readonly held: number }> {
  for (const service of services) {
    const held = desk.access.held(caller, service.key);
    if (typeof held === 'number' && (held & queryStatus) !== 0) yield { service, held };
    else {
      desk.denied({ caller, service: service.name, requested: queryStatus, held });
      client.charge(recordBytes);
    }
  }
}
