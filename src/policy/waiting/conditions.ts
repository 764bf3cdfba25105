/**
 * Conditions and asserts of a start: all conditions, then all asserts. Those on the registry are answered from the model in memory, the
 * others by the helper program; no answer in time counts as not met. PSD-007 3.2, 4.1, EXEC-004..EXEC-006, DEF-053, DEF-065.
 */
import { dropActivation } from '../activation/drop.ts';
import { attemptOperation, dropAttempt, endCheck } from '../attempt/attempt.ts';
import { runOf } from '../attempt/runs.ts';
import { registryKeyExists } from '../definition/check.ts';
import type { Check, ServiceDefinition } from '../definition/definition.ts';
import type { ChecksDone } from '../events.ts';
import { finishOperation } from '../operations/store.ts';
import type { Attempt, Operation, Service } from '../state.ts';
import { step } from '../steps.ts';
import type { Turn } from '../turn.ts';
import { emit, lookLater, newId } from '../turn.ts';
import { leaveOldState } from './fail.ts';

/** Judges, or has it judged. @returns the attempt can go on */
export function evaluateConditions(turn: Turn, service: Service, attempt: Attempt, definition: ServiceDefinition): boolean {
  if (attempt.judged) return true;
  if (attempt.check !== null || attempt.judgeQueued) return false;
  if (definition.conditions.length === 0 && definition.asserts.length === 0) {
    attempt.judged = true;
    return true;
  }
  const checks = [...definition.conditions, ...definition.asserts];
  const verdicts = checks.map((check) => (check.type === 'registry' ? registryKeyExists(turn.state.keys, check.argument) : null));
  const known = verdicts.map((verdict) => verdict ?? true);
  if (!applyVerdicts(turn, service, definition, known)) return false;
  if (verdicts.every((verdict) => verdict !== null)) {
    attempt.judged = true;
    return true;
  }
  askHelper(turn, service, attempt, definition);
  return false;
}

function askHelper(turn: Turn, service: Service, attempt: Attempt, definition: ServiceDefinition): void {
  const run = runOf(turn, service);
  if (run === undefined) return;
  if (run.judging >= run.maxParallel) {
    attempt.judgeQueued = true;
    run.toJudge.push(service.key);
    return;
  }
  run.judging += 1;
  attempt.check = newId(turn);
  turn.state.checks.set(attempt.check, service.key);
  const checks = [...definition.conditions, ...definition.asserts].filter(({ type }) => type !== 'registry');
  emit(turn, { kind: 'run-checks', check: attempt.check, service: service.name, checks, timeoutSeconds: definition.preStartCheckTimeout });
}

/** The helper answered. */
export function answered(turn: Turn, { check, verdicts }: ChecksDone): void {
  const service = turn.state.services.get(turn.state.checks.get(check) ?? '');
  const { attempt } = service ?? { attempt: null };
  const definition = service?.activation?.definition ?? service?.definition;
  if (service === undefined || attempt?.check !== check || definition === undefined || definition === null) return;
  checksDone(turn, service, attempt, definition, verdicts);
}

function checksDone(
  turn: Turn,
  service: Service,
  attempt: Attempt,
  definition: ServiceDefinition,
  verdicts: readonly boolean[] | null,
): void {
  endCheck(turn, service, attempt, false);
  const asked = [...definition.conditions, ...definition.asserts];
  let next = 0;
  const all = asked.map((check) => {
    if (check.type === 'registry') return registryKeyExists(turn.state.keys, check.argument);
    next += 1;
    return verdicts?.[next - 1] ?? false;
  });
  if (!applyVerdicts(turn, service, definition, all, verdicts === null)) return;
  attempt.judged = true;
  lookLater(turn, service);
}

/** @returns all hold; else the service was skipped or failed */
function applyVerdicts(turn: Turn, service: Service, definition: ServiceDefinition, verdicts: readonly boolean[], late = false): boolean {
  const failed = verdicts.indexOf(false);
  if (failed < 0) return true;
  const count = definition.conditions.length;
  const check = (failed < count ? definition.conditions : definition.asserts)[failed < count ? failed : failed - count];
  const operation = attemptOperation(turn, service);
  if (check === undefined || operation === undefined) return true;
  const why =
    late && check.type !== 'registry'
      ? `was not answered within ${definition.preStartCheckTimeout} s (PreStartCheckTimeout)`
      : 'does not hold';
  if (failed < count) skip(turn, service, operation, check, why);
  else failAssert(turn, service, operation, check, why);
  return false;
}

function skip(turn: Turn, service: Service, operation: Operation, check: Check, why: string): void {
  const detail =
    `service ${service.name} was skipped: its condition ${check.type}:${check.argument} ${why}. ` +
    'Services that depend on it start all the same.';
  leaveOldState(turn, service, operation);
  step(turn, service, 'skipped', 'condition_skipped', detail);
  dropAttempt(turn, service);
  dropActivation(turn, service, true);
  finishOperation(turn, operation, 'completed', { result: service.state });
  turn.work.push({ kind: 'released', service: service.key });
}

function failAssert(turn: Turn, service: Service, operation: Operation, check: Check, why: string): void {
  const remedy = 'Provide it, or remove the assert.';
  const detail = `service ${service.name} was not started: its assert ${check.type}:${check.argument} ${why}. ${remedy}`;
  leaveOldState(turn, service, operation);
  step(turn, service, 'failed', 'assertion_error', detail);
  dropAttempt(turn, service);
  dropActivation(turn, service, true);
  finishOperation(turn, operation, 'failed', { error: `assertion_error: ${detail}` });
}
