/**
 * BindsTo. A service stops with the one it is bound to, at the moment that one leaves active for whatever reason, and starts again when
 * that one is up and all else it needs is. PSD-007 6.1, DEP-008..DEP-010, D-48, D-49.
 */
import { hasPassed, isReleased } from '../attempt/satisfaction.ts';
import type { ServiceNode } from '../graph/graph.ts';
import { isDisabled } from '../graph/graph.ts';
import { nodeOf } from '../model.ts';
import { internal, request } from '../operations/requests.ts';
import { excludedBySafeMode } from '../safe-mode.ts';
import type { Service } from '../state.ts';
import type { Turn, Work } from '../turn.ts';

type Step = Extract<Work, { kind: 'stepped' }>;

/** A step from `from` to `to` was made. */
export function propagateStop(turn: Turn, service: Service, made: Step): void {
  if (turn.state.machine.shutdown !== null) return;
  const again = isFailedRerun(made);
  if (!again && !isLoss(made)) return;
  for (const { key } of nodeOf(turn, service)?.boundBy ?? []) {
    const bound = turn.state.services.get(key);
    if (bound === undefined) continue;
    if (excludedBySafeMode(turn.state, bound.bootMember, service.definition)) continue;
    const { state } = bound;
    if ((state === 'starting' && !again) || state === 'active' || state === 'reloading')
      request(turn, bound, internal('stop', 'binds_to_propagation'));
  }
}

/** A Oneshot is run again and does not come up: to those that went on meanwhile it is lost, those that are starting wait for it. */
const isFailedRerun = ({ from, to }: Step): boolean => from === 'starting' && (to === 'failed' || to === 'backoff');

/** A Oneshot that is started again, or passes on by itself, is none; a restart is one, as of every service. */
function isLoss({ from, to, cause, restarts }: Step): boolean {
  if (from === 'completed') return restarts ? cause !== 'clean_exit' : to === 'inactive' && cause === 'explicit_stop';
  return (from === 'active' && to !== 'reloading') || (from === 'reloading' && to !== 'active');
}

/** A service is up: those that were stopped with what they are bound to may start again, whichever of their targets came last. */
export function recoverBound(turn: Turn, service: Service): void {
  for (const { key } of nodeOf(turn, service)?.hardDependents ?? []) {
    const bound = turn.state.services.get(key);
    if (bound !== undefined) recover(turn, bound);
  }
}

/**
 * Starts the service again if it was stopped with what it is bound to, and all that it needs is there. A skipped target is not what it was
 * bound to.
 */
export function recover(turn: Turn, service: Service): void {
  if (turn.state.machine.shutdown !== null) return;
  if (service.state !== 'failed' || service.cause !== 'binds_to_propagation' || service.removed) return;
  const node = nodeOf(turn, service);
  if (node === null || node.bindsTo.length === 0 || isDisabled(node)) return;
  const isThere = (target: ServiceNode): boolean => {
    const other = turn.state.services.get(target.key);
    if (other === undefined) return false;
    if (excludedBySafeMode(turn.state, service.bootMember, other.definition)) return true;
    return hasPassed(other) || (isReleased(other) && !(other.state === 'skipped' && node.bindsTo.includes(target)));
  };
  if (node.hard.every(isThere)) request(turn, service, internal('start', 'binds_to_recovery'));
}
