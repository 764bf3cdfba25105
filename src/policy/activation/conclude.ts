/** What becomes of a service whose activation failed: the restart policy decides between backoff and failed. PSD-007 5.3. */

import type { Cause } from '../../../gen/service/types.ts';
import { dropAttempt } from '../attempt/attempt.ts';
import { arm } from '../deadlines.ts';
import { restartPlan, secondsWords } from '../details.ts';
import { findOperation, finishOperation } from '../operations/store.ts';
import { decideRestart } from '../restarts/decision.ts';
import type { Activation, Service } from '../state.ts';
import { step } from '../steps.ts';
import { after } from '../time.ts';
import type { Turn } from '../turn.ts';
import { emit, intend, report } from '../turn.ts';
import { dropActivation } from './drop.ts';
import { abortReload } from './end-reload.ts';

export interface Failure {
  readonly cause: Cause;
  /** What happened and what can be done, without what peinit does about it. */
  readonly detail: string;
  /** Of the main process, where it exited by itself. */
  readonly exitCode: number | null;
  /** Jobs whose output tells of it. */
  readonly jobs: readonly string[];
}

/** Ends the activation: its rest is killed, then the service goes to backoff or to failed. The end of the delay starts it again. */
export function conclude(turn: Turn, service: Service, activation: Activation, failure: Failure): void {
  abortReload(turn, service, activation, `the reload was cut short: ${failure.detail}`);
  const live = service.definition ?? activation.definition;
  const decision = decideRestart({
    cause: failure.cause,
    exitCode: failure.exitCode,
    restarts: service.restarts,
    definition: live,
    possible: turn.state.machine.shutdown === null && turn.state.machine.criticalFailure === null && !service.removed,
  });
  if (decision.kind === 'fail') return fail(turn, service, activation, decision.cause, failure);
  const { delayNs, cause } = decision;
  const delay = delayNs === 0n ? 'at once' : `in ${secondsWords(Number(delayNs / 1_000_000_000n))}`;
  const next = `${restartPlan} ${delay} (restart ${service.restarts + 1} of ${live.restartMaxRetries})`;
  const detail = `${failure.detail} ${next}.`;
  service.restarts += 1;
  service.delayOver = false;
  step(turn, service, 'backoff', cause, detail);
  if (activation.definition.errorControl === 'Critical') warnOfReboot(turn, service, live.restartMaxRetries - service.restarts);
  service.failedJobs = failure.jobs;
  failStart(turn, service, activation, `${cause}: ${detail}`);
  dropAttempt(turn, service, true);
  dropActivation(turn, service);
  if (delayNs > 0n) arm(turn, 'restart', service.key, after(turn.stamp.monotonic, delayNs));
  else intend(turn, { kind: 'end-delay', service: service.key });
}

/** The reboot that comes when a critical service has used its restarts up must not come as a surprise. */
function warnOfReboot(turn: Turn, service: Service, left: number): void {
  const next =
    left === 0
      ? 'it has no restart left: its next failure reboots'
      : `${left} more ${left === 1 ? 'restart' : 'restarts'}, then its failure reboots`;
  report(turn, 'warning', `critical service ${service.name} failed; ${next} the machine`, service, true);
}

function fail(turn: Turn, service: Service, activation: Activation, cause: Cause, { detail: what, jobs }: Failure): void {
  const detail = cause === 'restart_budget_exhausted' ? `${what} ${givingUp(service, activation)}` : what;
  step(turn, service, 'failed', cause, detail);
  service.failedJobs = jobs;
  failStart(turn, service, activation, `${cause}: ${detail}`);
  dropAttempt(turn, service);
  dropActivation(turn, service);
  if (cause !== 'restart_budget_exhausted' || activation.definition.errorControl !== 'Critical') return;
  // It is the first: after one, and during a shutdown, no restart is possible, and so no budget is used up.
  turn.state.machine.criticalFailure = service.key;
  emit(turn, { kind: 'critical-failure', service: service.name, detail, at: turn.stamp.realtime });
}

/** The restarts may have been used up before this start already: only a while of being up and a reset give them back. RST-006. */
function givingUp(service: Service, activation: Activation): string {
  const most = (service.definition ?? activation.definition).restartMaxRetries;
  if (most === 0) return 'RestartMaxRetries is 0, so peinit does not restart it.';
  return `Its restarts are used up (${service.restarts} of ${most}), so peinit gives up; peiosctl reset ${service.name} gives them back.`;
}

/** The operation that wanted this start is over. OP-021. */
function failStart(turn: Turn, service: Service, activation: Activation, error: string): void {
  const id = service.attempt?.operation ?? activation.operation;
  const operation = id === null ? undefined : findOperation(turn, id);
  if (operation === undefined || !service.operations.includes(operation.record.id)) return;
  finishOperation(turn, operation, 'failed', { error });
}
