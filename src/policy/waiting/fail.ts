/** Starts that cannot be: the service becomes failed without having been started, by way of listed steps. */
import type { Cause } from '../../../gen/service/types.ts';
import { dropActivation } from '../activation/drop.ts';
import { dropAttempt, startCause } from '../attempt/attempt.ts';
import { beginOperation, finishOperation } from '../operations/store.ts';
import type { Operation, Service } from '../state.ts';
import { listedCause, step } from '../steps.ts';
import type { Turn } from '../turn.ts';

export function failAttempt(turn: Turn, service: Service, operation: Operation, cause: Cause, message: string): void {
  if (service.state === 'starting') beginOperation(turn, operation);
  if (service.state === 'failed' && service.cause === cause) return failOperationOnly(turn, service, operation, `${cause}: ${message}`);
  if (service.state === 'backoff')
    step(turn, service, 'starting', listedCause('backoff', 'starting', startCause(operation), 'explicit_start'));
  leaveOldState(turn, service, operation);
  step(turn, service, 'failed', service.state === 'starting' ? 'dependency_failure' : cause, message);
  dropAttempt(turn, service);
  dropActivation(turn, service);
  finishOperation(turn, operation, 'failed', { error: `${cause}: ${message}` });
}

export function failOperationOnly(turn: Turn, service: Service, operation: Operation, error: string): void {
  dropAttempt(turn, service);
  finishOperation(turn, operation, 'failed', { error });
}

/** Failed, completed and skipped lead to skipped and failed only by way of inactive. ST-044. */
export function leaveOldState(turn: Turn, service: Service, operation: Operation): void {
  const { state } = service;
  if (state !== 'failed' && state !== 'completed' && state !== 'skipped') return;
  dropActivation(turn, service);
  step(turn, service, 'inactive', listedCause(state, 'inactive', startCause(operation), 'explicit_start'));
}
