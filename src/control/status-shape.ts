/** The form of a service in the answers to status and list: as clients see it. PSD-007 11.2, WIRE-028 to -030. */
import type { ListEntry, OutputLine, StatusResponse } from '../../gen/control/types.ts';
import type { State } from '../../gen/service/types.ts';
import { formatTrigger } from '../policy/definition/trigger.ts';
import type { KeptLine, LinesWanted } from '../policy/origin.ts';
import type { Moment } from '../policy/time.ts';
import type { ServiceView } from '../policy/view.ts';
import { formatMomentOrNull, formatTimestamp } from '../wire/timestamp.ts';
import type { Caller } from './caller.ts';
import type { Desk } from './context.ts';
import { ofService } from './rights.ts';
import { nextRunOf, timersOf } from './timer-shape.ts';

const nsPerSecond = 1_000_000_000n;

/** Whole seconds, whatever became of the wall clock. */
export const secondsSince = (moment: Moment, now: Moment): number => Number((now.monotonic - moment.monotonic) / nsPerSecond);
export const secondsSinceOrNull = (moment: Moment | null, now: Moment): number | null =>
  moment === null ? null : secondsSince(moment, now);

/** Unless more are asked for. */
const usualLines = 10;

/** With a failure come the lines of the process that failed, or none: those of another one would be taken for its cause. */
export const linesWanted = ({ state, failedJobs }: ServiceView, most: number | undefined): LinesWanted => ({
  most: most ?? usualLines,
  jobs: most === undefined && isTrouble.has(state) ? failedJobs : null,
});

const isTrouble: ReadonlySet<State> = new Set(['backoff', 'failed', 'abandoned', 'skipped']);

/** What other rooms know of a service. */
export interface Aside {
  /** Latest lines of output, oldest first. */
  readonly output: readonly KeptLine[];
  /** Names of kept descriptors, in order. */
  readonly stored: readonly string[];
}

export const outputLineOf = ({ text, at, job, part, isError }: KeptLine): OutputLine => ({
  text,
  at: formatTimestamp(at),
  job,
  process: part,
  is_error: isError,
});

/** For a caller that may query it. What is told of it tells of no other service that the caller may not query. */
export function statusOf(desk: Desk, caller: Caller, service: ServiceView, lines: LinesWanted, withToken = false): StatusResponse {
  const { access, discretion } = desk;
  const { output, stored } = desk.aside(service, lines);
  const now = desk.now();
  const { job } = service;
  const held = access.held(caller, service.key);
  return {
    service: service.name,
    state: service.state,
    cause: service.cause,
    status_text: service.statusText,
    current_job:
      job === null
        ? null
        : { id: job.id, type: 'service_main', pid: job.pid, started_at: formatMomentOrNull(job.startedAt), identity: job.identity },
    current_operation: service.operation,
    health: service.health,
    uptime_seconds: secondsSinceOrNull(job?.startedAt ?? null, now),
    definition_removed: service.definitionRemoved,
    warnings: service.leaks.map(({ path, type, detectedAt }) => ({ path, type, detected_at: formatTimestamp(detectedAt) })),
    since: formatMomentOrNull(service.since),
    detail: discretion.text(caller, service.detail, service.key),
    forced: discretion.text(caller, service.forced, service.key),
    waiting_for: discretion.seen(caller, service.waitingFor),
    restart: restartOf(service, now),
    display_name: service.definition?.displayName || null,
    output: output.map(outputLineOf),
    stored_descriptors: stored,
    health_check: lastHealthCheck(service, now),
    since_seconds: secondsSinceOrNull(service.since, now),
    definition_warnings: discretion.texts(caller, service.warnings, service.key),
    token: (withToken && job?.token?.summary) || null,
    uid: job?.token?.uid ?? null,
    ...startsOf(service),
    granted: ofService.names(typeof held === 'number' ? held : 0),
    timers: timersOf(desk, caller, service),
    mount: mountOf(service),
  };
}

/** For a caller that may have changed it but may not query it: its state, which is what was wanted. O-29. */
export const statusUnseen = ({ name, state }: ServiceView): StatusResponse => ({
  service: name,
  state,
  cause: null,
  status_text: null,
  current_job: null,
  current_operation: null,
  health: null,
  uptime_seconds: null,
  definition_removed: false,
  warnings: [],
  since: null,
  detail: null,
  waiting_for: [],
  restart: null,
  display_name: null,
  output: [],
  stored_descriptors: [],
  health_check: null,
  since_seconds: null,
  definition_warnings: [],
  forced: null,
  token: null,
  uid: null,
  granted: [],
  timers: [],
  mount: null,
});

const startsOf = ({ definition }: ServiceView): Pick<StatusResponse, 'triggers' | 'disabled'> =>
  definition === null ? {} : { triggers: definition.triggers.map(formatTrigger), disabled: definition.disabled };

function mountOf({ definition, mounted }: ServiceView): StatusResponse['mount'] {
  const plan = mounted ?? definition?.mount;
  if (plan === undefined) return null;
  const { point, device, type, options, fsck } = plan;
  return { mount_point: point, device, fs_type: type === '' ? null : type, options, fsck, mounted: mounted !== null };
}

/** By the wall clock the next attempt comes at another time than was thought once that clock has been set. */
function restartOf({ restart }: ServiceView, now: Moment): StatusResponse['restart'] {
  if (restart === null) return null;
  const { attempt, maxRetries, nextAttemptAt: at } = restart;
  const leftNs = at === null ? null : at > now.monotonic ? at - now.monotonic : 0n;
  return {
    attempt,
    max_retries: maxRetries,
    next_attempt_at: leftNs === null ? null : formatTimestamp(now.realtime + leftNs),
    next_attempt_seconds: leftNs === null ? null : Number((leftNs + nsPerSecond - 1n) / nsPerSecond),
  };
}

function lastHealthCheck({ healthCheck: last }: ServiceView, now: Moment): StatusResponse['health_check'] {
  if (last === null) return null;
  const { result, exitCode, exitSignal, at, failures, retries } = last;
  return {
    result,
    exit_code: exitCode,
    exit_signal: exitSignal,
    at: formatTimestamp(at.realtime),
    failures_in_a_row: failures,
    retries,
    seconds_ago: secondsSince(at, now),
  };
}

export function listEntryOf(service: ServiceView, held: number): ListEntry {
  const { name, state, cause, health } = service;
  const entry = { service: name, state, cause, health, granted: ofService.names(held) };
  const next = nextRunOf(service);
  return next === null ? entry : { ...entry, next_run: formatTimestamp(next) };
}
