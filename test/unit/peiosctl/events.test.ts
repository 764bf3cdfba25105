/** `peiosctl events` of what was, with an eventd that answers from a list. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { events } from '../../../clients/peiosctl/commands/events.ts';
import { formatInstant } from '../../../clients/peiosctl/time.ts';
import { ControlError } from '../../../clients/typescript/transport.ts';
import type { EventEntry } from '../../../gen/output/types.ts';
import { fakeQuery } from '../../support/fake-query.ts';
import { said } from '../../support/peiosctl.ts';

const timestamp = '2026-06-01T12:00:00.000000000Z';
const head = `${formatInstant(timestamp)}.000  `;

const step = (id: number, to: string, severity: string): EventEntry =>
  ({
    kind: 'event',
    boot_id: 'boot-1',
    id,
    event: 'service.state',
    timestamp,
    severity,
    payload: { service: 'web', from: 'active', to, cause: 'explicit_stop', job_id: null, operation_id: null, detail: null },
  }) as EventEntry;

const peinit = {
  machineStatus: async () => ({ boot_id: 'boot-1' }),
  list: async () => ({ services: [{ service: 'web', state: 'active' }] }),
  async status({ service }: { service: string }) {
    if (service === 'web') return { service };
    throw new ControlError('UNKNOWN_SERVICE', `no service "${service}" is defined.`);
  },
};

async function machine(t: Test) {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-events-'));
  mkdirSync(join(directory, 'eventd'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const query = await fakeQuery(t, { path: join(directory, 'eventd/query.sock') });
  query.store(step(1, 'stopping', 'info'), { kind: 'gap', boot_id: 'boot-1', from: 2, to: 2, count: 1 }, step(3, 'failed', 'error'));
  const run = async (words: string) => {
    const { context, printed, complained } = said([...words.split(' '), '--socket', join(directory, 'peinit/control.sock')], peinit);
    const status = await events.run(context);
    return { status, shown: printed.flatMap((text) => text.split('\n')), told: complained };
  };
  return { query, run };
}

t.test('what was is shown in columns, with its severity and with what is missing', async (t) => {
  const { query, run } = await machine(t);
  t.strictSame(await run('-n 20'), {
    status: 0,
    shown: [`${head}web  | active -> stopping (explicit_stop)`, '-- 1 event lost --', `${head}web  ! active -> failed (explicit_stop)`],
    told: [],
  });
  t.strictSame(query.asked, [{ op: 'events', most: 20, order: 'newest' }]);
  t.strictSame(
    (await run('-n 1 --json')).shown.map((line) => JSON.parse(line)),
    [step(3, 'failed', 'error')],
  );
  t.strictSame((await run('--reverse -n 1')).shown, [`${head}web  ! active -> failed (explicit_stop)`]);
});

t.test('what narrows the answer is asked of eventd', async (t) => {
  const { query, run } = await machine(t);
  await run('--since 2026-06-01T00:00:00Z --severity warning --cause process_crash --service web --operation o --job j');
  t.strictSame(query.asked[0], {
    op: 'events',
    services: ['web'],
    jobs: ['j'],
    operation: 'o',
    severity: 'warning',
    cause: 'process_crash',
    since: '2026-06-01T00:00:00.000000000Z',
  });
});

t.test('nothing is told as that, and a service that there is not with the one that may be meant', async (t) => {
  const { query, run } = await machine(t);
  query.replace();
  t.strictSame(await run('-n 5'), { status: 0, shown: [], told: ['no event that was asked for is stored'] });
  await t.rejects(run('-n 5 --service wbe'), { code: 'UNKNOWN_SERVICE', message: /Is web meant\?$/ });
});

for (const [words, message] of [
  ['--severity bad', /^--severity takes one of info, warning, error, not bad$/],
  ['--cause explicit_stp', /^--cause takes one of .*, not explicit_stp; is explicit_stop meant\?$/],
  ['-f --until now', /^--follow goes on/],
  ['web', /^no event is called web, so it brings nothing; there are .*; --service NAME takes/],
] as const)
  t.test(`a wrong call is told: events ${words}`, async (t) => {
    const { run } = await machine(t);
    await t.rejects(run(words), { name: 'UsageError', message });
  });
