/**
 * Stopping a service. The main process gets its stop signal, and when it has ended what it leaves in main/ gets it too; with StopMode All
 * everything in main/ gets it at once. SIGCONT follows, and after STOPPING=1 nothing is sent. What runs in hooks/ and health/ gets SIGKILL.
 * At StopTimeout the whole tree is killed. The stop is over when the main process is reaped, main/ is empty and the other processes are
 * reaped; after the post-kill time a populated main/ makes the service abandoned, anything else only a leaked tree. What the service
 * becomes then is decided by what its stop began with: inactive, failed (eviction, bound service), or starting again for a restart.
 * PSD-007 5.1, 8.1, O-20, O-21.
 */
import type { Cause, OperationSource } from '../../../gen/service/types.ts';
import { abandon } from '../activation/abandon.ts';
import { disarmPhases, dropActivation } from '../activation/drop.ts';
import { abortReload } from '../activation/end-reload.ts';
import { endStop, stopForGood } from '../activation/end-stop.ts';
import { killPart } from '../activation/tokens.ts';
import { dropAttempt } from '../attempt/attempt.ts';
import { isReleased } from '../attempt/satisfaction.ts';
import { arm, disarm, isArmed } from '../deadlines.ts';
import { secondsWords } from '../details.ts';
import { abandonJob } from '../jobs.ts';
import { nodeOf } from '../model.ts';
import { beginOperation, finishOperation, runningOperation } from '../operations/store.ts';
import type { Activation, Operation, Service, Stop } from '../state.ts';
import { step } from '../steps.ts';
import { after, secondsToNs } from '../time.ts';
import { leakTree, postKillNs } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { emit, intend, report } from '../turn.ts';

const sigcont = 18;

type NamedSignal = NonNullable<Stop['asked']>;

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
    case 'backoff':
      disarm(turn, 'restart', service.key);
      step(turn, service, 'inactive', cause);
      dropActivation(turn, service);
      break;
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
  const { activation } = service;
  step(turn, service, 'stopping', cause);
  if (activation === null) return;
  const { doom } = activation;
  abortReload(turn, service, activation, 'superseded_by_later_operation');
  if (doom === null) disarmPhases(turn, service);
  activation.doom = null;
  activation.stage = 'stopping';
  service.stop = {
    cause,
    killed: doom !== null,
    mainPart: activation.main === null ? 'empty' : 'unknown',
    asked: null,
    owesRest: false,
    late: null,
    forGood,
  };
  // A doomed tree is being killed already, and its post-kill deadline runs on.
  if (doom === null) {
    killSideProcesses(turn, service, activation);
    if (!activation.mainGone) askMain(turn, service, activation);
  }
  reviewStop(turn, service, activation);
}

function killSideProcesses(turn: Turn, service: Service, activation: Activation): void {
  const { hookJob, reloadJob, healthJob, parts } = activation;
  if (hookJob !== null || reloadJob !== null) killPart(turn, service, activation, parts.hooks);
  if (healthJob !== null) killPart(turn, service, activation, parts.health);
}

function askMain(turn: Turn, service: Service, activation: Activation): void {
  const { stopMode, stopSignal, stopTimeout } = service.definition ?? activation.definition;
  activation.phaseSince = turn.stamp.monotonic;
  if (stopTimeout === 0 || service.stop === null) return killAll(turn, service, activation);
  const job = activation.main === null ? undefined : turn.state.jobs.get(activation.main);
  // Before exec nothing could handle a signal: what is there of the child is killed. EXEC-036.
  if (job?.record.state !== 'running') killPart(turn, service, activation, 'main');
  else if (!activation.saidStopping) {
    service.stop.asked = stopSignal;
    service.stop.owesRest = stopMode === 'Main';
    for (const signal of signalsOf(stopSignal)) emit(turn, { kind: 'signal', job: job.record.id, signal });
    if (stopMode === 'All') askPart(turn, service, activation, stopSignal, job.record.id);
  }
  arm(turn, 'stop', service.key, after(turn.stamp.monotonic, secondsToNs(stopTimeout)));
}

/** A process that is paused acts on nothing until it goes on. O-20. */
const signalsOf = ({ signal }: NamedSignal): readonly number[] => [signal, sigcont];

function askPart(turn: Turn, { name: service }: Service, { tree }: Activation, asked: NamedSignal, except: string | null): void {
  emit(turn, { kind: 'signal-part', service, tree, part: 'main', signals: signalsOf(asked), except });
}

