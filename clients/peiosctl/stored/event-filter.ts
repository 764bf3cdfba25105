/** Which events a command line asks for, beside when. */
import type { EventOf } from '../../../gen/events/events.ts';
import { severityOf, subjectsOf } from '../../../gen/events/events.ts';
import type { Severity } from '../../../gen/options/types.ts';
import { severityNames } from '../../../gen/options/types.ts';
import type { EventsRequest } from '../../../gen/output/types.ts';
import type { Cause } from '../../../gen/service/types.ts';
import { causeNames } from '../../../gen/service/types.ts';
import { nearest } from '../../../src/registry/nearest.ts';
import type { Values } from '../options.ts';
import { UsageError } from '../usage-error.ts';

export type EventFilter = Pick<EventsRequest, 'names' | 'services' | 'jobs' | 'operation' | 'severity' | 'cause'>;

/** `names`: of events, with `*` for any run of characters. */
export function eventFilter({ cause, job, operation, service, severity }: Values, names: readonly string[]): EventFilter {
  return {
    ...(names.length === 0 ? {} : { names }),
    ...(service === undefined ? {} : { services: [service] }),
    ...(job === undefined ? {} : { jobs: [job] }),
    ...(operation === undefined ? {} : { operation }),
    ...(severity === undefined ? {} : { severity: oneOf(severityNames, severity, 'severity') }),
    ...(cause === undefined ? {} : { cause: oneOf(causeNames, cause, 'cause') }),
  };
}

function oneOf<Name extends Severity | Cause>(names: readonly Name[], word: string, option: string): Name {
  const found = names.find((name) => name === word);
  if (found !== undefined) return found;
  const meant = nearest(word, names);
  const hint = meant === null ? '' : `; is ${meant} meant?`;
  throw new UsageError(`--${option} takes one of ${names.join(', ')}, not ${word}${hint}`);
}

/** The same as eventd looks at it, for events that come from elsewhere; their names were looked at. */
export function isEventAsked({ services, jobs, operation, severity, cause }: EventFilter, event: EventOf): boolean {
  const about = subjectsOf(event);
  const isOneOf = (asked: readonly string[] | undefined, name: string | null): boolean =>
    asked === undefined || asked.some((each) => each.toLowerCase() === name?.toLowerCase());
  return (
    isOneOf(services, about.service) &&
    isOneOf(jobs, about.job) &&
    (operation === undefined || operation.toLowerCase() === about.operation) &&
    (severity === undefined || severityNames.indexOf(severityOf(event)) >= severityNames.indexOf(severity)) &&
    (cause === undefined || cause === about.cause)
  );
}
