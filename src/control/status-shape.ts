/** The form of a service in the answers to status and list: as clients see it. PSD-007 11.2, WIRE-028 to -030. */
import type { ListEntry, StatusResponse } from '../../gen/control/types.ts';
import type { RealtimeNs } from '../policy/time.ts';
import type { ServiceView } from '../policy/view.ts';
import { formatTimestamp, formatTimestampOrNull } from '../wire/timestamp.ts';

const nsPerSecond = 1_000_000_000n;

/** Whole seconds; a wall clock that was set back gives 0. */
function uptimeSeconds(startedAt: RealtimeNs | null, now: RealtimeNs): number | null {
  if (startedAt === null) return null;
  return now <= startedAt ? 0 : Number((now - startedAt) / nsPerSecond);
}

/** What other rooms know of a service. */
export interface Aside {
  /** Latest lines of output, oldest first. */
  readonly output: readonly string[];
  /** Names of kept descriptors, in order. */
  readonly stored: readonly string[];
}

export function statusOf(service: ServiceView, now: RealtimeNs, { output, stored }: Aside): StatusResponse {
  const { job, restart } = service;
  return {
    service: service.name,
    state: service.state,
    cause: service.cause,
    status_text: service.statusText,
    current_job:
      job === null
        ? null
        : { id: job.id, type: 'service_main', pid: job.pid, started_at: formatTimestampOrNull(job.startedAt), identity: job.identity },
    current_operation: service.operation,
    health: service.health,
    uptime_seconds: uptimeSeconds(job?.startedAt ?? null, now),
    definition_removed: service.definitionRemoved,
    warnings: service.leaks.map(({ path, type, detectedAt }) => ({ path, type, detected_at: formatTimestamp(detectedAt) })),
    since: formatTimestampOrNull(service.since),
    detail: service.detail,
    waiting_for: service.waitingFor,
    restart:
      restart === null
        ? null
        : { attempt: restart.attempt, max_retries: restart.maxRetries, next_attempt_at: formatTimestampOrNull(restart.nextAttemptAt) },
    display_name: service.definition?.displayName || null,
    output,
    stored_descriptors: stored,
    health_check: lastHealthCheck(service),
  };
}

function lastHealthCheck({ healthCheck: last }: ServiceView): StatusResponse['health_check'] {
  if (last === null) return null;
  const { result, exitCode, exitSignal, at, failures, retries } = last;
  return { result, exit_code: exitCode, exit_signal: exitSignal, at: formatTimestamp(at), failures_in_a_row: failures, retries };
}

export const listEntryOf = ({ name, state, cause, health }: ServiceView): ListEntry => ({ service: name, state, cause, health });
