/** An attempt: a start that has its turn, with what it holds of others until it is over. What drives it is in waiting/. */
import type { Cause, OperationSource } from '../../../gen/service/types.ts';
import type { Attempt, Operation, Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { emit, lookLater } from '../turn.ts';
import { giveSlotBack, leaveRun, runOf } from './runs.ts';

export const createAttempt = (operation: Operation): Attempt => ({
  operation: operation.record.id,
  judged: false,
  check: null,
  judgeQueued: false,
  resolved: false,
  waits: new Set(),
  passed: new Set(),
  opponents: new Set(),
  slot: 'none',
});

export const attemptOperation = (turn: Turn, service: Service): Operation | undefined => {
  const id = service.attempt?.operation;
  return id === undefined || !service.operations.includes(id) ? undefined : turn.state.operations.get(id);
};

const causeOfSource: { readonly [S in OperationSource]: Cause } = {
  admin: 'explicit_start',
  boot: 'explicit_start',
  timer: 'explicit_start',
  on_failure: 'explicit_start',
  shutdown: 'explicit_start',
  conflict_resolution: 'explicit_start',
  binds_to_propagation: 'explicit_start',
  binds_to_recovery: 'binds_to_recovery',
  dependency_propagation: 'dependency_start',
  restart_policy: 'restart_policy',
};

/** What a start is caused by. D-36, CAUSE-002. */
export const startCause = ({ record }: Operation): Cause => causeOfSource[record.source];

/** The attempt is over: its slot, its place among the waiters and its checks are given back. */
export function dropAttempt(turn: Turn, service: Service, staysInRun = false): void {
  const { attempt } = service;
  if (attempt !== null) {
    endCheck(turn, service, attempt, true);
    giveSlotBack(turn, service);
    withdrawDemands(turn, service, attempt);
    service.attempt = null;
  }
  turn.touched.add(service);
  if (!staysInRun) leaveRun(turn, service);
}

/** Its check is over, or not wanted any more. */
export function endCheck(turn: Turn, service: Service, attempt: Attempt, cancel: boolean): void {
  const run = runOf(turn, service);
  if (attempt.judgeQueued) {
    attempt.judgeQueued = false;
    run?.toJudge.splice(run.toJudge.indexOf(service.key), 1);
  }
  if (attempt.check === null) return;
  if (cancel) emit(turn, { kind: 'cancel-checks', check: attempt.check });
  turn.state.checks.delete(attempt.check);
  attempt.check = null;
  if (run === undefined) return;
  run.judging -= 1;
  const next = run.toJudge.shift();
  const heir = next === undefined ? undefined : turn.state.services.get(next);
  if (heir?.attempt === undefined || heir.attempt === null) return;
  heir.attempt.judgeQueued = false;
  lookLater(turn, heir);
}

/** It waits for nobody any more. */
export function withdrawDemands(turn: Turn, service: Service, attempt: Attempt): void {
  for (const key of attempt.waits) {
    const target = turn.state.services.get(key);
    if (target === undefined) continue;
    target.waiters.delete(service.key);
    turn.work.push({ kind: 'prune', service: key });
  }
  attempt.waits.clear();
  for (const key of attempt.opponents) {
    turn.state.services.get(key)?.besiegers.delete(service.key);
  }
  attempt.opponents.clear();
}
