import type { TimelineResponse, TimelineService } from '../../../gen/control/types.ts';
import type { Context } from '../command.ts';
import { noSuchService } from '../service-names.ts';

export const readTimeline = async (context: Context): Promise<TimelineResponse> => (await context.control()).timeline({});

/** By its name in any case; throws a ControlError that says which one may be meant. */
export function serviceNamed({ services }: TimelineResponse, name: string): TimelineService {
  const wanted = name.replace(/\.service$/i, '').toLowerCase();
  const found = services.find(({ service }) => service.toLowerCase() === wanted);
  if (found !== undefined) return found;
  throw noSuchService(
    name,
    services.map(({ service }) => service),
  );
}
