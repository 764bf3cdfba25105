/**
 * The steps that PSD-007 5.1 lists, with their causes, typed by hand from its rules: the daemon and its schema are compared with this
 * table, and nothing here is taken from them.
 */
import type { Cause, State } from '../../gen/service/types.ts';

interface Row {
  readonly from: State;
  readonly to: State;
  readonly causes: readonly Cause[];
}

const started: readonly Cause[] = ['explicit_start', 'dependency_start', 'restart_policy', 'binds_to_recovery'];
const stopped: readonly Cause[] = ['explicit_stop', 'conflict_eviction', 'binds_to_propagation'];
/** `mount_failure` is ours. O-173. */
const notStarted: readonly Cause[] = [
  'readiness_timeout',
  'pre_hook_failure',
  'pre_exec_failure',
  'parent_setup_failure',
  'process_crash',
  'mount_failure',
];

const listedSteps: readonly Row[] = [
  { from: 'inactive', to: 'starting', causes: ['explicit_start', 'dependency_start'] },
  { from: 'inactive', to: 'skipped', causes: ['condition_skipped'] },
  { from: 'inactive', to: 'failed', causes: ['validation_error', 'assertion_error', 'cycle_detected', 'dependency_failure'] },
  { from: 'starting', to: 'active', causes: started },
  { from: 'starting', to: 'completed', causes: started },
  { from: 'starting', to: 'backoff', causes: notStarted },
  { from: 'starting', to: 'stopping', causes: [...stopped, 'process_unkillable'] },
  {
    from: 'starting',
    to: 'failed',
    causes: [...notStarted, 'dependency_failure', 'restart_budget_exhausted', 'assertion_error', 'shutdown_wave'],
  },
  { from: 'starting', to: 'skipped', causes: ['condition_skipped'] },
  { from: 'active', to: 'reloading', causes: ['explicit_reload'] },
  { from: 'active', to: 'stopping', causes: [...stopped, 'shutdown_wave', 'process_unkillable'] },
  { from: 'active', to: 'backoff', causes: ['process_crash', 'health_check_failure', 'watchdog_timeout', 'clean_exit_restart'] },
  { from: 'active', to: 'failed', causes: ['process_crash', 'health_check_failure', 'watchdog_timeout', 'restart_budget_exhausted'] },
  { from: 'active', to: 'inactive', causes: ['clean_exit'] },
  { from: 'reloading', to: 'active', causes: ['explicit_reload'] },
  { from: 'reloading', to: 'stopping', causes: [...stopped, 'shutdown_wave', 'process_unkillable'] },
  { from: 'reloading', to: 'backoff', causes: ['process_crash', 'health_check_failure'] },
  { from: 'reloading', to: 'failed', causes: ['process_crash', 'health_check_failure', 'restart_budget_exhausted'] },
  { from: 'stopping', to: 'inactive', causes: ['explicit_stop', 'shutdown_wave'] },
  { from: 'stopping', to: 'failed', causes: ['conflict_eviction', 'binds_to_propagation'] },
  { from: 'stopping', to: 'abandoned', causes: ['process_unkillable'] },
  { from: 'stopping', to: 'starting', causes: ['explicit_start'] },
  // By itself, by a stop, by the shutdown; and on the way to a new start whose condition or assert does not hold.
  { from: 'completed', to: 'inactive', causes: ['clean_exit', 'explicit_stop', 'shutdown_wave', 'explicit_start', 'dependency_start'] },
  { from: 'completed', to: 'starting', causes: ['explicit_start'] },
  { from: 'backoff', to: 'starting', causes: ['restart_policy', 'explicit_start'] },
  { from: 'backoff', to: 'inactive', causes: ['explicit_stop', 'conflict_eviction'] },
  { from: 'failed', to: 'starting', causes: ['explicit_start', 'dependency_start', 'binds_to_recovery'] },
  { from: 'failed', to: 'inactive', causes: ['explicit_reset', 'explicit_start', 'dependency_start', 'binds_to_recovery'] },
  { from: 'failed', to: 'abandoned', causes: ['process_unkillable'] },
  { from: 'abandoned', to: 'inactive', causes: ['explicit_reset'] },
  { from: 'skipped', to: 'inactive', causes: ['explicit_reset', 'explicit_start'] },
];

/** from>to cause */
export const listedTexts: readonly string[] = listedSteps.flatMap(({ from, to, causes }) =>
  causes.map((cause) => `${from}>${to} ${cause}`),
);
