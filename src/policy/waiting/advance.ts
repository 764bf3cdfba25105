/**
 * A start that has its turn, from the moment it is the oldest live operation until the service is up, failed, skipped or in backoff.
 * `advance` looks at what is true now and goes as far as possible, so whatever changes only has to say: look again. A start from a state
 * without processes is judged and waits in that state; a restart and the end of a backoff enter starting first. EXEC-004, ST-044.
 */
import { createActivation } from '../activation/create.ts';
import { dropActivation } from '../activation/drop.ts';
import { attemptOperation, createAttempt, dropAttempt, startCause } from '../attempt/attempt.ts';
import { giveSlotBack, joinRun, takeSlot } from '../attempt/runs.ts';
import { note, noteAsked, noteFreed } from '../first-start.ts';
import { refreshEdges } from '../model.ts';
import { beginOperation, finishOperation, isStart, liveWhere } from '../operations/store.ts';
import type { Attempt, Operation, Service } from '../state.ts';
import { listedCause, step } from '../steps.ts';
import { nextTree } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { intend } from '../turn.ts';
import { evaluateConditions } from './conditions.ts';
import { resolveTargets, reviewTargets } from './demands.ts';
import { failAttempt, failOperationOnly } from './fail.ts';
import { evictOpponents } from './opponents.ts';
import { preflight } from './preflight.ts';

/** What the service can do next. */
export function advance(turn: Turn, service: Service): void {
  if (turn.state.machine.shutdown !== null) return;
  turn.touched.add(service);
  if (service.attempt !== null && attemptOperation(turn, service) === undefined) dropAttempt(turn, service);
  if (service.attempt !== null) return proceed(turn, service, service.attempt);
  const running = liveWhere(turn, service, ({ record }) => record.state === 'running');
  if (running !== undefined) return;
  const next = liveWhere(turn, service, isStart);
  if (next !== undefined) takeTurn(turn, service, next);
}

/** The oldest start or restart is not blocked by another operation. */
function takeTurn(turn: Turn, service: Service, operation: Operation): void {
  const { type, source } = operation.record;
  switch (service.state) {
    case 'starting':
    case 'stopping':
      return;
    case 'active':
    case 'reloading':
      if (type === 'start') return finishOperation(turn, operation, 'completed', { result: service.state });
      return intend(turn, { kind: 'carry-out', service: service.key, operation: operation.record.id });
    case 'abandoned':
      return finishOperation(turn, operation, 'failed', { error: `service ${service.name} is abandoned: reset it first` });
    case 'backoff':
      if (service.delayOver) beginAttempt(turn, service, operation);
      return;
    case 'completed':
    case 'skipped':
      if (source === 'dependency_propagation' || service.mounted !== null)
        return finishOperation(turn, operation, 'completed', { result: service.state });
      return beginAttempt(turn, service, operation);
    case 'inactive':
    case 'failed':
      return beginAttempt(turn, service, operation);
    default:
      return unknownState(service.state);
  }
}

function beginAttempt(turn: Turn, service: Service, operation: Operation): void {
  // A completed service whose post-hooks run is started anew: that activation is over.
  if (service.activation !== null) dropActivation(turn, service);
  refreshEdges(turn, service);
  joinRun(turn, service, operation.run);
  service.attempt = createAttempt(operation);
  noteAsked(turn, service);
  const refused = preflight(turn, service, operation);
  if (refused !== null) return failAttempt(turn, service, operation, refused.cause, refused.message);
  if (service.state === 'skipped') step(turn, service, 'inactive', 'explicit_start');
  proceed(turn, service, service.attempt);
}

/** The stop leg of a restart is over: its start leg begins. ST-035. */
export function startAgain(turn: Turn, service: Service, operation: Operation): void {
  if (service.state !== 'stopping' || service.activation !== null) return;
  refreshEdges(turn, service);
  joinRun(turn, service, operation.run);
  service.attempt = createAttempt(operation);
  if (!enterStarting(turn, service, operation)) return;
  const refused = preflight(turn, service, operation);
  if (refused !== null) return failAttempt(turn, service, operation, 'dependency_failure', refused.message);
  proceed(turn, service, service.attempt);
}

function proceed(turn: Turn, service: Service, attempt: Attempt): void {
  const operation = attemptOperation(turn, service);
  const { activation } = service;
  if (operation === undefined || (activation !== null && activation.stage !== 'waiting')) return;
  if (service.state === 'backoff') {
    if (nextTree(turn, service) === null || !enterStarting(turn, service, operation)) return;
  }
  const definition = service.activation?.definition ?? service.definition;
  if (definition === null || !evaluateConditions(turn, service, attempt, definition)) return;
  note(turn, service, 'checked');
  if (attempt.waits.size > 0) return;
  const obstacle = attempt.resolved ? reviewTargets(turn, service, attempt, operation) : resolveTargets(turn, service, attempt, operation);
  if (obstacle !== null) return failAttempt(turn, service, operation, 'dependency_failure', obstacle);
  if (attempt.waits.size > 0) return giveSlotBack(turn, service);
  noteFreed(turn, service, null);
  const clearance = evictOpponents(turn, service, attempt);
  if (clearance.kind === 'blocked') return refuse(turn, service, operation, clearance.by);
  const tree = nextTree(turn, service);
  if (clearance.kind === 'wait' || tree === null) return giveSlotBack(turn, service);
  if (!takeSlot(turn, service)) return;
  if (service.state !== 'starting' && !enterStarting(turn, service, operation)) return;
  intend(turn, { kind: 'launch', service: service.key });
}

/** The step to starting: the definition is snapshotted. GEN-003. */
function enterStarting(turn: Turn, service: Service, operation: Operation): boolean {
  const { definition, state } = service;
  if (definition === null) {
    failAttempt(turn, service, operation, 'dependency_failure', `the definition of service ${service.name} is invalid; the log says why`);
    return false;
  }
  beginOperation(turn, operation);
  const wanted = startCause(operation);
  const cause = listedCause(state, 'starting', wanted, 'explicit_start');
  step(turn, service, 'starting', cause);
  service.statusText = null;
  service.forced = null;
  service.delayOver = false;
  service.activation = createActivation(turn, {
    definition,
    cause: listedCause('starting', 'active', wanted, cause),
    operation: operation.record.id,
    stage: 'waiting',
  });
  return true;
}

/** An opponent cannot be removed: the operation fails, and the service stays as it is. DEP-016. */
function refuse(turn: Turn, service: Service, operation: Operation, by: Service): void {
  const error =
    `service ${service.name} conflicts with ${by.name}, which is abandoned: its processes could not be killed. ` +
    `Reset ${by.name} once they are gone.`;
  if (service.state === 'starting') return failAttempt(turn, service, operation, 'dependency_failure', error);
  failOperationOnly(turn, service, operation, error);
}

function unknownState(state: never): never {
  throw new Error(`unknown state ${JSON.stringify(state)}`);
}
