/** The end of an operation's lifetime. OP-014. */
import { arm, disarm } from '../deadlines.ts';
import type { Operation } from '../state.ts';
import type { Turn } from '../turn.ts';
import { finishOperation } from './store.ts';

/** Arms the end of those that this event left pending. */
export function armExpiry(turn: Turn, operation: Operation): void {
  if (operation.record.state === 'pending' && operation.expiresAt !== null) arm(turn, 'expiry', operation.record.id, operation.expiresAt);
}

/** The lifetime of a pending operation is over. No service is touched. OP-019. */
export function expire(turn: Turn, id: string): void {
  const operation = turn.state.operations.get(id);
  if (operation === undefined || operation.record.state !== 'pending') return;
  disarm(turn, 'expiry', operation.record.id);
  const { type, service } = operation.record;
  const remedy = 'See what holds the service up, and try again.';
  const text = `operation_timeout: the ${type} of ${service} was not begun within its lifetime. ${remedy}`;
  finishOperation(turn, operation, 'failed', { error: text, expired: true });
}
