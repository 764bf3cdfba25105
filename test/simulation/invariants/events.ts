/**
 * What subscribers are told follows its causes: an event names no job or operation that was not told of before, each is told from its
 * request or creation to its end and then no more, an operation begins after the end of the one before it, and steps of a service join.
 */
import type { EventName, EventOf, EventPayloads } from '../../../gen/events/events.ts';
import { subjectsOf } from '../../../gen/events/events.ts';
import { createEventsOfEffect } from '../../../src/events/from-effects.ts';
import type { Invariant } from './invariant.ts';
import { must } from './invariant.ts';

type OperationEvent = Extract<EventName, `operation.${string}`>;

/** What may be told of an operation behind what was told last; all else is its end. */
const operationNext: { readonly [E in OperationEvent]?: readonly OperationEvent[] } = {
  'operation.requested': ['operation.started', 'operation.merged', 'operation.cancelled', 'operation.failed'],
  'operation.started': ['operation.completed', 'operation.failed', 'operation.aborted'],
};

const isOfOperation = (event: EventOf): event is EventOf<OperationEvent> => event.event.startsWith('operation.');

export function eventInvariant(): Invariant {
  const eventsOf = createEventsOfEffect(() => true);
  const operations = new Map<string, OperationEvent>();
  const jobs = new Map<string, EventName>();
  /** The operation of each service that has begun and not ended. */
  const begun = new Map<string, string>();
  const states = new Map<string, string>();

  function operationTold({ event, payload }: EventOf<OperationEvent>): void {
    const { operation_id: id, service } = payload;
    const before = operations.get(id);
    const isNext = before === undefined ? event === 'operation.requested' : operationNext[before]?.includes(event) === true;
    must(isNext, () => `${event} of operation ${id} was told behind ${before ?? 'nothing'}`);
    operations.set(id, event);
    if (event === 'operation.requested') return;
    const other = begun.get(service);
    if (event === 'operation.started') {
      must(other === undefined, () => `operation ${id} of ${service} was told to begin before the end of ${other}`);
      begun.set(service, id);
    } else if (other === id) begun.delete(service);
  }

  function jobTold(event: EventName, id: string): void {
    const before = jobs.get(id);
    const isNext =
      event === 'job.created' ? before === undefined : before === 'job.created' || (before === 'job.started' && event === 'job.ended');
    must(isNext, () => `${event} of job ${id} was told behind ${before ?? 'nothing'}`);
    jobs.set(id, event);
  }

  function stateTold({ service, from, to }: EventPayloads['service.state']): void {
    const before = states.get(service) ?? 'inactive';
    must(before === from, () => `a step of ${service} from ${from} to ${to} was told behind one to ${before}`);
    states.set(service, to);
  }

  function told(event: EventOf): void {
    if (isOfOperation(event)) operationTold(event);
    const { job, operation } = subjectsOf(event);
    if (event.event === 'job.created' || event.event === 'job.started' || event.event === 'job.ended') jobTold(event.event, job ?? '');
    if (event.event === 'service.state') stateTold(event.payload);
    if (event.event === 'service.gone') states.delete(event.payload.service);
    must(operation === null || operations.has(operation), () => `${event.event} names operation ${operation}, which was never told of`);
    must(job === null || jobs.has(job), () => `${event.event} names job ${job}, which was never told of`);
  }

  return {
    effect(effect) {
      for (const { event } of eventsOf(effect)) told(event);
    },
  };
}
