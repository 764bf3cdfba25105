import type { OperationSource, OperationState, OperationType, ReloadMode, State } from '../../gen/service/types.ts';
import type { RealtimeNs } from './time.ts';

/** Whether the service must be defined: of one whose definition is gone, what still runs can only be stopped. WIRE-016. */
export const needsDefinition: { readonly [T in OperationType]: boolean } = {
  start: true,
  stop: false,
  restart: true,
  reload: true,
  reset: false,
};

/** How the error of one begins whose lifetime was over while it was pending. WIRE-039. */
export const expiredPrefix = 'operation_timeout: ';

/** An operation as it is at one moment. PSD-007 8.1. */
export interface OperationRecord {
  readonly id: string;
  readonly type: OperationType;
  readonly service: string;
  readonly source: OperationSource;
  /** The caller in words; null unless the source is admin. OP-004. */
  readonly caller: string | null;
  readonly state: OperationState;
  /** State of the service; only when completed. */
  readonly result: State | null;
  /** Only when merged. */
  readonly mergedInto: string | null;
  /** Only when failed, cancelled or aborted. */
  readonly error: string | null;
  /** Reloads that are over: how it went. */
  readonly reloadMode: ReloadMode | null;
  /** What its stop had to kill, in words; null: nothing. O-25. */
  readonly forced: string | null;
  /** Its lifetime was over while it was pending: waiters get OPERATION_TIMEOUT. OP-014. */
  readonly expired: boolean;
  readonly requestedAt: RealtimeNs;
  readonly startedAt: RealtimeNs | null;
  readonly completedAt: RealtimeNs | null;
}
