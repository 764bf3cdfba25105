import type { TimelineResponse, TimelineService } from '../../../gen/control/types.ts';
import { nearest } from '../../../src/registry/nearest.ts';
import type { Context } from '../command.ts';
import { UsageError } from '../usage-error.ts';

export const readTimeline = async (context: Context): Promise<TimelineResponse> => (await context.control()).timeline({});

/** By its name in any case; throws a UsageError that says which one may be meant. */
export function serviceNamed({ services }: TimelineResponse, name: string): TimelineService {
  const wanted = name.replace(/\.service$/i, '').toLowerCase();
  const found = services.find(({ service }) => service.toLowerCase() === wanted);
  if (found !== undefined) return found;
  const meant = nearest(
    wanted,
    services.map(({ service }) => service),
  );
  throw new UsageError(`there is no service ${name} that you may look at${meant === null ? '' : `; is ${meant} meant?`}`);
}
