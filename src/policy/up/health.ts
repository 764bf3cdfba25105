/**
 * Health checks of a Simple service: a command in health/ at every interval while it is up. A check that fails, cannot be launched or takes
 * too long is one failure; HealthCheckRetries in a row doom the activation. PSD-007 4.2.
 */
import type { CheckResult } from '../../../gen/service/types.ts';
import { doom } from '../activation/doom.ts';
import { killSide, partFor } from '../activation/side-parts.ts';
import { arm, deadlineAt, disarm, isArmed } from '../deadlines.ts';
import { lookAtOutput } from '../details.ts';
import type { JobRecord } from '../effects.ts';
import { createJob, mainOf } from '../jobs.ts';
import { ownIdentity } from '../process-spec.ts';
import type { Activation, Service } from '../state.ts';
import type { MonotonicNs } from '../time.ts';
import { after, momentOf, secondsToNs } from '../time.ts';
import type { Turn } from '../turn.ts';

/**
 * Health is known of from readiness on, checks begin after the post-hooks. Both follow the definition in force: this is called at either
 * time, and when the definition changed. HC-015, GEN-010, D-17.
 */
export function followHealthCheck(turn: Turn, service: Service, activation: Activation): void {
  if (activation.definition.type !== 'Simple' || !isChecked(service, activation)) return;
  const { healthCheck } = service.definition ?? activation.definition;
  if (healthCheck === null) return endHealthChecks(turn, service, activation);
  service.health ??= { state: 'unknown', failures: 0, last: null };
  if (activation.healthJob !== null && !isCommandOf(turn, activation.healthJob, healthCheck)) dropCheck(turn, service, activation);
  if (activation.stage !== 'up') return;
  const due = deadlineAt(turn, 'health', service.key);
  if (due === undefined || due > nextCheckAt(turn, service, activation)) armNext(turn, service, activation);
}

const isChecked = ({ state }: Service, { doom: reason }: Activation): boolean =>
  reason === null && (state === 'active' || state === 'reloading');

/** A check that runs is given up with it: its result would be that of another one. */
function endHealthChecks(turn: Turn, service: Service, activation: Activation): void {
  service.health = null;
  disarm(turn, 'health', service.key);
  if (activation.healthJob !== null) dropCheck(turn, service, activation);
}

/** Without its limit its end is not counted. */
function dropCheck(turn: Turn, service: Service, activation: Activation): void {
  disarm(turn, 'health-limit', service.key);
  killSide(turn, service, activation, 'health');
}

/** None is begun during a shutdown, so one that waits for its token is given up too. SHUT-004. */
export function giveUpUnbornCheck(turn: Turn, service: Service, activation: Activation): void {
  const job = activation.healthJob === null ? undefined : turn.state.jobs.get(activation.healthJob);
  if (job !== undefined && job.untilToken !== null) dropCheck(turn, service, activation);
}

function isCommandOf(turn: Turn, id: string, [program, ...words]: readonly string[]): boolean {
  const job = turn.state.jobs.get(id)?.record;
  return job !== undefined && job.imagePath === program && job.arguments.join('\0') === words.join('\0');
}

function nextCheckAt(turn: Turn, service: Service, activation: Activation): MonotonicNs {
  const { healthCheckInterval } = service.definition ?? activation.definition;
  return after(turn.stamp.monotonic, secondsToNs(healthCheckInterval));
}

function armNext(turn: Turn, service: Service, activation: Activation): void {
  arm(turn, 'health', service.key, nextCheckAt(turn, service, activation));
}

/** The interval elapsed. A check that still runs makes this one be left out. HC-003. */
export function checkHealth(turn: Turn, service: Service, activation: Activation): void {
  const definition = service.definition ?? activation.definition;
  // During a shutdown what a check needs may be gone already, so none is begun.
  if (turn.state.machine.shutdown !== null) return;
  if (!isChecked(service, activation) || definition.healthCheck === null) return;
  armNext(turn, service, activation);
  if (activation.healthJob !== null) return;
  activation.healthJob = createJob(turn, service, activation, {
    type: 'health_check',
    part: partFor(activation, 'health'),
    argv: definition.healthCheck,
    origin: { service: service.name, part: 'HealthCheck', index: null },
    ...ownIdentity(activation.definition),
    watchdogUsec: null,
    operation: null,
  });
  activation.healthLimit = definition.healthCheckTimeout;
  arm(turn, 'health-limit', service.key, after(turn.stamp.monotonic, secondsToNs(activation.healthLimit)));
}

/** The process of a check ended; `failure` says how if it failed. What it left behind is killed. HC-002. */
export function healthEnded(turn: Turn, service: Service, activation: Activation, job: JobRecord, failure: string | null): void {
  activation.healthJob = null;
  const counted = !isArmed(turn, 'health-limit', service.key);
  disarm(turn, 'health-limit', service.key);
  killSide(turn, service, activation, 'health');
  // One that took too long was counted then.
  if (counted) return;
  recordHealth(turn, service, activation, resultOf(job), job, failure);
}

const resultOf = ({ state, exitCode, exitSignal }: JobRecord): CheckResult =>
  state === 'completed' ? 'passed' : exitCode === null && exitSignal === null ? 'not_started' : 'failed';

/** HealthCheckTimeout is over. HC-004. */
export function healthTimedOut(turn: Turn, service: Service, activation: Activation): void {
  if (activation.healthJob === null) return;
  const job = { id: activation.healthJob, exitCode: null, exitSignal: null };
  killSide(turn, service, activation, 'health');
  recordHealth(turn, service, activation, 'timed_out', job, `did not end within ${activation.healthLimit} s (HealthCheckTimeout)`);
}

function recordHealth(
  turn: Turn,
  service: Service,
  activation: Activation,
  result: CheckResult,
  { id, exitCode, exitSignal }: Pick<JobRecord, 'id' | 'exitCode' | 'exitSignal'>,
  failure: string | null,
): void {
  const { health } = service;
  if (health === null || activation.doom !== null || activation.stage === 'stopping') return;
  const failures = failure === null ? 0 : health.failures + 1;
  const last = { result, exitCode, exitSignal, at: momentOf(turn.stamp) };
  service.health = { state: failure === null ? 'healthy' : 'unhealthy', failures, last };
  if (failure === null) return;
  const { healthCheckRetries } = service.definition ?? activation.definition;
  if (failures < healthCheckRetries) return;
  const detail =
    `service ${service.name}: its HealthCheck failed ${failures} times in a row, the last one ${failure}. ` +
    `${lookAtOutput(service.name)} and that of the check.`;
  doom(turn, service, activation, { cause: 'health_check_failure', detail, jobs: [...mainOf(activation), id] });
}
