import type { Operation } from '../../gen/service/types.ts';
import type { OperationRecord } from '../policy/operation.ts';
import { formatTimestamp, formatTimestampOrNull } from '../wire/timestamp.ts';

/** An operation as clients see it. PSD-007 11.2, WIRE-031, WIRE-032. */
export const operationOf = (record: OperationRecord): Operation => ({
  id: record.id,
  type: record.type,
  service: record.service,
  source: record.source,
  state: record.state,
  result: record.result,
  merged_into: record.mergedInto,
  error: record.error,
  requested_at: formatTimestamp(record.requestedAt),
  started_at: formatTimestampOrNull(record.startedAt),
  completed_at: formatTimestampOrNull(record.completedAt),
});
