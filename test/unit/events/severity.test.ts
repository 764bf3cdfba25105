/** What the schema says of each event beside its content: how grave it is, and what it is about. */
import t from 'tap';
import type { EventName, EventOf } from '../../../gen/events/events.ts';
import {
  jobEnded,
  log,
  machineRecovery,
  operationFailed,
  operationMerged,
  serviceState,
  severityOf,
  subjectsOf,
} from '../../../gen/events/events.ts';
import { logLevelNames } from '../../../gen/events/types.ts';
import type { JobState } from '../../../gen/service/types.ts';
import { jobStateNames, stateNames } from '../../../gen/service/types.ts';

const state = (to: (typeof stateNames)[number]): EventOf<'service.state'> =>
  serviceState({ service: 'web', from: 'active', to, cause: 'process_crash', job_id: 'j', operation_id: null, detail: null });

const ended = (final: JobState): EventOf<'job.ended'> =>
  jobEnded({
    job_id: 'j',
    service: null,
    type: 'service_main',
    final_state: final,
    image_path: '/bin/true',
    arguments: [],
    identity: 'SYSTEM',
    operation_id: 'o',
    cgroup_id: null,
    cgroup_gen: 1,
    pid: 1,
    created_at: 't',
    started_at: null,
    ended_at: 't',
    duration_ns: 1,
    exit_code: 0,
    exit_signal: null,
    failure_cause: null,
    token_summary: null,
  });

const operation = { operation_id: 'o', type: 'start', service: 'web', source: 'admin', caller: null } as const;

t.test('a step is as grave as the state that it leads to', async (t) => {
  t.strictSame(Object.fromEntries(stateNames.map((to) => [to, severityOf(state(to))])), {
    inactive: 'info',
    starting: 'info',
    active: 'info',
    reloading: 'info',
    stopping: 'info',
    completed: 'info',
    backoff: 'warning',
    failed: 'error',
    abandoned: 'error',
    skipped: 'info',
  });
});

t.test('a job is as grave as its end, and a line of the log as its level', async (t) => {
  t.strictSame(
    jobStateNames.map((final) => severityOf(ended(final))),
    ['info', 'info', 'info', 'warning', 'error'],
  );
  t.strictSame(
    logLevelNames.map((level) => severityOf(log({ service: null, level, text: 'x' }))),
    ['info', 'warning', 'error'],
  );
});

t.test('other events are always as grave as the schema says, and what is not known is info', async (t) => {
  t.equal(severityOf(machineRecovery({ reason: 'x' })), 'error');
  t.equal(severityOf(operationFailed({ ...operation, state: 'failed', duration_ns: 1, failure_reason: null })), 'error');
  t.equal(severityOf(operationMerged({ ...operation, state: 'merged', merged_into: 'p' })), 'info');
  const foreign: EventOf[] = [
    { event: 'lamp.lit' as EventName, payload: {} } as EventOf,
    { event: 'service.state', payload: {} } as EventOf,
    { event: 'service.state', payload: { to: 'toString' } } as unknown as EventOf,
    { event: 'toString' as EventName, payload: {} } as EventOf,
  ];
  for (const event of foreign) t.equal(severityOf(event), 'info', JSON.stringify(event));
});

t.test('an event tells which service, job, operation and cause it is about', async (t) => {
  t.strictSame(subjectsOf(state('failed')), { service: 'web', job: 'j', operation: null, cause: 'process_crash' });
  t.strictSame(subjectsOf(ended('completed')), { service: null, job: 'j', operation: 'o', cause: null });
  t.strictSame(subjectsOf(machineRecovery({ reason: 'x' })), { service: null, job: null, operation: null, cause: null });
});
