/** Commands that act on services: what they ask of peinit, and what their exit status says. */
import t from 'tap';
import { reload } from '../../../clients/peiosctl/commands/reload.ts';
import { reset } from '../../../clients/peiosctl/commands/reset.ts';
import { start } from '../../../clients/peiosctl/commands/start.ts';
import { ControlError } from '../../../clients/typescript/transport.ts';
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
    operationStatus: async () => ({ operation: { state: 'running', type: 'reload' } }),
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

t.test('a start that nobody waits for tells what it waits for itself', async (t) => {
  const acknowledged = { status: 'ok', operation_id: '1', service: 'app', state: 'inactive', cause: null, warnings: [] };
  const line = async (operation: object, status: object): Promise<readonly string[]> => {
    const control = { start: async () => acknowledged, operationStatus: async () => ({ operation }), status: async () => status };
    const { context, printed } = said(['app', '--no-wait'], control);
    t.equal(await start.run(context), 0);
    return printed;
  };
  const pending = { state: 'pending', type: 'start' };
  const own = { id: '1', type: 'start' };
  t.strictSame(await line(pending, { waiting_for: ['db', 'cache'], current_operation: own }), [
    'app: inactive; its start waits for db, cache',
  ]);
  t.strictSame(await line(pending, { waiting_for: [], current_operation: own }), ['app: inactive; its start is still to come']);
  t.strictSame(await line(pending, { waiting_for: [], current_operation: { id: '0', type: 'stop' } }), [
    'app: inactive; its start comes after its stop',
  ]);
  t.strictSame(await line({ state: 'running', type: 'start' }, {}), ['app: inactive']);
});

t.test('a pattern of reset names only what can be reset, and whoever is named is named', async (t) => {
  const services = [
    { service: 'bad', state: 'failed' },
    { service: 'good', state: 'active' },
    { service: 'idle', state: 'skipped' },
  ];
  const run = async (known: readonly object[], ...words: readonly string[]) => {
    const asked: string[] = [];
    const control = {
      list: async () => ({ services: known }),
      reset: async ({ service }: { readonly service: string }) => {
        asked.push(service);
        return { status: 'ok', operation_id: '1', service, state: 'inactive', cause: 'explicit_reset', warnings: [] };
      },
    };
    const { context, printed, complained } = said(words, control);
    return { status: await reset.run(context), asked, last: printed.at(-1), complained };
  };
  t.strictSame(await run(services, '*'), { status: 0, asked: ['bad', 'idle'], last: 'reset: all 2', complained: [] });
  t.strictSame((await run(services, 'g*', 'good')).asked, ['good']);
  t.strictSame(await run(services.slice(1, 2), '*'), {
    status: 0,
    asked: [],
    last: 'reset: none; no service that matches is failed or abandoned or skipped',
    complained: [],
  });
});

t.test('O-29 whoever may start a service and not look at it is told how it ended, or that it was asked for', async (t) => {
  const unseen = { status: 'ok', operation_id: '', service: 'web', state: 'failed', cause: null, warnings: [], outcome: 'failed' };
  const refused = async (): Promise<never> => {
    throw new ControlError('ACCESS_DENIED', 'not for you');
  };
  const control = {
    start: async ({ wait }: { readonly wait: boolean }) => (wait ? unseen : { ...unseen, state: null }),
    operationStatus: refused,
    status: refused,
  };
  const waited = said(['web'], control);
  t.equal(await start.run(waited.context), 1);
  t.strictSame(waited.printed, ['web: failed']);
  const unwaited = said(['web', '--no-wait'], control);
  t.equal(await start.run(unwaited.context), 0);
  t.strictSame(unwaited.printed, ['web: asked for; how it goes on is not yours to see']);
});
