/**
 * A Oneshot whose timers fired while it ran is run once more when that is over, however often they fired. Whatever stops it takes that
 * back, not only who asks for the stop: an opponent that was started must not be stopped again by it. TMR-024, TMR-025, O-129.
 */
import { internal, request } from '../operations/requests.ts';
import type { Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { whyAllIdle } from './idle.ts';

/** It made a step, and may have ended with it. */
export function runPending(turn: Turn, service: Service): void {
  switch (service.state) {
    case 'inactive':
    case 'completed':
    case 'failed':
      return start(turn, service);
    // It never ran, or nobody can run it.
    case 'skipped':
    case 'abandoned':
      service.pendingRun = false;
      return;
    case 'starting':
    case 'active':
    case 'reloading':
    case 'stopping':
    case 'backoff':
      return;
    default:
      return service.state satisfies never;
  }
}

function start(turn: Turn, service: Service): void {
  const { machine, timers } = turn.state;
  service.pendingRun = false;
  if (whyAllIdle(turn.state, service) !== null || machine.criticalFailure !== null) return;
  const asked = request(turn, service, internal('start', 'timer'));
  if (asked.kind !== 'accepted') return;
  for (const id of service.timers) {
    const timer = timers.get(id);
    if (timer?.last?.outcome !== 'pending' || timer.last.operation !== null) continue;
    timer.last = { ...timer.last, operation: asked.operation.record.id };
  }
}
