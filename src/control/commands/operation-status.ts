import type { Handler } from '../context.ts';
import { operationOf } from '../operation-shape.ts';

/** Command operation-status: how far an operation is. PSD-007 11.2, CMD-026. */
export const operationStatus: Handler<'operation-status'> = ({ desk, caller, operation }) => {
  const error = desk.discretion.text(caller, operation.error, operation.service);
  return { operation: operationOf({ ...operation, error }) };
};
