/**
 * Conflicts: before a service starts, those it conflicts with must have ended. Those on their way up or up are stopped, one in backoff
 * gives its restart up, one that is stopping is awaited, and does not start again where a restart stops it; one that could not be killed
 * makes the start fail. PSD-007 6.1, DEP-011..DEP-016.
 */
import { hasEnded } from '../attempt/waiters.ts';
import { nodeOf } from '../model.ts';
import { internal, request } from '../operations/requests.ts';
import { runningOperation } from '../operations/store.ts';
import type { Attempt, Service } from '../state.ts';
import type { Turn } from '../turn.ts';

export type Clearance = { readonly kind: 'clear' } | { readonly kind: 'wait' } | { readonly kind: 'blocked'; readonly by: Service };

export function evictOpponents(turn: Turn, service: Service, attempt: Attempt): Clearance {
  const conflicts = nodeOf(turn, service)?.conflicts ?? [];
  const opponents = conflicts.flatMap(({ key }) => turn.state.services.get(key) ?? []);
  // Nobody is stopped for a start that cannot be.
  const unbeatable = opponents.find(({ state }) => state === 'abandoned');
  if (unbeatable !== undefined) return { kind: 'blocked', by: unbeatable };
  let waits = false;
  for (const opponent of opponents) {
    switch (opponent.state) {
      case 'starting':
      case 'active':
      case 'reloading':
      case 'backoff':
        request(turn, opponent, internal('stop', 'conflict_resolution'));
        break;
      case 'stopping':
        // The stop leg of a restart: it would come up again.
        if (runningOperation(turn, opponent)?.record.type === 'restart') request(turn, opponent, internal('stop', 'conflict_resolution'));
        break;
      default:
        break;
    }
    // One in backoff has nothing that would have to end.
    if (hasEnded(opponent)) continue;
    waits = true;
    attempt.opponents.add(opponent.key);
    opponent.besiegers.add(service.key);
  }
  return { kind: waits ? 'wait' : 'clear' };
}
