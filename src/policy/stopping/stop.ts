/**
 * Stopping a service. The main process is asked to end, and killed at StopTimeout (activation/ending.ts); what runs in hooks/ and health/
 * gets SIGKILL at once. The stop is over when nothing is left of main/ and the other processes are reaped; after the post-kill time a
 * populated main/ makes the service abandoned, anything else only a leaked tree. What the service becomes then is decided by what its stop
 * began with: inactive, failed (eviction, bound service), or starting again for a restart. PSD-007 5.1, 8.1.
 */
import type { Cause, OperationSource } from '../../../gen/service/types.ts';
import { abandon } from '../activation/abandon.ts';
import { disarmPhases, dropActivation } from '../activation/drop.ts';
import { abortReload } from '../activation/end-reload.ts';
import { endStop, stopForGood } from '../activation/end-stop.ts';
import { askToEnd, newStop, reviewEnding } from '../activation/ending.ts';
import { killPart } from '../activation/tokens.ts';
import { dropAttempt } from '../attempt/attempt.ts';
import { isReleased } from '../attempt/satisfaction.ts';
import { arm, disarm, isArmed } from '../deadlines.ts';
import { abandonJob } from '../jobs.ts';
import { nodeOf } from '../model.ts';
import { beginUnmount } from '../mounts/unmount.ts';
import { beginOperation, finishOperation, runningOperation } from '../operations/store.ts';
import type { Activation, Operation, Service, Stop } from '../state.ts';
import { step } from '../steps.ts';
import { after } from '../time.ts';
import { leakTree, postKillNs } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { intend } from '../turn.ts';

/** Cause of the step that a stop begins with. */
function stopCause(source: OperationSource): Cause {
  if (source === 'conflict_resolution') return 'conflict_eviction';
  if (source === 'binds_to_propagation') return 'binds_to_propagation';
  return source === 'shutdown' ? 'shutdown_wave' : 'explicit_stop';
}

/** Carries a stop operation out. */
export function executeStop(turn: Turn, service: Service, operation: Operation): void {
  const cause = stopCause(operation.record.source);
  const forGood = cause === 'explicit_stop' || cause === 'shutdown_wave';
  if (cause === 'explicit_stop') stopForGood(turn, service);
  service.pendingRun = false;
  beginOperation(turn, operation);
  dropAttempt(turn, service);
  switch (service.state) {
    case 'starting':
    case 'active':
    case 'reloading':
      return beginStopping(turn, service, cause, forGood);
    case 'stopping':
      return takeOver(service, cause);
    case 'completed':
      if (service.mounted !== null) return beginUnmount(turn, service, operation);
      return endWithout(turn, service, operation, cause);
    case 'backoff':
      return endWithout(turn, service, operation, cause);
    case 'inactive':
    case 'failed':
    case 'abandoned':
    case 'skipped':
      break;
    default:
      return unknownState(service.state);
  }
  finishOperation(turn, operation, 'completed', { result: service.state });
}

/** Nothing of it runs. */
function endWithout(turn: Turn, service: Service, operation: Operation, cause: Cause): void {
  disarm(turn, 'restart', service.key);
  step(turn, service, 'inactive', cause);
  dropActivation(turn, service);
  finishOperation(turn, operation, 'completed', { result: service.state });
}

/** An eviction in the stop leg of a restart: the service does not start again, and says why. DEP-011. */
function takeOver({ stop }: Service, cause: Cause): void {
  if (stop !== null && !stop.forGood && stop.cause === 'explicit_stop') stop.cause = cause;
}

/** The stop leg of a restart. ST-035. */
export function stopToRestart(turn: Turn, service: Service, operation: Operation): void {
  if (service.state !== 'active' && service.state !== 'reloading') return;
  beginOperation(turn, operation);
  beginStopping(turn, service, 'explicit_stop');
}

