import type { JsonObject } from '../json/text.ts';
import type { JobChanged, JobRecord, OperationChanged, Recorded, Report, ServiceChanged } from '../policy/effects.ts';
import type { OperationRecord } from '../policy/operation.ts';
import type { RealtimeNs } from '../policy/time.ts';
import { formatTimestampOrNull } from '../wire/timestamp.ts';
import type { PeinitEvent } from './event-journal.ts';

/**
 * Effects of the policy as events for people and tools. An operation that is born running or over still shows its request first.
 * EVT-001 to -012.
 */
export interface EffectEvents {
  serviceChanged(effect: ServiceChanged): PeinitEvent;
  /** In causal order; none for a change that says nothing new. */
  operationChanged(effect: OperationChanged): readonly PeinitEvent[];
  jobChanged(effect: JobChanged): PeinitEvent;
  recorded(effect: Recorded): PeinitEvent;
  /** A line of the log, as the event log. CAUSE-027. */
  reported(effect: Report): PeinitEvent;
}

export function createEffectEvents(): EffectEvents {
  /** Live operations whose request was shown, and whether their beginning was. */
  const known = new Map<string, { started: boolean }>();

  function operationChanged({ operation }: OperationChanged): readonly PeinitEvent[] {
    const events: PeinitEvent[] = [];
    let live = known.get(operation.id);
    if (live === undefined) {
      live = { started: false };
      known.set(operation.id, live);
      events.push(operationEvent('operation.requested', operation, operation.requestedAt, { state: 'pending' }));
    }
    if (operation.startedAt !== null && !live.started) {
      live.started = true;
      events.push(operationEvent('operation.started', operation, operation.startedAt, { state: 'running' }));
    }
    if (operation.state !== 'pending' && operation.state !== 'running') {
      known.delete(operation.id);
      const at = operation.completedAt ?? operation.requestedAt;
      events.push(operationEvent(`operation.${operation.state}`, operation, at, endOf(operation, at)));
    }
    return events;
  }

  return {
    serviceChanged({ service, from, to, cause, detail, job, operation, at }) {
      return { name: 'service.state', at, service, payload: { service, from, to, cause, job_id: job, operation_id: operation, detail } };
    },
    reported({ level, text, service, at }) {
      return { name: 'log', at, service, payload: { service, level, text } };
    },
    operationChanged,
    jobChanged: ({ job }) => jobEvent(job),
    recorded({ event, at, service, job, operation, fields }) {
      return { name: event, at, service, payload: { service, job_id: job, operation_id: operation, ...fields } };
    },
  };
}

function operationEvent(name: string, operation: OperationRecord, at: RealtimeNs, more: JsonObject): PeinitEvent {
  const { id, type, service, source, caller, state } = operation;
  return { name, at, service, payload: { operation_id: id, type, service, source, caller, state, ...more } };
}

/** What the last event of an operation says beyond the others. */
function endOf(operation: OperationRecord, at: RealtimeNs): JsonObject {
  const duration_ns = at - operation.requestedAt;
  switch (operation.state) {
    case 'completed':
      return { duration_ns, result: operation.result };
    case 'failed':
      return { duration_ns, failure_reason: operation.error };
    case 'cancelled':
      return { reason: operation.error };
    case 'aborted':
      return { duration_ns, reason: operation.error };
    case 'merged':
      return { merged_into: operation.mergedInto };
    default:
      return {};
  }
}

function jobEvent(job: JobRecord): PeinitEvent {
  const { id, type, service, operation, state, pid, identity, imagePath, tree, createdAt, startedAt, endedAt } = job;
  if (state === 'created')
    return {
      name: 'job.created',
      at: createdAt,
      service,
      payload: { job_id: id, service, type, image_path: imagePath, identity, operation_id: operation },
    };
  if (state === 'running')
    return { name: 'job.started', at: startedAt ?? createdAt, service, payload: { job_id: id, service, pid, cgroup_id: tree } };
  const at = endedAt ?? createdAt;
  const payload = {
    job_id: id,
    service,
    type,
    final_state: state,
    image_path: imagePath,
    arguments: job.arguments,
    identity,
    operation_id: operation,
    cgroup_id: tree,
    cgroup_gen: job.generation,
    pid,
    created_at: formatTimestampOrNull(createdAt),
    started_at: formatTimestampOrNull(startedAt),
    ended_at: formatTimestampOrNull(endedAt),
    duration_ns: at - (startedAt ?? createdAt),
    exit_code: job.exitCode,
    exit_signal: job.exitSignal,
    failure_cause: job.failureCause,
  };
  return { name: 'job.ended', at, service, payload };
}
