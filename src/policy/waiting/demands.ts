/**
 * What a start needs of others. Every hard target and every wanted one is looked at once: one that satisfies is passed, one that is on its
 * way is awaited, another one is demanded (a start operation of source dependency_propagation, in the run of the dependent), and a hard
 * one that cannot come up fails the start. A target in backoff keeps its dependents waiting. Right before the sequence begins the hard
 * targets are looked at again. PSD-007 6.1, 6.2, 8.2.
 */
import { joinRun, runOf } from '../attempt/runs.ts';
import { hasPassed, isReleased, isUndecided } from '../attempt/satisfaction.ts';
import type { ServiceNode } from '../graph/graph.ts';
import { nodeOf } from '../model.ts';
import { internal, request } from '../operations/requests.ts';
import { isStart, liveWhere } from '../operations/store.ts';
import { excludedBySafeMode } from '../safe-mode.ts';
import type { Attempt, Operation, Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { lookLater } from '../turn.ts';

/** Null: nothing is in the way of those it waits for; else why the start cannot be. */
export function resolveTargets(turn: Turn, service: Service, attempt: Attempt, operation: Operation): string | null {
  const node = nodeOf(turn, service);
  attempt.resolved = true;
  if (node === null) return null;
  const obstacle = missingTarget(service, node) ?? needAllHard(turn, service, attempt, operation, node);
  if (obstacle !== null) return obstacle;
  for (const { key } of node.wants) {
    const target = turn.state.services.get(key);
    if (target !== undefined && !attempt.passed.has(key)) want(turn, service, attempt, operation, target);
  }
  return null;
}

/** The hard targets once more. */
export function reviewTargets(turn: Turn, service: Service, attempt: Attempt, operation: Operation): string | null {
  const node = nodeOf(turn, service);
  return node === null ? null : (missingTarget(service, node) ?? needAllHard(turn, service, attempt, operation, node));
}

/** GRAPH-004. */
function missingTarget({ name: dependent }: Service, { missing }: ServiceNode): string | null {
  const [first] = missing;
  if (first === undefined) return null;
  const { field, name } = first;
  return `service ${dependent} requires ${name}, but ${name} is not defined. Define ${name}, or remove it from ${field} of ${dependent}.`;
}

function needAllHard(turn: Turn, service: Service, attempt: Attempt, operation: Operation, { hard }: ServiceNode): string | null {
  for (const { key } of hard) {
    const target = turn.state.services.get(key);
    const obstacle = target === undefined ? null : needHard(turn, service, attempt, operation, target);
    if (obstacle !== null) return obstacle;
  }
  return null;
}

function needHard(turn: Turn, service: Service, attempt: Attempt, operation: Operation, target: Service): string | null {
  if (isReleased(target) || excludedBySafeMode(turn.state, service.bootMember, target.definition)) return null;
  if (hasPassed(target) && (attempt.passed.has(target.key) || startsByItself(operation))) return null;
  const onItsWay = isOnItsWay(turn, target);
  if (!onItsWay) {
    if (target.cycle !== null)
      return `service ${service.name} requires ${target.name}, but ${target.name} is part of a dependency cycle. Break the cycle first.`;
    if (isCondemned(turn, service, target))
      return `service ${service.name} requires ${target.name}, but ${target.name} cannot be started with it; the log says why.`;
    if (target.definition === null)
      return `service ${service.name} requires ${target.name}, but the definition of ${target.name} is invalid. Repair it first.`;
    if (target.definition.disabled) {
      return (
        `service ${service.name} requires ${target.name}, but ${target.name} is disabled. ` +
        `Set Disabled of ${target.name} to 0, or start it by hand first.`
      );
    }
    if (target.state === 'abandoned')
      return `service ${service.name} requires ${target.name}, but ${target.name} is abandoned. Reset ${target.name} first.`;
  }
  demand(turn, service, attempt, target);
  return null;
}

/** Automatic starts go on where they were: a Oneshot that did its work need not do it again. */
const startsByItself = ({ record }: Operation): boolean => record.source === 'restart_policy' || record.source === 'binds_to_recovery';

function want(turn: Turn, service: Service, attempt: Attempt, operation: Operation, target: Service): void {
  if (isReleased(target) || excludedBySafeMode(turn.state, service.bootMember, target.definition)) return;
  if (hasPassed(target) && startsByItself(operation)) return;
  const hopeless = target.definition === null || target.definition.disabled || target.state === 'abandoned' || target.cycle !== null;
  if ((hopeless || isCondemned(turn, service, target)) && !isOnItsWay(turn, target)) return;
  demand(turn, service, attempt, target);
}

const isCondemned = (turn: Turn, service: Service, target: Service): boolean => runOf(turn, service)?.condemned.has(target.key) ?? false;

/** It comes up by itself: it is starting, in backoff, or has a start that waits for its turn. */
const isOnItsWay = (turn: Turn, target: Service): boolean =>
  target.state === 'starting' || target.state === 'backoff' || isUndecided(target) || liveWhere(turn, target, isStart) !== undefined;

function demand(turn: Turn, service: Service, attempt: Attempt, target: Service): void {
  attempt.passed.delete(target.key);
  attempt.waits.add(target.key);
  target.waiters.add(service.key);
  turn.touched.add(target);
  if (service.bootMember) target.bootMember = true;
  if (service.run !== null) joinRun(turn, target, service.run);
  if (target.state === 'backoff' || isUndecided(target)) return;
  // Within one run a start that is wanted twice is one request; another run joins it by a request of its own. GRAPH-016.
  if (target.run === service.run && liveWhere(turn, target, isStart) !== undefined) return;
  const asked = request(turn, target, internal('start', 'dependency_propagation', service.run));
  if (asked.kind === 'refused') lookLater(turn, target);
  // What a handler needs belongs to its chain: it must not start the handler again when it fails. CAUSE-035.
  else if (service.handlerChain !== null) target.handlerChain ??= service.handlerChain;
}
