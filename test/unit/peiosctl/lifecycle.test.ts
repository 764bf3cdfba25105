/** Commands that act on services: what they ask of peinit, and what their exit status says. */
import t from 'tap';
import { reload } from '../../../clients/peiosctl/commands/reload.ts';
import { said } from '../../support/peiosctl.ts';

const killed = {
  status: 'ok',
  operation_id: '1',
  service: 'web',
  state: 'backoff',
  cause: 'process_crash',
  warnings: [],
  mode: 'failed',
};

t.test('a reload waits for its end unless told otherwise, and one that ends the service is no success', async (t) => {
  const asked: unknown[] = [];
  const control = {
    reload: async (request: { readonly wait: boolean }) => {
      asked.push(request);
      return request.wait ? killed : { ...killed, state: 'reloading', cause: 'explicit_reload', mode: 'advisory' };
    },
    status: async () => ({ service: 'web', state: 'backoff', detail: 'it was killed by SIGHUP', output: [], current_job: null }),
  };
  const waited = said(['web'], control);
  t.equal(await reload.run(waited.context), 1);
  t.strictSame(waited.printed, [
    'web: backoff, because its main process ended unexpectedly (reload failed)',
    '  detail     it was killed by SIGHUP',
  ]);
  const unwaited = said(['web', '--no-wait'], control);
  t.equal(await reload.run(unwaited.context), 0);
  t.strictSame(unwaited.printed, ['web: reloading, because it was asked to reload']);
  t.strictSame(asked, [
    { service: 'web', wait: true },
    { service: 'web', wait: false },
  ]);
});
