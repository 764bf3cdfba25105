/** What a firing came to in the end. */
import type { OperationRecord } from '../operation.ts';
import type { Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import type { FiringResult } from './timer.ts';

/** An operation of that service is over. */
export function noteResult(
  turn: Turn,
  service: Service,
  { id, error, result: state }: OperationRecord,
  ending: FiringResult['operation'],
): void {
  for (const each of service.timers) {
    const timer = turn.state.timers.get(each);
    if (timer?.last?.operation !== id) continue;
    timer.last = { ...timer.last, result: { operation: ending, state, error, at: turn.stamp.realtime } };
  }
}
