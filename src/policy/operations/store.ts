/** Operations from their creation to 60 s after their end. PSD-007 8.1. */

import type { OperationSource, OperationState, OperationType, ReloadMode, State } from '../../../gen/service/types.ts';
import { arm, disarm, isArmed } from '../deadlines.ts';
import type { OperationRecord } from '../operation.ts';
import type { Operation, Service } from '../state.ts';
import { after } from '../time.ts';
import { noteResult } from '../timers/results.ts';
import type { Turn } from '../turn.ts';
import { lookLater, newId } from '../turn.ts';
import { lifetimeNs } from './lifetime.ts';

/** How long an ended operation can be asked for. OP-015. */
const retentionNs = 60_000_000_000n;
/** Beyond so many bytes the oldest go earlier, down to so many: clients must not fill the memory of PID 1. D-62. */
const maxRetainedBytes = 4_194_304;
const keptRetainedBytes = 3_670_016;
/** A record without its texts. */
const recordBytes = 500;
/** Ended operations are dropped in batches at most this far apart: a flood must not wake PID 1 for each of them. */
const batchNs = 1_000_000_000n;

export const findOperation = (turn: Turn, id: string): Operation | undefined => turn.state.operations.get(id);

/** Oldest first; a copy. */
export const liveOperations = (turn: Turn, service: Service): Operation[] =>
  service.operations.flatMap((id) => turn.state.operations.get(id) ?? []);

export const runningOperation = (turn: Turn, service: Service): Operation | undefined => liveWhere(turn, service, isRunning);
const isRunning = ({ record }: Operation): boolean => record.state === 'running';

export const isStart = ({ record }: Operation): boolean => record.type === 'start' || record.type === 'restart';

/** The oldest live operation of which that holds. */
export function liveWhere(turn: Turn, service: Service, holds: (operation: Operation) => boolean): Operation | undefined {
  for (const id of service.operations) {
    const operation = turn.state.operations.get(id);
    if (operation !== undefined && holds(operation)) return operation;
  }
  return undefined;
}

export function createOperation(
  turn: Turn,
  service: Service,
  type: OperationType,
  source: OperationSource,
  caller: string | null = null,
  run: string | null = null,
): Operation {
  const record: OperationRecord = {
    id: newId(turn),
    type,
    service: service.name,
    source,
    caller,
    state: 'pending',
    result: null,
    mergedInto: null,
    error: null,
    reloadMode: null,
    forced: null,
    expired: false,
    requestedAt: turn.stamp.realtime,
    startedAt: null,
    completedAt: null,
  };
  const lifetime = lifetimeNs(type, source, service.definition);
  const expiresAt = lifetime === null ? null : after(turn.stamp.monotonic, lifetime);
  const operation: Operation = {
    record,
    serviceKey: service.key,
    createdAt: turn.stamp.monotonic,
    expiresAt,
    claimed: source !== 'dependency_propagation',
    run,
  };
  turn.state.operations.set(record.id, operation);
  service.operations.push(record.id);
  turn.touched.add(service);
  tell(turn, operation);
  return operation;
}

/** Pending to running. */
export function beginOperation(turn: Turn, operation: Operation): void {
  if (operation.record.state !== 'pending') return;
  operation.record = { ...operation.record, state: 'running', startedAt: turn.stamp.realtime };
  tell(turn, operation);
  disarm(turn, 'expiry', operation.record.id);
}

export type OverState = Extract<OperationState, 'completed' | 'failed' | 'cancelled' | 'aborted'>;

export interface Ending {
  readonly error?: string;
  readonly result?: State;
  readonly reloadMode?: ReloadMode;
  readonly expired?: boolean;
}

/** The operation is over; its service looks for what comes next. */
export function finishOperation(turn: Turn, operation: Operation, state: OverState, ending: Ending = {}): void {
  const service = turn.state.services.get(operation.serviceKey);
  if (state === 'completed') beginOperation(turn, operation);
  disarm(turn, 'expiry', operation.record.id);
  operation.record = {
    ...operation.record,
    state,
    result: ending.result ?? null,
    error: ending.error ?? null,
    reloadMode: ending.reloadMode ?? null,
    expired: ending.expired ?? false,
    completedAt: turn.stamp.realtime,
  };
  tell(turn, operation);
  retain(turn, operation.record);
  if (service === undefined) return;
  const at = service.operations.indexOf(operation.record.id);
  if (at >= 0) service.operations.splice(at, 1);
  noteResult(turn, service, operation.record, state);
  turn.touched.add(service);
  lookLater(turn, service);
}

/** A request that joins another one is recorded as an operation of its own. OPC-001, D-61. */
export function recordMerged(
  turn: Turn,
  service: Service,
  into: Operation,
  type: OperationType,
  source: OperationSource,
  caller: string | null,
): void {
  const operation = createOperation(turn, service, type, source, caller);
  service.operations.splice(service.operations.indexOf(operation.record.id), 1);
  operation.record = { ...operation.record, state: 'merged', mergedInto: into.record.id, completedAt: turn.stamp.realtime };
  tell(turn, operation);
  retain(turn, operation.record);
}

/** Drops what ended more than 60 s ago. */
export function dropRetained(turn: Turn): void {
  const { retained } = turn.state;
  const kept = retained.findIndex(({ dropAt }) => dropAt > turn.stamp.monotonic);
  drop(turn, kept < 0 ? retained.length : kept);
  armRetention(turn);
}

function retain(turn: Turn, { id, service, caller, error }: OperationRecord): void {
  const { state } = turn;
  const bytes = recordBytes + service.length + (caller?.length ?? 0) + (error?.length ?? 0);
  state.retained.push({ id, dropAt: after(turn.stamp.monotonic, retentionNs), bytes });
  state.retainedBytes += bytes;
  if (state.retainedBytes > maxRetainedBytes) {
    let count = 0;
    for (let left = state.retainedBytes; left > keptRetainedBytes; count++) left -= state.retained[count]?.bytes ?? left;
    drop(turn, count);
  }
  if (!isArmed(turn, 'retention', '')) armRetention(turn);
}

/** The oldest ones. */
function drop({ state }: Turn, count: number): void {
  for (const { id, bytes } of state.retained.splice(0, count)) {
    state.operations.delete(id);
    state.retainedBytes -= bytes;
  }
}

function armRetention(turn: Turn): void {
  const [oldest] = turn.state.retained;
  if (oldest === undefined) return;
  const soonest = after(turn.stamp.monotonic, batchNs);
  arm(turn, 'retention', '', oldest.dropAt > soonest ? oldest.dropAt : soonest);
}

function tell(turn: Turn, operation: Operation): void {
  turn.effects.push({ kind: 'operation-changed', operation: operation.record });
}
