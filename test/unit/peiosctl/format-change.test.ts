/** Lines of peiosctl watch. */
import t from 'tap';
import { createChangeFormatter } from '../../../clients/peiosctl/format-change.ts';
import { painter } from '../../../clients/peiosctl/paint.ts';
import { formatInstant } from '../../../clients/peiosctl/time.ts';
import type { ServiceState } from '../../../gen/events/types.ts';

const timestamp = '2026-06-01T12:00:00.250000000Z';
const now = Date.parse(timestamp);
const time = `${formatInstant(timestamp).slice(11)}.250`;
const plain = (width: number | null) => createChangeFormatter(painter(false), width, ['web', 'cache'], () => now);
const step: ServiceState = {
  service: 'web',
  from: 'inactive',
  to: 'starting',
  cause: 'explicit_start',
  job_id: null,
  operation_id: null,
  detail: null,
};
const crash: ServiceState = {
  ...step,
  service: 'cache',
  from: 'active',
  to: 'backoff',
  cause: 'process_crash',
  detail: 'service cache: its main process (pid 7) exited with code 1. peinit restarts it in 1 second (restart 1 of 3).',
};

t.test('a step is a line: when, of which service, from where to where, why, and what is to be said', async (t) => {
  t.strictSame(
    [...plain(null).step(step, timestamp), ...plain(null).step(crash, timestamp)],
    [
      `${time}  web    inactive  -> starting   it was asked to start`,
      `${time}  cache  active    -> backoff    its main process ended unexpectedly: its main process (pid 7) exited with code 1. ` +
        'peinit restarts it in 1 second (restart 1 of 3).',
    ],
  );
});

t.test('in a terminal what is to be said goes on below itself, and below all of it where there is little room', async (t) => {
  t.strictSame(plain(100).step(crash, timestamp), [
    `${time}  cache  active    -> backoff    its main process ended unexpectedly: its main process`,
    '                                             (pid 7) exited with code 1. peinit restarts it in 1',
    '                                             second (restart 1 of 3).',
  ]);
  t.strictSame(plain(60).step(crash, timestamp), [
    `${time}  cache  active    -> backoff  `,
    '              its main process ended unexpectedly: its main',
    '              process (pid 7) exited with code 1. peinit',
    '              restarts it in 1 second (restart 1 of 3).',
  ]);
  t.equal(plain(80).step(crash, timestamp)[0], `${time}  cache  active    -> backoff  `, 'in one of the usual size');
  for (const line of createChangeFormatter(painter(true), 100, ['cache'], () => now).step(crash, timestamp))
    t.ok(line.replace(/\u001b\[\d+m/g, '').length <= 100, 'colours take no room');
});

t.test('states that were read stand where those after a step do, and tell where steps were missed', async (t) => {
  const format = plain(null);
  const known = { service: 'web', state: 'active', cause: 'restart_policy' } as const;
  t.strictSame(format.present(known, null), [`${time}  web    active     its restart policy restarted it`]);
  t.strictSame(format.present({ ...known, cause: null }, null), [`${time}  web    active`]);
  t.strictSame(format.present(known, 'failed'), [
    `${time}  web    failed    -> active     its restart policy restarted it; steps in between were missed`,
  ]);
  t.strictSame(format.gone('web', timestamp), [`${time}  web    is not defined any more`]);
});