/** The step to stopping and what is done with it. */
function beginStopping(turn: Turn, service: Service, cause: Cause, forGood = false): void {
  const { activation, stop: begun } = service;
  step(turn, service, 'stopping', cause);
  if (activation === null) return;
  const { doom } = activation;
  abortReload(turn, service, activation, 'superseded_by_later_operation');
  if (doom === null) disarmPhases(turn, service);
  activation.doom = null;
  activation.stage = 'stopping';
  // A start that was cut short and whose main process is asked already goes on ending, by the same clock.
  if (begun?.part === 'main') service.stop = { ...begun, cause, forGood };
  else stopNow(turn, service, activation, newStop(cause, 'main', forGood), doom !== null && begun?.killed !== false);
  reviewStop(turn, service, activation);
}

/** `killed`: a doomed tree is being killed already, and its post-kill deadline runs on. */
function stopNow(turn: Turn, service: Service, activation: Activation, stop: Stop, killed: boolean): void {
  service.stop = stop;
  stop.killed = killed;
  if (activation.main === null) stop.partState = 'empty';
  if (killed) return;
  disarm(turn, 'stop', service.key);
  killSideProcesses(turn, service, activation);
  if (!activation.mainGone) askToEnd(turn, service, activation);
}

function killSideProcesses(turn: Turn, service: Service, activation: Activation): void {
  const { hookJob, reloadJob, healthJob, parts } = activation;
  if (hookJob !== null || reloadJob !== null) killPart(turn, service, activation, parts.hooks);
  if (healthJob !== null) killPart(turn, service, activation, parts.health);
}

/** Something of a stopping service ended. */
export function reviewStop(turn: Turn, service: Service, activation: Activation): void {
  if (!reviewEnding(turn, service, activation)) return;
  if (activation.hookJob === null && activation.reloadJob === null && activation.healthJob === null) return finishStop(turn, service);
  if (!isArmed(turn, 'kill', service.key)) arm(turn, 'kill', service.key, after(turn.stamp.monotonic, postKillNs));
}

/** The post-kill time of a stop is over. */
export function stopStuck(turn: Turn, service: Service, activation: Activation): void {
  if (service.stop === null) return;
  if (!activation.mainGone || service.stop.partState !== 'empty') return abandon(turn, service, activation);
  const { hookJob, reloadJob, healthJob } = activation;
  leakTree(turn, service, activation.tree, hookJob === null && reloadJob === null ? 'health' : 'hooks');
  for (const job of [hookJob, reloadJob, healthJob]) abandonJob(turn, job);
  finishStop(turn, service);
}

function finishStop(turn: Turn, service: Service): void {
  const cause = service.stop?.cause ?? 'explicit_stop';
  const operation = runningOperation(turn, service);
  endStop(turn, service);
  if (operation?.record.type === 'restart' && !service.removed) {
    dropActivation(turn, service, true);
    return intend(turn, { kind: 'start-again', service: service.key, operation: operation.record.id });
  }
  const fails = cause === 'conflict_eviction' || cause === 'binds_to_propagation';
  step(turn, service, fails ? 'failed' : 'inactive', cause, fails ? endedWords(turn, service, cause) : killedWords(service));
  dropActivation(turn, service, true);
  if (operation === undefined) return;
  if (operation.record.type === 'restart')
    return finishOperation(turn, operation, 'aborted', { error: 'definition_removed_during_restart_stop_leg' });
  finishOperation(turn, operation, 'completed', { result: service.state });
}

/** Nothing else is to be said of a stop that was asked for. */
const killedWords = ({ forced: words }: Service): string | null =>
  words === null ? null : `service ${words}. Give it a longer StopTimeout or another StopSignal if it needs them.`;

function endedWords(turn: Turn, service: Service, cause: Cause): string {
  const named = `service ${service.name} was stopped because`;
  if (cause === 'conflict_eviction') {
    const [key = ''] = service.besiegers;
    const by = turn.state.services.get(key)?.name ?? 'a service';
    return `${named} ${by}, which it conflicts with, was started. It stays down until it is started itself, which stops that one.`;
  }
  const lost = nodeOf(turn, service)?.bindsTo.find(({ key }) => {
    const target = turn.state.services.get(key);
    return target === undefined || !isReleased(target);
  });
  return `${named} ${lost?.name ?? 'a service'}, which it is bound to, stopped. It starts again when that one is up.`;
}

function unknownState(state: never): never {
  throw new Error(`unknown state ${JSON.stringify(state)}`);
}
