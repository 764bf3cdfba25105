/** Lines of peiosctl events. */
import t from 'tap';
import { formatEvent, uselessGlob } from '../../../clients/peiosctl/format-event.ts';
import { formatInstant } from '../../../clients/peiosctl/time.ts';
import type { SubscribeResponse } from '../../../gen/control/types.ts';

const timestamp = '2026-06-01T12:00:00.000000000Z';
const now = Date.parse(timestamp);
const time = formatInstant(timestamp).slice(11);
const shown = (event: string, payload: object): string =>
  formatEvent({ kind: 'event', id: 1, event, timestamp, payload } as unknown as SubscribeResponse, now);

const operation = { operation_id: '1', type: 'start', service: 'web', source: 'admin', caller: null };

t.test('an event is a line for people', async (t) => {
  const step = { service: 'web', from: 'active', to: 'stopping', cause: 'explicit_stop', job_id: null, operation_id: null, detail: null };
  t.equal(shown('service.state', step), `${time}  web  active -> stopping (explicit_stop)`);
  const failed = { ...step, to: 'failed', cause: 'process_crash', detail: 'service web: its main process exited with code 3.' };
  t.equal(shown('service.state', failed), `${time}  web  active -> failed (process_crash): its main process exited with code 3.`);
  t.equal(shown('service.gone', { service: 'web' }), `${time}  web  is not defined any more`);
  t.equal(shown('operation.requested', { ...operation, state: 'pending' }), `${time}  web  start requested by admin`);
  t.equal(shown('operation.completed', { ...operation, duration_ns: 5n, result: 'active' }), `${time}  web  start completed: active`);
  t.equal(shown('operation.failed', { ...operation, failure_reason: 'no luck' }), `${time}  web  start failed: no luck`);
  t.equal(shown('log', { service: null, level: 'warning', text: 'it is late' }), `${time}  warning: it is late`);
  t.equal(
    shown('job.started', { job_id: '1', service: 'web', pid: 7, cgroup_id: 'web', what: 'a b', size: 5n }),
    `${time}  web  job.started pid=7 what="a b" size="5"`,
  );
  t.equal(formatEvent({ kind: 'lagged' }), 'events were lost: this reader was too slow, or asked for what is gone');
});

t.test('a pattern that no event has is told, with what may be meant', async (t) => {
  for (const glob of ['service.*', '*', 'service.state', '*.failed', 'log', 'op*']) t.equal(uselessGlob(glob), null, glob);
  t.equal(uselessGlob('service'), "no event is called service, so it brings nothing; is 'service.*' meant?");
  t.match(uselessGlob('nosuch'), /^no event is called nosuch, so it brings nothing; there are access, fd_store, .*, service$/);
  t.match(uselessGlob('a(b'), /^no event is called a\(b/);
});
