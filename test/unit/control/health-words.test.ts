/** The health row of peiosctl status. */
import t from 'tap';
import { formatStatus } from '../../../clients/peiosctl/format-status.ts';
import type { StatusResponse } from '../../../gen/control/types.ts';

const at = '2026-06-01T12:00:00.000000000Z';
const status: StatusResponse = {
  service: 'web',
  state: 'active',
  cause: null,
  status_text: null,
  current_job: null,
  current_operation: null,
  health: 'unhealthy',
  uptime_seconds: null,
  definition_removed: false,
  warnings: [],
  since: null,
  detail: null,
  waiting_for: [],
  restart: null,
  display_name: null,
  output: [],
  stored_descriptors: [],
  health_check: null,
  since_seconds: null,
};
type Last = Partial<NonNullable<StatusResponse['health_check']>>;

function healthRow(health: StatusResponse['health'], last: Last | null): string | undefined {
  const none = { result: 'failed', exit_code: null, exit_signal: null, at, failures_in_a_row: 0, retries: 3, seconds_ago: 3 } as const;
  const told = { ...status, health, health_check: last === null ? null : { ...none, ...last } };
  const lines = formatStatus(told, (_style, text) => text, null);
  return lines.find((line) => line.startsWith('  health'))?.slice(13);
}

t.test('status tells the last check in words', async (t) => {
  t.equal(
    healthRow('unhealthy', { exit_code: 3, failures_in_a_row: 2 }),
    'unhealthy: the last check, 3 s ago, exited with code 3 (failure 2 of 3)',
  );
  t.match(healthRow('unhealthy', { exit_signal: 11, failures_in_a_row: 1 }), /was killed by signal 11 \(failure 1 of 3\)/);
  t.match(healthRow('unhealthy', { result: 'timed_out', failures_in_a_row: 1 }), /took too long and was killed \(failure 1 of 3\)/);
  t.match(healthRow('unhealthy', { result: 'not_started', failures_in_a_row: 1 }), /could not be started \(failure 1 of 3\)/);
  t.equal(healthRow('healthy', { result: 'passed', exit_code: 0 }), 'healthy: the last check, 3 s ago, passed');
  t.equal(healthRow('unknown', null), 'unknown');
  t.equal(healthRow(null, null), undefined);
});
