/**
 * BindsTo. A service stops with the one it is bound to, at the moment that one leaves active for whatever reason, and starts again when
 * that one is up and all else it needs is. PSD-007 6.1, DEP-008..DEP-010, D-48, D-49.
 */
import type { Cause, State } from '../../gen/service/types.ts';
import { nodeOf } from './model.ts';
import { internal, request } from './operations/requests.ts';
import { isReleased } from './starts/satisfaction.ts';
import type { Service } from './state.ts';
import type { Turn } from './turn.ts';

/** A step from `from` to `to` was made. */
export function propagateStop(turn: Turn, service: Service, from: State, to: State, cause: Cause): void {
  if (turn.state.machine.shutdown !== null || !isLoss(from, to, cause)) return;
  for (const { key } of nodeOf(turn, service)?.boundBy ?? []) {
    const bound = turn.state.services.get(key);
    if (bound === undefined) continue;
    const { state } = bound;
    if (state === 'starting' || state === 'active' || state === 'reloading') request(turn, bound, internal('stop', 'binds_to_propagation'));
  }
}

/** A Oneshot that is run again, or passes on by itself, is none. */
function isLoss(from: State, to: State, cause: Cause): boolean {
  if (from === 'completed') return to === 'inactive' && cause === 'explicit_stop';
  return (from === 'active' && to !== 'reloading') || (from === 'reloading' && to !== 'active');
}

/** A service is up. */
export function recoverBound(turn: Turn, service: Service): void {
  if (turn.state.machine.shutdown !== null) return;
  for (const { key, hard } of nodeOf(turn, service)?.boundBy ?? []) {
    const bound = turn.state.services.get(key);
    if (bound?.state !== 'failed' || bound.cause !== 'binds_to_propagation' || bound.removed) continue;
    const ready = hard.every((target) => {
      const other = turn.state.services.get(target.key);
      return other !== undefined && isReleased(other);
    });
    if (ready) request(turn, bound, internal('start', 'binds_to_recovery'));
  }
}
