import type { AdHocJob } from '../../gen/control/types.ts';
import type { Moment } from '../policy/time.ts';
import type { AdHocView } from '../policy/view.ts';
import { formatTimestamp, formatTimestampOrNull } from '../wire/timestamp.ts';
import { secondsSinceOrNull } from './status-shape.ts';

export const jobOf = (view: AdHocView, now: Moment): AdHocJob => {
  const { description, record, startedAt, stopping, submitter, timeoutSeconds, workingDirectory } = view;
  const isOver = record.endedAt !== null;
  return {
    job_id: record.id,
    state: record.state,
    stopping,
    identity: record.identity,
    submitter: submitter.sid,
    description,
    image_path: record.imagePath,
    arguments: record.arguments,
    working_directory: workingDirectory,
    pid: record.pid,
    created_at: formatTimestamp(record.createdAt),
    started_at: formatTimestampOrNull(record.startedAt),
    uptime_seconds: isOver ? null : secondsSinceOrNull(startedAt, now),
    timeout: timeoutSeconds,
    exit_code: record.exitCode,
    exit_signal: record.exitSignal,
    failure_cause: record.failureCause,
  };
};
