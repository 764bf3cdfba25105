/** What follows from a step or a release of one service for itself and for others. */
import { causeFacts, stateFacts } from '../../../gen/service/facts.ts';
import type { Cause } from '../../../gen/service/types.ts';
import { leaveRun } from '../attempt/runs.ts';
import { leaveWaiters, passWaiters, wakeBesiegers } from '../attempt/waiters.ts';
import { restartAnyway } from '../backing-off/backoff.ts';
import { noteBreak } from '../confirmation.ts';
import { disarm } from '../deadlines.ts';
import { withoutName } from '../definition/names.ts';
import { inWords } from '../details.ts';
import { nodeOf, refreshEdges } from '../model.ts';
import { goOnUnmounting } from '../mounts/unmount.ts';
import { finishOperation, isStart, liveWhere } from '../operations/store.ts';
import { endRestartWindow, watchRestartWindow } from '../restarts/window.ts';
import { excludedBySafeMode } from '../safe-mode.ts';
import { discard } from '../settled/discard.ts';
import { startHandler } from '../settled/on-failure.ts';
import { reviewParticipant } from '../shutdown/shutdown.ts';
import type { Service } from '../state.ts';
import { runPending } from '../timers/pending.ts';
import { reckon } from '../timers/reckon.ts';
import type { Turn, Work } from '../turn.ts';
import { intend, lookLater } from '../turn.ts';
import { advance } from '../waiting/advance.ts';
import { propagateStop, recover, recoverBound } from './bindings.ts';

type Step = Extract<Work, { kind: 'stepped' }>;

export function react(turn: Turn, service: Service, item: Work): void {
  switch (item.kind) {
    case 'look':
      return look(turn, service);
    case 'stepped':
      return stepped(turn, service, item);
    case 'released':
      return released(turn, service);
    case 'reckon':
      return reckon(turn, service, item.timer);
    case 'prune':
      return prune(turn, service);
    default:
      return unknownWork(item);
  }
}

function look(turn: Turn, service: Service): void {
  turn.looks.delete(service.key);
  goOnUnmounting(turn, service);
  if (turn.state.machine.shutdown !== null) return reviewParticipant(turn, service);
  restartAnyway(turn, service);
  advance(turn, service);
  review(turn, service);
}

function stepped(turn: Turn, service: Service, made: Step): void {
  const { from, to, cause } = made;
  turn.touched.add(service);
  if (stateFacts[from].satisfies && !stateFacts[to].satisfies) {
    endRestartWindow(turn, service);
    noteBreak(turn, service);
  }
  if (!stateFacts[from].satisfies && stateFacts[to].satisfies) watchRestartWindow(turn, service);
  propagateStop(turn, service, made);
  // A handler that ended leaves its chain; the hop on the way to a new start is no end. CAUSE-035.
  if (to === 'inactive' && from !== 'failed' && from !== 'skipped' && cause !== 'explicit_start') service.handlerChain = null;
  if (to === 'failed' || to === 'abandoned') failed(turn, service, cause);
  // What it is bound to may be up again already.
  if (to === 'failed') recover(turn, service);
  if (!stateFacts[service.state].hasProcess) {
    if (service.state !== 'backoff') disarm(turn, 'restart', service.key);
    refreshEdges(turn, service);
    if (service.removed && service.mounted === null) return discard(turn, service);
  }
  if (service.pendingRun) runPending(turn, service);
  wakeBesiegers(turn, service);
  lookLater(turn, service);
}

/** It failed for good: those that need it fail with it, those that only want it go on. DEP-002, GRAPH-009, GRAPH-010. */
function failed(turn: Turn, service: Service, cause: Cause): void {
  const words = `${service.name} ${service.state === 'abandoned' ? 'is abandoned' : 'failed'}`;
  // The reason of a chain stands at its first service; the others name the one before them.
  const { detail } = service;
  const because =
    detail === null || cause === 'dependency_failure' ? causeFacts[cause].words : withoutName(detail, service.name).replace(/\.$/, '');
  leaveWaiters(turn, service, `${words} (${because})`);
  for (const { key } of nodeOf(turn, service)?.hardDependents ?? []) {
    const dependent = turn.state.services.get(key);
    if (dependent?.state !== 'starting' || dependent.activation === null) continue;
    if (excludedBySafeMode(turn.state, dependent.bootMember, service.definition)) continue;
    const detail = `service ${dependent.name} was starting when ${words}, which it requires (${because}). Repair ${service.name} first.`;
    intend(turn, { kind: 'doom', service: key, cause: 'dependency_failure', detail });
  }
  if (service.state === 'failed') startHandler(turn, service, cause);
}

/** It is up: those that wait for it go on, those that were stopped with it start again. */
function released(turn: Turn, service: Service): void {
  passWaiters(turn, service);
  recoverBound(turn, service);
}

/** A start of it ended, or it stopped: if nothing brings it up any more, nobody may wait for it. */
function review(turn: Turn, service: Service): void {
  const { state } = service;
  if (state === 'starting' || state === 'backoff' || liveWhere(turn, service, isStart) !== undefined) return;
  if (service.attempt === null) leaveRun(turn, service);
  if (service.waiters.size === 0 || stateFacts[state].satisfies) return;
  leaveWaiters(turn, service, `${service.name} is ${inWords(state)} and nothing starts it`);
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
