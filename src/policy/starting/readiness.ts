/**
 * ReadinessCheck: a program that says nothing is ready when a command has found it so. A run of it is begun every 0.2 s while none is
 * under way, in health/ like a health check, until the first that succeeds; one that takes too long is killed. That none succeeds is
 * StartTimeout's to end. O-45.
 */
import { isDying, killSide, partFor } from '../activation/side-parts.ts';
import { arm, disarm, isArmed } from '../deadlines.ts';
import { createJob } from '../jobs.ts';
import { ownIdentity } from '../process-spec.ts';
import type { Activation, Service } from '../state.ts';
import { after } from '../time.ts';
import type { Turn } from '../turn.ts';

const periodNs = 200_000_000n;

/** No probe of a program on the same machine needs as long. */
const limitSeconds = 5n;

const isAwaited = ({ state }: Service, { doom, stage }: Activation): boolean => state === 'starting' && doom === null && stage === 'main';

/** The main process runs, or the period is over. */
export function probeReadiness(turn: Turn, service: Service, activation: Activation): void {
  const { healthJob, definition } = activation;
  if (!isAwaited(service, activation) || definition.readinessCheck === null || turn.state.machine.shutdown !== null) return;
  arm(turn, 'readiness', service.key, after(turn.stamp.monotonic, periodNs));
  // What the one before it left behind is being killed.
  if (healthJob !== null || isDying(activation, 'health')) return;
  activation.healthJob = createJob(turn, service, activation, {
    type: 'readiness_check',
    part: partFor(activation, 'health'),
    argv: definition.readinessCheck,
    origin: { service: service.name, part: 'ReadinessCheck', index: null },
    ...ownIdentity(definition),
    watchdogUsec: null,
    operation: activation.operation,
  });
  arm(turn, 'readiness-limit', service.key, after(turn.stamp.monotonic, limitSeconds * 1_000_000_000n));
}

/** A run has ended; `failure` says how if it failed. Whether the program is ready. */
export function probeEnded(turn: Turn, service: Service, activation: Activation, job: string, failure: string | null): boolean {
  activation.healthJob = null;
  const inTime = isArmed(turn, 'readiness-limit', service.key);
  disarm(turn, 'readiness-limit', service.key);
  killSide(turn, service, activation, 'health');
  if (!isAwaited(service, activation)) return false;
  if (failure !== null && inTime) activation.probe = { job, words: failure };
  if (failure !== null) return false;
  disarm(turn, 'readiness', service.key);
  return true;
}

/** It takes too long. */
export function probeTimedOut(turn: Turn, service: Service, activation: Activation): void {
  if (activation.healthJob === null) return;
  activation.probe = { job: activation.healthJob, words: `did not end within ${limitSeconds} s and was killed` };
  killSide(turn, service, activation, 'health');
}

/** What a start that took too long lacked. */
export function lackingReadiness({ healthJob, probe }: Activation): string {
  if (probe !== null) return `its ReadinessCheck had not succeeded, the last run ${probe.words},`;
  return `its ReadinessCheck had not ${healthJob === null ? 'been run' : 'ended'}`;
}
