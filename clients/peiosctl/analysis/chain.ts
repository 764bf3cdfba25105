/** The chain of services that decided when one was up: each had waited for the next one last. */
import type { TimelineResponse, TimelineService } from '../../../gen/control/types.ts';
import { arrivalOf, endOf, ownTime, started } from './timeline.ts';

export interface Link {
  readonly service: TimelineService;
  /** When it satisfied or was given up; null: it is still on its way. */
  readonly at: number | null;
  /** How long it took once nothing was waited for. */
  readonly took: number;
}

/** The service that was up last: what the boot waited for. Null: none was started. */
export function lastService(timeline: TimelineResponse): TimelineService | null {
  const end = endOf(timeline);
  let last: TimelineService | null = null;
  for (const service of started(timeline)) {
    const at = arrivalOf(service) ?? timeline.now_us;
    // What went on after the machine had settled is not what it waited for.
    if (at <= end && (last === null || at > (arrivalOf(last) ?? timeline.now_us))) last = service;
  }
  return last;
}

/** The service first, what it waited for last next, and so on; none: it was not started. */
export function chainOf(timeline: TimelineResponse, service: TimelineService): readonly Link[] {
  const byName = new Map(timeline.services.map((each) => [each.service, each]));
  const chain: Link[] = [];
  const seen = new Set<string>();
  for (let next: TimelineService | undefined = service; next !== undefined && !seen.has(next.service); ) {
    const took = ownTime(next, timeline.now_us);
    if (took === null) break;
    seen.add(next.service);
    chain.push({ service: next, at: arrivalOf(next), took });
    next = next.freed_by === null ? undefined : byName.get(next.freed_by);
  }
  return chain;
}
