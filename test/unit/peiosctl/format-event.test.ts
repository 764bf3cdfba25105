/** Lines of peiosctl events. */
import t from 'tap';
import type { TimedEvent } from '../../../clients/peiosctl/format-event.ts';
import { entryOfEvent, uselessGlob } from '../../../clients/peiosctl/format-event.ts';

const timestamp = '2026-06-01T12:00:00.000000000Z';
/** Whose it is, how grave, and what is said. */
const shown = (event: string, payload: object): string => {
  const { name, text, tone } = entryOfEvent({ event, timestamp, payload } as unknown as TimedEvent, 'boot');
  return `${name} ${tone}: ${text}`;
};

const operation = { operation_id: '1', type: 'start', service: 'web', source: 'admin', caller: null };

t.test('an event is a line for people', async (t) => {
  const step = { service: 'web', from: 'active', to: 'stopping', cause: 'explicit_stop', job_id: null, operation_id: null, detail: null };
  t.equal(shown('service.state', step), 'web plain: active -> stopping (explicit_stop)');
  const failed = { ...step, to: 'failed', cause: 'process_crash', detail: 'service web: its main process exited with code 3.' };
  t.equal(shown('service.state', failed), 'web error: active -> failed (process_crash): its main process exited with code 3.');
  t.equal(shown('service.gone', { service: 'web' }), 'web plain: is not defined any more');
  t.equal(shown('operation.requested', { ...operation, state: 'pending' }), 'web plain: start requested by admin');
  t.equal(shown('operation.completed', { ...operation, duration_ns: 5n, result: 'active' }), 'web plain: start completed: active');
  t.equal(shown('operation.failed', { ...operation, failure_reason: 'no luck' }), 'web error: start failed: no luck');
  t.equal(shown('log', { service: null, level: 'warning', text: 'it is late' }), 'null warning: warning: it is late');
  t.equal(shown('notify.status', { job_id: '1', service: 'web', generation: 0n, value: 'at work' }), 'web plain: says: at work');
  const job = { job_id: '1', service: 'web', image_path: '/bin/web', identity: 'web', token_summary: { user: 'S-1-1' } };
  t.equal(shown('job.created', { ...job, type: 'service_main' }), 'web plain: job.created: /bin/web, service_main, as web');
  t.equal(shown('job.started', { ...job, pid: 7 }), 'web plain: job.started: process 7, as web');
  const ended = { ...job, pid: 7, final_state: 'failed', failure_cause: 'exited with code 3' };
  t.equal(shown('job.ended', ended), 'web warning: job.ended: process 7 exited with code 3');
  t.equal(
    shown('job.ended', { ...ended, pid: null, final_state: 'completed', failure_cause: null }),
    'web plain: job.ended: /bin/web completed',
  );
  t.equal(
    shown('notify.errno', { ...job, pid: 7, what: 'a b', size: 5n }),
    'web warning: notify.errno image_path=/bin/web identity=web pid=7 what="a b" size="5"',
  );
});

t.test('a pattern that no event has is told, with what may be meant', async (t) => {
  for (const glob of ['service.*', '*', 'service.state', '*.failed', 'log', 'op*']) t.equal(uselessGlob(glob), null, glob);
  t.equal(uselessGlob('service'), "no event is called service, so it brings nothing; is 'service.*' meant?");
  t.match(
    uselessGlob('nosuch'),
    /^no event is called nosuch, so it brings nothing; there are access, fd_store, .*, service, .*; --service NAME takes/,
  );
  t.match(uselessGlob('a(b'), /^no event is called a\(b/);
});