/** A wrapper has ended without telling those that it waited for. */
function askRest(turn: Turn, service: Service, activation: Activation, stop: Stop): void {
  if (!stop.owesRest || stop.asked === null) return;
  stop.owesRest = false;
  if (!stop.killed && !activation.saidStopping) askPart(turn, service, activation, stop.asked, null);
}

/** StopTimeout is over. */
export function stopTimedOut(turn: Turn, service: Service, activation: Activation): void {
  const { stop } = service;
  if (stop === null) return;
  force(turn, service, activation, 'StopTimeout');
}

/** The shutdown waits no longer. */
export function forceStop(turn: Turn, service: Service, activation: Activation): void {
  force(turn, service, activation, null);
}

/** Kills what was asked to end and did not; how much that is is told when it was counted. O-25. */
function force(turn: Turn, service: Service, activation: Activation, limit: 'StopTimeout' | null): void {
  const { stop } = service;
  if (stop === null) return;
  if (!stop.killed) {
    stop.late = { after: secondsWords(Number((turn.stamp.monotonic - activation.phaseSince) / 1_000_000_000n)), limit };
    const except = activation.mainGone ? null : activation.main;
    emit(turn, { kind: 'count-processes', service: service.name, tree: activation.tree, part: 'main', except });
  }
  killAll(turn, service, activation);
}

/** What a stop kills is counted. */
export function forced(turn: Turn, service: Service, activation: Activation, count: number | null): void {
  const { stop } = service;
  if (stop === null || stop.late === null) return;
  const { limit } = stop.late;
  const words = lateWords(activation, stop.late, stop.asked, count);
  stop.late = null;
  // All of it ended in this very moment.
  if (words === null) return;
  service.forced = `${service.name} ${words}`;
  const operation = runningOperation(turn, service);
  if (operation !== undefined) operation.record = { ...operation.record, forced: service.forced };
  // A shutdown that kills has said so itself, once for all.
  report(turn, 'warning', service.forced, service, limit !== null);
}

/** What did not end, and after what; null: nothing was left. */
function lateWords(
  { mainGone }: Activation,
  { after: time, limit }: NonNullable<Stop['late']>,
  asked: Stop['asked'],
  count: number | null,
): string | null {
  const by = limit === null ? '' : ` (${limit})`;
  const within = `within ${time} after ${asked === null ? 'the stop began' : asked.name}${by}`;
  const others = count === null ? 'others' : count === 1 ? '1 other' : `${count} others`;
  if (!mainGone) return `did not end ${within} and was killed${count === 0 || count === null ? '' : `, with ${others}`}`;
  return count === 0
    ? null
    : `did not end ${within}: its main process had ended, ${others} had not and ${count === 1 ? 'was' : 'were'} killed`;
}

/** Kills what is left of a stopping service. */
export function killAll(turn: Turn, service: Service, activation: Activation): void {
  if (service.stop === null) return;
  service.stop.killed = true;
  disarm(turn, 'stop', service.key);
  killPart(turn, service, activation, 'tree');
  arm(turn, 'kill', service.key, after(turn.stamp.monotonic, postKillNs));
}

/** Something of a stopping service ended. */
export function reviewStop(turn: Turn, service: Service, activation: Activation): void {
  const { stop } = service;
  if (stop === null || !activation.mainGone) return;
  // Nothing was ever born.
  if (!activation.used) stop.mainPart = 'empty';
  if (stop.mainPart === 'unknown') {
    stop.mainPart = 'asked';
    askRest(turn, service, activation, stop);
    emit(turn, { kind: 'await-empty', service: service.name, tree: activation.tree, part: 'main' });
  }
  if (stop.mainPart !== 'empty') return;
  if (activation.hookJob === null && activation.reloadJob === null && activation.healthJob === null) return finishStop(turn, service);
  if (!isArmed(turn, 'kill', service.key)) arm(turn, 'kill', service.key, after(turn.stamp.monotonic, postKillNs));
}

/** The answer that nothing lives in main/. */
export function mainEmpty(turn: Turn, service: Service, activation: Activation): void {
  if (service.stop?.mainPart !== 'asked') return;
  service.stop.mainPart = 'empty';
  reviewStop(turn, service, activation);
}

/** The post-kill time of a stop is over. */
export function stopStuck(turn: Turn, service: Service, activation: Activation): void {
  if (service.stop === null) return;
  if (!activation.mainGone || service.stop.mainPart !== 'empty') return abandon(turn, service, activation);
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
