/** A service in the answer to timeline, as one that was never started but for what the test says. */
import type { TimelineService } from '../../gen/control/types.ts';

export const serviceOf = (service: string, change: Partial<TimelineService> = {}): TimelineService => ({
  service,
  state: 'inactive',
  boot: true,
  critical: false,
  asked_us: null,
  checked_us: null,
  freed_us: null,
  freed_by: null,
  retried_us: null,
  launched_us: null,
  prepared_us: null,
  granted_us: null,
  running_us: null,
  up_us: null,
  released_us: null,
  ended_us: null,
  changes: [],
  requires: [],
  binds_to: [],
  wants: [],
  conflicts: [],
  on_failure: [],
  ...change,
});
