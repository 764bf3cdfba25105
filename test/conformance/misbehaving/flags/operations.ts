/** Operations as objects. */
import type { JsonObject } from '../../json.ts';
import { isObject } from '../../json.ts';
import type { Flag } from '../flag.ts';
import { answers, everywhere, flag, refusal } from '../flag.ts';

const control = flag('control');
const operation = (change: (operation: JsonObject) => JsonObject) =>
  answers(['operation-status'], (line) => (isObject(line['operation']) ? { ...line, operation: change(line['operation']) } : line));
const ids = (change: (id: string) => string) =>
  answers([], (line) =>
    everywhere(line, (name, value) =>
      name === 'operation_id' || name === 'id' ? (typeof value === 'string' ? change(value) : value) : value,
    ),
  );

export const operationFlags: readonly Flag[] = [
  control(
    'operations-forgotten',
    'an operation that is over is forgotten at once',
    ['matrix/start/inactive'],
    answers(['operation-status'], () => refusal('UNKNOWN_OPERATION')),
  ),
  control(
    'ids-in-capitals',
    'ids are in capitals',
    ['matrix/start/inactive'],
    ids((id) => id.toUpperCase()),
  ),
  control(
    'ids-of-version-4',
    'ids are no UUID of version 7',
    ['matrix/start/inactive'],
    ids((id) => id.replace(/^(.{14})7/, '$14')),
  ),
  control(
    'merged-runs',
    'a request that joins another one is told as running by itself',
    ['events/requests/merged-and-aborted'],
    operation((one) => (one['state'] === 'merged' ? { ...one, state: 'completed', result: 'active', merged_into: null } : one)),
  ),
  control(
    'merged-into-nothing',
    'a merged operation does not say into which one',
    ['events/requests/merged-and-aborted'],
    operation((one) => ({ ...one, merged_into: null })),
  ),
  control(
    'cancelled-is-failed',
    'an operation that another one cancelled is told as failed',
    ['conflicts/pending-restart/stop'],
    operation((one) => (one['state'] === 'cancelled' ? { ...one, state: 'failed' } : one)),
  ),
  control(
    'aborted-is-cancelled',
    'an operation that ran and was cut short is told as cancelled',
    ['conflicts/running-reload/stop'],
    operation((one) => (one['state'] === 'aborted' ? { ...one, state: 'cancelled' } : one)),
  ),
  control(
    'no-result',
    'an operation does not tell what came of it',
    ['matrix/start/inactive'],
    operation((one) => ({ ...one, result: null })),
  ),
  control(
    'no-error',
    'an operation that did not succeed does not tell why',
    ['errors/operations/dependency-failure'],
    operation((one) => ({ ...one, error: null })),
  ),
  control(
    'source-is-internal',
    'an operation of a caller has another source',
    ['matrix/start/inactive'],
    operation((one) => ({ ...one, source: 'boot' })),
  ),
  control(
    'times-in-milliseconds',
    'times have three digits of a second',
    ['matrix/status/active'],
    answers([], (line) =>
      everywhere(line, (_name, value) =>
        typeof value === 'string' ? value.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d{6}Z$/, '$1Z') : value,
      ),
    ),
  ),
  control(
    'times-with-offset',
    'times have an offset instead of Z',
    ['matrix/status/active'],
    answers([], (line) =>
      everywhere(line, (_name, value) =>
        typeof value === 'string' ? value.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9})Z$/, '$1+00:00') : value,
      ),
    ),
  ),
];
