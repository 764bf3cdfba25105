/**
 * Health checks of a Simple service: a command in health/ at every interval while it is up. A check that fails, cannot be launched or takes
 * too long is one failure; HealthCheckRetries in a row doom the activation. PSD-007 4.2.
 */
import { abandonJob, spawnJob } from '../jobs.ts';
import type { Activation, Service } from '../state.ts';
import { secondsToNs } from '../time.ts';
import { addLeak, postKillNs } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { arm, disarm, emit } from '../turn.ts';
import { doom } from './doom.ts';
import { deadlineKey } from './drop.ts';

export function beginHealthChecks(turn: Turn, service: Service, activation: Activation): void {
  const { healthCheck } = service.definition ?? activation.definition;
  if (activation.definition.type !== 'Simple' || healthCheck === null) return;
  service.health = { state: 'unknown', failures: 0 };
  armNext(turn, service, activation);
}

function armNext(turn: Turn, service: Service, activation: Activation): void {
  const { healthCheckInterval } = service.definition ?? activation.definition;
  arm(turn, deadlineKey('health', service), turn.stamp.monotonic + secondsToNs(healthCheckInterval));
}

/** The interval elapsed. A check that still runs makes this one be left out. HC-003. */
export function checkHealth(turn: Turn, service: Service, activation: Activation): void {
  const definition = service.definition ?? activation.definition;
  // During a shutdown what a check needs may be gone already, so none is begun.
  if (turn.state.machine.shutdown !== null) return;
  if (activation.doom !== null || (service.state !== 'active' && service.state !== 'reloading')) return;
  if (definition.healthCheck === null) {
    service.health = null;
    return;
  }
  armNext(turn, service, activation);
  if (activation.healthJob !== null) return;
  activation.healthJob = spawnJob(turn, service, activation, {
    type: 'health_check',
    part: 'health',
    argv: definition.healthCheck,
    origin: `${service.name}/HealthCheck`,
    identity: activation.definition.identity,
    watchdogUsec: null,
    operation: null,
  });
  arm(turn, deadlineKey('health-limit', service), turn.stamp.monotonic + secondsToNs(definition.healthCheckTimeout));
}

/** The process of a check ended; `failure` says how if it failed. What it left behind is killed. HC-002. */
export function healthEnded(turn: Turn, service: Service, activation: Activation, failure: string | null): void {
  activation.healthJob = null;
  disarm(turn, deadlineKey('health-kill', service));
  const counted = !turn.state.deadlines.has(deadlineKey('health-limit', service));
  disarm(turn, deadlineKey('health-limit', service));
  emit(turn, { kind: 'kill-cgroup', service: service.name, tree: activation.tree, part: 'health' });
  // One that took too long was counted then.
  if (counted) return;
  judge(turn, service, activation, failure);
}

/** HealthCheckTimeout is over. HC-004. */
export function healthTimedOut(turn: Turn, service: Service, activation: Activation): void {
  if (activation.healthJob === null) return;
  emit(turn, { kind: 'kill-cgroup', service: service.name, tree: activation.tree, part: 'health' });
  arm(turn, deadlineKey('health-kill', service), turn.stamp.monotonic + postKillNs);
  const { healthCheckTimeout } = service.definition ?? activation.definition;
  judge(turn, service, activation, `did not end within ${healthCheckTimeout} s (HealthCheckTimeout)`);
}

/** A check outlived SIGKILL: it is given up, and supervision goes on. HC-008, HC-009. */
export function healthStuck(turn: Turn, service: Service, activation: Activation): void {
  addLeak(turn, service, activation.tree, 'health');
  abandonJob(turn, activation.healthJob);
  activation.healthJob = null;
}

function judge(turn: Turn, service: Service, activation: Activation, failure: string | null): void {
  const { health } = service;
  if (health === null || activation.doom !== null || activation.stage === 'stopping') return;
  if (failure === null) {
    service.health = { state: 'healthy', failures: 0 };
    return;
  }
  const failures = health.failures + 1;
  service.health = { state: 'unhealthy', failures };
  const { healthCheckRetries } = service.definition ?? activation.definition;
  if (failures < healthCheckRetries) return;
  const detail = `service ${service.name}: its HealthCheck failed ${failures} times in a row, the last one ${failure}. Look at the output of the check and of the service.`;
  doom(turn, service, activation, 'health_check_failure', detail);
}
