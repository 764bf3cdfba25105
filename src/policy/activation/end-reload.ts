/** The end of a reload, of itself or because the activation ends. */
import { disarm } from '../deadlines.ts';
import { findOperation, finishOperation } from '../operations/store.ts';
import type { Activation, Operation, Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { killPart } from './tokens.ts';

/** @returns the operation, unless something else ended it */
export function endReload(turn: Turn, activation: Activation): Operation | undefined {
  const id = activation.reload?.operation;
  activation.reload = null;
  const operation = id === undefined ? undefined : findOperation(turn, id);
  return operation?.record.state === 'running' ? operation : undefined;
}

/** The activation ends, or is to stop: the reload is over without a result. RLD-008, RLD-009. */
export function abortReload(turn: Turn, service: Service, activation: Activation, why: string): void {
  if (activation.reload === null) return;
  disarm(turn, 'reload', service.key);
  if (activation.reloadJob !== null) killPart(turn, service, activation, activation.parts.hooks);
  const operation = endReload(turn, activation);
  if (operation !== undefined) finishOperation(turn, operation, 'aborted', { error: why, reloadMode: 'failed' });
}
