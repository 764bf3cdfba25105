/** How long an operation may wait. It counts from its creation and only while it is pending; then the deadlines of the phases govern. OP-014. */

import { definitionDefaults } from '../../../gen/definition/facts.ts';
import type { OperationSource, OperationType } from '../../../gen/service/types.ts';
import { arm, disarm } from '../deadlines.ts';
import type { ServiceDefinition } from '../definition/definition.ts';
import type { Operation } from '../state.ts';
import { secondsToNs } from '../time.ts';
import type { Turn } from '../turn.ts';
import { finishOperation } from './store.ts';

/** Null: it never expires. */
export function lifetimeNs(type: OperationType, source: OperationSource, definition: ServiceDefinition | null): bigint | null {
  if (source !== 'admin') return null;
  const { startTimeout, stopTimeout } = definition ?? definitionDefaults;
  switch (type) {
    case 'start':
    case 'reload':
      return secondsToNs(startTimeout);
    case 'stop':
      return secondsToNs(stopTimeout);
    case 'restart':
      return secondsToNs(startTimeout + stopTimeout);
    case 'reset':
      return null;
    default:
      return unknownType(type);
  }
}

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
  const text = `operation_timeout: the ${type} of ${service} was not begun within its lifetime. See what holds the service up, and try again.`;
  finishOperation(turn, operation, 'failed', { error: text, expired: true });
}

function unknownType(type: never): never {
  throw new Error(`operation of unknown type ${JSON.stringify(type)}`);
}
