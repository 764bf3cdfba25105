import t from 'tap';
import { createEventsOfEffect } from '../../../src/events/from-effects.ts';
import { operationId, operationRecord } from '../../support/fake-policy.ts';

const id = operationId(1);
const six = { operation_id: id, type: 'start', service: 'web', source: 'admin', caller: null };
const requestedAt = 100n;

t.test('EVT-004 EVT-005 EVT-006 EVT-015 an operation that is born over shows its request, its beginning and its end', async (t) => {
  const eventsOf = createEventsOfEffect(() => true);
  const operation = operationRecord(id, 'web', { state: 'completed', result: 'active', requestedAt, startedAt: 120n, completedAt: 150n });
  t.strictSame(eventsOf({ kind: 'operation-changed', operation }), [
    { at: 100n, event: { event: 'operation.requested', payload: { ...six, state: 'pending' } } },
    { at: 120n, event: { event: 'operation.started', payload: { ...six, state: 'running' } } },
    { at: 150n, event: { event: 'operation.completed', payload: { ...six, state: 'completed', duration_ns: 50n, result: 'active' } } },
  ]);
});

t.test('EVT-004 EVT-005 EVT-010 a change that says nothing new is no event, and an operation that is over is forgotten', async (t) => {
  const eventsOf = createEventsOfEffect(() => true);
  const names = (change: Parameters<typeof operationRecord>[2]): readonly string[] =>
    eventsOf({ kind: 'operation-changed', operation: operationRecord(id, 'web', { requestedAt, ...change }) }).map(
      ({ event }) => event.event,
    );
  t.strictSame(names({}), ['operation.requested']);
  t.strictSame(names({}), []);
  t.strictSame(names({ state: 'running', startedAt: 120n }), ['operation.started']);
  t.strictSame(names({ state: 'running', startedAt: 120n }), []);
  t.strictSame(names({ state: 'aborted', startedAt: 120n, completedAt: 130n, error: 'x' }), ['operation.aborted']);
  t.strictSame(names({}), ['operation.requested'], 'nothing is kept of it');
});

t.test('O-127 a firing is an event of its own, with the time that it was for', async (t) => {
  const eventsOf = createEventsOfEffect(() => true);
  const fired = { kind: 'timer-fired', service: 'web', key: 'web', schedule: 'daily', reason: null, at: 5n } as const;
  const payload = { service: 'web', schedule: 'daily', reason: null };
  t.strictSame(
    [
      ...eventsOf({ ...fired, scheduled: 1_000_000_000n, outcome: 'started', operation: id }),
      ...eventsOf({ ...fired, scheduled: null, outcome: 'pending', operation: null }),
    ],
    [
      {
        at: 5n,
        event: {
          event: 'timer.fired',
          payload: { ...payload, scheduled: '1970-01-01T00:00:01.000000000Z', outcome: 'started', operation_id: id },
        },
      },
      { at: 5n, event: { event: 'timer.fired', payload: { ...payload, scheduled: null, outcome: 'pending', operation_id: null } } },
    ],
  );
});

t.test('CAUSE-027 EVT-013 lines of the log, records and the failure of a Critical service are events, others are none', async (t) => {
  const eventsOf = createEventsOfEffect(() => true);
  const record = { event: 'graph.validation_error', payload: { service: 'web', field: 'Type', message: 'x' } } as const;
  t.strictSame(
    [
      eventsOf({ kind: 'report', level: 'warning', console: true, text: 'careful', service: 'web', at: 1n }),
      eventsOf({ kind: 'recorded', at: 2n, event: record }),
      eventsOf({ kind: 'critical-failure', service: 'web', detail: 'it ended', at: 3n }),
      eventsOf({ kind: 'safe-mode', reason: 'a cycle', at: 4n }),
      eventsOf({ kind: 'boot-confirmed', at: 5n }),
      eventsOf({ kind: 'settled' }),
      eventsOf({ kind: 'clear-fd-store', service: 'web', key: 'web' }),
    ],
    [
      [{ at: 1n, event: { event: 'log', payload: { service: 'web', level: 'warning', text: 'careful' } } }],
      [{ at: 2n, event: record }],
      [{ at: 3n, event: { event: 'machine.critical_failure', payload: { service: 'web' } } }],
      [{ at: 4n, event: { event: 'machine.safe_mode', payload: { reason: 'a cycle' } } }],
      [{ at: 5n, event: { event: 'machine.boot_confirmed', payload: {} } }],
      [],
      [],
    ],
  );
});
