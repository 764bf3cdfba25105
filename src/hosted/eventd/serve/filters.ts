/** From the members of requests to what the store looks for. */
import { severityNames } from '../../../../gen/options/types.ts';
import type { ClearRequest, EventsRequest, LogsRequest } from '../../../../gen/output/types.ts';
import { parseTimestamp } from '../../../wire/timestamp.ts';
import { BadRequest } from '../../daemon/dispatch.ts';
import { parseCursor } from '../store/cursor.ts';
import type { ClearFilter, CommonFilter, EventFilter, LogFilter, ScanOptions } from '../store/model.ts';
import type { Caller } from './caller.ts';
import { Refusal } from './refusal.ts';

/** A list that names nothing keeps nothing out. */
export const named = (list: readonly string[] | undefined): readonly string[] | null =>
  list === undefined || list.length === 0 ? null : list;

function instant(name: 'since' | 'until', text: string | undefined): bigint | null {
  if (text === undefined) return null;
  const found = parseTimestamp(text);
  if (found === null) throw new BadRequest(`the member ${name} is no instant that there is: ${text}`);
  return found;
}

function common(request: LogsRequest | EventsRequest): CommonFilter {
  const { services, jobs, operation, boot, since, until, text, ignore_case } = request;
  return {
    services: named(services),
    jobs: named(jobs),
    operation: operation ?? null,
    boot: boot ?? null,
    since: instant('since', since),
    until: instant('until', until),
    text: text === undefined || text === '' ? null : text,
    ignoreCase: ignore_case ?? false,
    gaps: true,
  };
}

export const logFilter = (request: LogsRequest, caller: Caller): LogFilter => ({
  ...common(request),
  stream: request.stream ?? null,
  readable: (service) => caller.mayLines('EVENTD_READ', service),
});

export const eventFilter = (request: EventsRequest, caller: Caller): EventFilter => ({
  ...common(request),
  names: named(request.names),
  severities: request.severity === undefined ? null : severityNames.slice(severityNames.indexOf(request.severity)),
  causes: request.cause === undefined ? null : [request.cause],
  readable: (event) => caller.mayEvents('EVENTD_READ', event),
});

export const clearFilter = ({ of, services, boot, until }: ClearRequest, caller: Caller): ClearFilter => ({
  of: of ?? null,
  services: named(services),
  boot: boot ?? null,
  until: instant('until', until),
  mayClearLines: (service) => caller.mayLines('EVENTD_CLEAR', service),
  mayClearEvents: (event) => caller.mayEvents('EVENTD_CLEAR', event),
});

/** Throws INVALID_CURSOR. */
export function scanOptions({ order, after, most }: LogsRequest | EventsRequest): ScanOptions {
  if (after !== undefined && parseCursor(after) === null) throw new Refusal('INVALID_CURSOR', `${JSON.stringify(after)} is no cursor`);
  return { order: order ?? 'oldest', after: after ?? null, most: most ?? null };
}
