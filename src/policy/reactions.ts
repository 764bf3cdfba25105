/** What follows from a step or a release of one service for others. Each is worked off after the event's own intentions are settled. */

import { causeFacts, stateFacts } from '../../gen/service/facts.ts';
import type { Cause, State } from '../../gen/service/types.ts';
import { doom } from './activation/doom.ts';
import { restartAnyway } from './backoff.ts';
import { propagateStop, recover, recoverBound } from './bindings.ts';
import { disarm } from './deadlines.ts';
import { discard } from './loading/discard.ts';
import { nodeOf, refreshEdges } from './model.ts';
import { startHandler } from './on-failure.ts';
import { finishOperation, isStart, liveWhere } from './operations/store.ts';
import { reviewParticipant } from './shutdown/shutdown.ts';
import { advance, attemptOperation, failAttempt } from './starts/attempt.ts';
import { wakeBesiegers } from './starts/opponents.ts';
import { leaveRun } from './starts/runs.ts';
import type { Service } from './state.ts';
import type { Turn, Work } from './turn.ts';
import { lookLater } from './turn.ts';

/** Works off what the event led to. */
export function workOff(turn: Turn): void {
  for (let at = 0; at < turn.work.length; at++) {
    const item = turn.work[at];
    const service = item === undefined ? undefined : turn.state.services.get(item.service);
    if (item !== undefined && service !== undefined) workOn(turn, service, item);
  }
  turn.work.length = 0;
}

function workOn(turn: Turn, service: Service, item: Work): void {
  switch (item.kind) {
    case 'look':
      turn.looks.delete(service.key);
      if (turn.state.machine.shutdown !== null) return reviewParticipant(turn, service);
      restartAnyway(turn, service);
      advance(turn, service);
      return review(turn, service);
    case 'stepped':
      return stepped(turn, service, item.from, item.to, item.cause);
    case 'released':
      return released(turn, service);
    case 'prune':
      return prune(turn, service);
    default:
      return unknownWork(item);
  }
}

function stepped(turn: Turn, service: Service, from: State, to: State, cause: Cause): void {
  turn.touched.add(service);
  propagateStop(turn, service, from, to, cause);
  // A handler that ended leaves its chain; the hop on the way to a new start is no end. CAUSE-035.
  if (to === 'inactive' && from !== 'failed' && from !== 'skipped' && cause !== 'explicit_start') service.handlerChain = null;
  if (to === 'failed' || to === 'abandoned') failed(turn, service, cause);
  // What it is bound to may be up again already.
  if (to === 'failed') recover(turn, service);
  if (!stateFacts[service.state].hasProcess) {
    if (service.state !== 'backoff') disarm(turn, 'restart', service.key);
    refreshEdges(turn, service);
    if (service.removed) return discard(turn, service);
  }
  wakeBesiegers(turn, service);
  lookLater(turn, service);
}

/** It failed for good: those that need it fail with it, those that only want it go on. DEP-002, GRAPH-009, GRAPH-010. */
function failed(turn: Turn, service: Service, cause: Cause): void {
  const words = `service ${service.name} ${service.state === 'abandoned' ? 'is abandoned' : 'failed'}`;
  // The reason of a chain stands at its first service; the others name the one before them.
  const because = service.detail === null || cause === 'dependency_failure' ? ` (${causeFacts[cause].words})` : ` (${service.detail})`;
  leaveWaiters(turn, service, `${words}${because}`);
  for (const { key } of nodeOf(turn, service)?.hardDependents ?? []) {
    const dependent = turn.state.services.get(key);
    if (dependent?.state !== 'starting' || dependent.activation === null) continue;
    const detail = `service ${dependent.name} was starting when ${words}, which it requires${because}. Repair ${service.name} first.`;
    doom(turn, dependent, dependent.activation, 'dependency_failure', detail);
  }
  if (service.state === 'failed') startHandler(turn, service, cause);
}

/** It cannot be waited for any more. */
export function leaveWaiters(turn: Turn, service: Service, why: string): void {
  const isDown = service.state === 'inactive' || service.state === 'stopping' || service.state === 'completed';
  for (const key of [...service.waiters]) {
    const waiter = turn.state.services.get(key);
    const { attempt } = waiter ?? { attempt: null };
    service.waiters.delete(key);
    if (waiter === undefined || attempt === null || !attempt.waits.delete(service.key)) continue;
    const operation = attemptOperation(turn, waiter);
    const isHard = nodeOf(turn, waiter)?.hard.some((target) => target.key === service.key) ?? false;
    if (isHard && operation !== undefined) {
      failAttempt(
        turn,
        waiter,
        operation,
        'dependency_failure',
        `service ${waiter.name} requires ${service.name}, but ${why}. ${isDown ? 'Start' : 'Repair'} ${service.name} first.`,
      );
      continue;
    }
    attempt.passed.add(service.key);
    if (attempt.waits.size === 0) lookLater(turn, waiter);
  }
}

/** It is up: those that wait for it go on, those that were stopped with it start again. */
function released(turn: Turn, service: Service): void {
  for (const key of service.waiters) {
    const waiter = turn.state.services.get(key);
    if (waiter?.attempt?.waits.delete(service.key) !== true) continue;
    waiter.attempt.passed.add(service.key);
    turn.touched.add(waiter);
    if (waiter.attempt.waits.size === 0) lookLater(turn, waiter);
  }
  service.waiters.clear();
  turn.touched.add(service);
  recoverBound(turn, service);
}

/** A start of it ended, or it stopped: if nothing brings it up any more, nobody may wait for it. */
function review(turn: Turn, service: Service): void {
  const { state } = service;
  if (state === 'starting' || state === 'backoff' || liveWhere(turn, service, isStart) !== undefined) return;
  if (service.attempt === null) leaveRun(turn, service);
  if (service.waiters.size === 0 || stateFacts[state].satisfies) return;
  leaveWaiters(turn, service, `${service.name} is ${state} and nothing starts it`);
}

/** Nobody waits for it any more: a start that was only made for those who did is taken back. GRAPH-017. */
function prune(turn: Turn, service: Service): void {
  if (service.waiters.size > 0) return;
  const operation = liveWhere(turn, service, isStart);
  if (operation === undefined || operation.claimed || operation.record.state !== 'pending') return;
  finishOperation(turn, operation, 'cancelled', {
    error: `no longer needed: no service that is to start depends on ${service.name} any more`,
  });
}

function unknownWork(item: never): never {
  throw new Error(`unknown work ${JSON.stringify(item)}`);
}
