/**
 * Effects of the policy as events for people and tools, in causal order. An operation that is born running or over still shows its
 * request first. EVT-001 to -015.
 */
import type { EventOf } from '../../gen/events/events.ts';
import {
  jobCreated,
  jobEnded,
  jobStarted,
  log,
  machineBootConfirmed,
  machineCriticalFailure,
  machineSafeMode,
  operationAborted,
  operationCancelled,
  operationCompleted,
  operationFailed,
  operationMerged,
  operationRequested,
  operationStarted,
  serviceState,
  timerFired,
} from '../../gen/events/events.ts';
import type { OperationRequested } from '../../gen/events/types.ts';
import type { Effect, JobRecord } from '../policy/effects.ts';
import type { OperationRecord } from '../policy/operation.ts';
import type { RealtimeNs } from '../policy/time.ts';
import { formatTimestamp, formatTimestampOrNull } from '../wire/timestamp.ts';

/** An event and when it happened. */
export interface Happened {
  readonly at: RealtimeNs;
  readonly event: EventOf;
}

/** What an effect says to those who listen; nothing for one that is for the machine alone or says nothing new. */
export type EventsOfEffect = (effect: Effect) => readonly Happened[];

/** @param hasCgroups whether each tree of a service is one */
export function createEventsOfEffect(hasCgroups: () => boolean): EventsOfEffect {
  /** Live operations whose request was shown, and whether their beginning was. */
  const known = new Map<string, { started: boolean }>();

  function operationChanged(operation: OperationRecord): readonly Happened[] {
    const happened: Happened[] = [];
    let live = known.get(operation.id);
    if (live === undefined) {
      live = { started: false };
      known.set(operation.id, live);
      happened.push({ at: operation.requestedAt, event: operationRequested({ ...factsOf(operation), state: 'pending' }) });
    }
    if (operation.startedAt !== null && !live.started) {
      live.started = true;
      happened.push({ at: operation.startedAt, event: operationStarted({ ...factsOf(operation), state: 'running' }) });
    }
    const at = operation.completedAt ?? operation.requestedAt;
    const event = endOf(operation, at);
    if (event === null) return happened;
    known.delete(operation.id);
    return [...happened, { at, event }];
  }

  return (effect) => {
    switch (effect.kind) {
      case 'service-changed': {
        const { service, from, to, cause, job, operation, detail, at } = effect;
        return [{ at, event: serviceState({ service, from, to, cause, job_id: job, operation_id: operation, detail }) }];
      }
      case 'operation-changed':
        return operationChanged(effect.operation);
      case 'job-changed':
        return [jobChanged(effect.job, hasCgroups() ? effect.job.tree : null)];
      case 'timer-fired': {
        const { service, schedule, scheduled, outcome, operation, reason, at } = effect;
        return [
          {
            at,
            event: timerFired({ service, schedule, scheduled: formatTimestampOrNull(scheduled), outcome, operation_id: operation, reason }),
          },
        ];
      }
      case 'report':
        return [{ at: effect.at, event: log({ service: effect.service, level: effect.level, text: effect.text }) }];
      case 'recorded':
        return [{ at: effect.at, event: effect.event }];
      case 'critical-failure':
        return [{ at: effect.at, event: machineCriticalFailure({ service: effect.service }) }];
      case 'safe-mode':
        return [{ at: effect.at, event: machineSafeMode({ reason: effect.reason }) }];
      case 'boot-confirmed':
        return [{ at: effect.at, event: machineBootConfirmed({}) }];
      default:
        return [];
    }
  };
}

/** What every event of an operation says. EVT-004. */
const factsOf = ({ id, type, service, source, caller, state }: OperationRecord): OperationRequested => ({
  operation_id: id,
  type,
  service,
  source,
  caller,
  state,
});

/** The last event of an operation; null while it lives. */
function endOf(operation: OperationRecord, at: RealtimeNs): EventOf | null {
  const facts = factsOf(operation);
  const duration_ns = at - operation.requestedAt;
  switch (operation.state) {
    case 'completed':
      return operationCompleted({ ...facts, duration_ns, result: operation.result });
    case 'failed':
      return operationFailed({ ...facts, duration_ns, failure_reason: operation.error });
    case 'cancelled':
      return operationCancelled({ ...facts, reason: operation.error });
    case 'aborted':
      return operationAborted({ ...facts, duration_ns, reason: operation.error });
    case 'merged':
      return operationMerged({ ...facts, merged_into: operation.mergedInto });
    case 'pending':
    case 'running':
      return null;
    default:
      return operation.state satisfies never;
  }
}

function jobChanged(job: JobRecord, cgroup_id: string | null): Happened {
  const { id: job_id, type, service, operation, state, pid, identity, imagePath, createdAt, startedAt, endedAt } = job;
  if (state === 'created') {
    const event = jobCreated({ job_id, service, type, image_path: imagePath, identity, operation_id: operation });
    return { at: createdAt, event };
  }
  const token_summary = job.token?.summary ?? null;
  if (state === 'running')
    return { at: startedAt ?? createdAt, event: jobStarted({ job_id, service, pid, cgroup_id, identity, token_summary }) };
  const at = endedAt ?? createdAt;
  const event = jobEnded({
    job_id,
    service,
    type,
    final_state: state,
    image_path: imagePath,
    arguments: job.arguments,
    identity,
    operation_id: operation,
    cgroup_id,
    cgroup_gen: job.generation,
    pid,
    created_at: formatTimestamp(createdAt),
    started_at: formatTimestampOrNull(startedAt),
    ended_at: formatTimestamp(at),
    duration_ns: at - (startedAt ?? createdAt),
    exit_code: job.exitCode,
    exit_signal: job.exitSignal,
    failure_cause: job.failureCause,
    token_summary,
  });
  return { at, event };
}
