/** `peiosctl logs`, with an eventd and a peinit that answer from lists. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { logs } from '../../../clients/peiosctl/commands/logs.ts';
import { formatInstant } from '../../../clients/peiosctl/time.ts';
import { ControlError } from '../../../clients/typescript/transport.ts';
import type { LogEntry, StoredBoot } from '../../../gen/output/types.ts';
import type { FakeQuery } from '../../support/fake-query.ts';
import { fakeQuery, line } from '../../support/fake-query.ts';
import { said } from '../../support/peiosctl.ts';
import { until } from '../../support/wait.ts';

const at = (id: number, text: string, more: Partial<Extract<LogEntry, { readonly kind: 'line' }>> = {}): LogEntry =>
  line(id, { text, ...more });
const clock = formatInstant('2026-06-01T12:00:00Z');
/** What a line begins with; all of them are of one moment. */
const head = `${clock}.000  `;

const boot = (boot_id: string, current: boolean): StoredBoot => ({
  boot_id,
  started_at: '2026-06-01T11:00:00.000000000Z',
  last_at: '2026-06-01T12:00:00.000000000Z',
  current,
  lines: 12,
  events: 3,
});

interface Held {
  readonly state?: string | null;
  readonly output?: Readonly<Record<string, readonly string[]>>;
  readonly mode?: string;
}

/** A peinit that knows web, db and mute, and eventd in that state. */
const peinit = ({ state = 'active', output = {}, mode = 'full' }: Held = {}) => {
  const known = ['web', 'db', 'mute', ...(state === null ? [] : ['eventd'])];
  const unknown = (name: string): ControlError => new ControlError('UNKNOWN_SERVICE', `no service "${name}" is defined.`);
  return {
    machineStatus: async () => ({ boot_id: 'boot-1', mode }),
    list: async () => ({ services: known.map((service) => ({ service, state: 'active' })) }),
    async status({ service }: { service: string }) {
      if (!known.includes(service.toLowerCase())) throw unknown(service);
      return { service, state: service === 'eventd' ? state : 'active' };
    },
    async output({ services }: { services?: readonly string[] }) {
      const missing = services?.find((name) => !known.includes(name));
      if (missing !== undefined) throw unknown(missing);
      const found = (services ?? known).flatMap((service) => (output[service] === undefined ? [] : [{ service, lines: output[service] }]));
      return {
        services: found.map(({ service, lines }) => ({
          service,
          output: lines.map((text, index) => ({
            text,
            at: `2026-06-01T12:00:00.00000000${index}Z`,
            job: 'job-1',
            process: text.startsWith('hook') ? 'ExecStartPre[0]' : null,
            is_error: text.includes('error'),
          })),
        })),
        next: null,
      };
    },
  };
};

async function machine(t: Test) {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-logs-'));
  mkdirSync(join(directory, 'eventd'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const socket = join(directory, 'peinit/control.sock');
  const query = await fakeQuery(t, { path: join(directory, 'eventd/query.sock'), boots: [boot('boot-1', true), boot('boot-0', false)] });
  const run = async (words: string, control: unknown = peinit(), attended = {}) => {
    const { context, printed, complained } = said(
      [...words.split(' ').filter((word) => word !== ''), '--socket', socket],
      control,
      attended,
    );
    const status = await logs.run(context);
    return { status, shown: printed.flatMap((text) => text.split('\n')), told: complained };
  };
  return { query, run, socket };
}

const stored = (query: FakeQuery): void =>
  query.store(
    at(1, 'old', { boot_id: 'boot-0' }),
    at(1, 'up'),
    at(2, 'made /run/web', { origin: 'web/ExecStartPre[0]' }),
    { kind: 'gap', boot_id: 'boot-1', from: 3, to: 6, count: 4 },
    at(7, 'error: no disk', { service: 'db', origin: 'db', is_error: true }),
    at(8, 'GET /a'),
  );

t.test('LOG-003 lines of all services stand side by side, with what was lost and other boots between them', async (t) => {
  const { query, run } = await machine(t);
  stored(query);
  t.strictSame(await run(''), {
    status: 0,
    shown: [
      '-- boot boot-0 --',
      `${head}web                  | old`,
      '-- boot boot-1, this one --',
      `${head}web                  | up`,
      `${head}web/ExecStartPre[0]  | made /run/web`,
      '-- 4 lines lost --',
      `${head}db                   ! error: no disk`,
      `${head}web                  | GET /a`,
    ],
    told: [],
  });
  t.strictSame(query.asked.at(-1), { op: 'logs', most: 100, order: 'newest' });
});

t.test('-n, --reverse and --json: how many, in which order, and for programs', async (t) => {
  const { query, run } = await machine(t);
  stored(query);
  t.strictSame((await run('-n 2 web')).shown, [
    `${head}web/ExecStartPre[0]  | made /run/web`,
    '-- 4 lines lost --',
    `${head}web                  | GET /a`,
  ]);
  t.strictSame((await run('-n 2 db web --reverse')).shown, [`${head}web  | GET /a`, `${head}db   ! error: no disk`]);
  t.strictSame(await run('-n 0 web'), { status: 0, shown: [], told: [] });
  t.strictSame(await run('-n 0'), { status: 0, shown: [], told: [] });
  const json = await run('-n all --json');
  t.strictSame(
    json.shown.map((text) => JSON.parse(text).kind),
    ['line', 'line', 'line', 'gap', 'line', 'line'],
  );
  t.strictSame(JSON.parse(json.shown.at(-1) ?? ''), line(8, { text: 'GET /a' }));
  t.strictSame(query.asked.at(-1), { op: 'logs' });
});

t.test('what narrows the answer is asked of eventd, and brings all of it', async (t) => {
  const { query, run } = await machine(t);
  stored(query);
  await run('web --since 2026-06-01T11:00:00Z --until 2026-06-01T13:00:00Z --stream stderr --job j --operation o');
  const [asked] = query.asked.filter(({ operation }) => operation === 'o');
  t.strictSame(asked, {
    op: 'logs',
    jobs: ['j'],
    operation: 'o',
    stream: 'stderr',
    services: ['web'],
    since: '2026-06-01T11:00:00.000000000Z',
    until: '2026-06-01T13:00:00.000000000Z',
  });
  t.strictSame((await run('-b -1')).shown, ['-- boot boot-0 --', `${head}web  | old`]);
  t.strictSame((await run('-b web')).shown.length, 4);
  t.strictSame((await run('--boot=boot-0')).shown.length, 2);
  await t.rejects(run('-b -2'), { message: 'nothing is kept of a boot -2; --list-boots shows the 2 of which something is' });
});

t.test('--grep is a regular expression: eventd finds text, the rest is found here', async (t) => {
  const { query, run } = await machine(t);
  stored(query);
  for (let id = 9; id < 30; id++) query.store(at(id, `GET /${id}`));
  t.strictSame((await run('--grep GET -n 1')).shown, [`${head}web  | GET /29`]);
  t.match(query.asked.at(-1), { text: 'GET', most: 1 });
  t.strictSame((await run('--grep /1[13]$|disk -n 3')).shown, [
    `${head}db   ! error: no disk`,
    `${head}web  | GET /11`,
    `${head}web  | GET /13`,
  ]);
  t.strictSame(query.asked.at(-1), { op: 'logs', order: 'newest' });
  t.strictSame((await run('--grep ^get -i -n 1')).shown, [`${head}web  | GET /29`]);
  t.match(query.asked.at(-1), { text: 'get', ignore_case: true });
});

t.test('services that said nothing, or nothing of the kind, or do not exist, are told apart', async (t) => {
  const { query, run } = await machine(t);
  stored(query);
  t.strictSame(await run('web mute'), {
    status: 0,
    shown: (await run('web')).shown,
    told: ['mute: nothing that it has written is stored'],
  });
  t.strictSame((await run('web --stream stdout --grep nothing')).told, ['web: it has written something, but nothing that was asked for']);
  t.strictSame(await run('wbe'), {
    status: 1,
    shown: ['-- 4 lines lost --'],
    told: ['wbe: UNKNOWN_SERVICE: no service "wbe" is defined. Is web meant?'],
  });
  t.strictSame((await run('w*')).shown, (await run('web')).shown, 'a pattern');
  await t.rejects(run('x*'), { code: 'UNKNOWN_SERVICE', message: /no service matches x\*/ });
  t.strictSame((await run('--grep nothing')).told, ['nothing that was asked for is stored']);
});

t.test('a hook or check is asked for by the name that stands before its lines', async (t) => {
  const { query, run } = await machine(t);
  stored(query);
  query.store(at(9, 'not well', { origin: 'web/HealthCheck' }));
  const [hook, check] = [`${head}web/ExecStartPre[0]  | made /run/web`, `${head}web/HealthCheck  | not well`];
  t.strictSame(await run('web/execstartpre[0]'), { status: 0, shown: [hook, '-- 4 lines lost --'], told: [] });
  t.strictSame(query.asked.at(-1), { op: 'logs', services: ['web'], order: 'newest' });
  t.strictSame((await run('web/* -n 1')).shown, [check]);
  t.strictSame((await run('db web/HealthCheck')).shown, ['-- 4 lines lost --', `${head}db               ! error: no disk`, check]);
  t.strictSame((await run('web web/HealthCheck')).shown, (await run('web')).shown);
  t.strictSame((await run('web/Nothing')).told, ['web: it has written something, but nothing that was asked for']);
  query.store(
    at(10, 'clean', { service: 'mount:/data', origin: 'mount:/data//fsck' }),
    at(11, 'no', { service: 'mount:/data', origin: 'mount:/data' }),
  );
  t.strictSame((await run('mount:/data//*')).shown.slice(1), [`${head}mount:/data//fsck  | clean`]);
  t.strictSame((await run('mount:/data')).shown.slice(1), [`${head}mount:/data//fsck  | clean`, `${head}mount:/data        | no`]);
  await t.rejects(run('jobs/01a2'), { name: 'UsageError', message: 'an ad-hoc job is named by its id: logs --job 01a2' });
});

t.test('a service that the caller may not read is refused, and nothing is made of it', async (t) => {
  const { query, run } = await machine(t);
  query.refuse('ACCESS_DENIED', 'web: you may not read it.');
  await t.rejects(run('web'), { name: 'EventdError', code: 'ACCESS_DENIED' });
});

t.test('whoever looks on is told that there is more', async (t) => {
  const { query, run } = await machine(t);
  for (let id = 1; id <= 120; id++) query.store(at(id, 'x'));
  t.strictSame((await run('', peinit(), { attended: true })).told, ['these are the last 100 lines; -n 1000 shows more, -n all shows all']);
  t.strictSame((await run('')).told, []);
  t.strictSame((await run('-n 100', peinit(), { attended: true })).told, []);
});

t.test('O-126 what is left out is told to whoever looks on, and to all where nothing is shown', async (t) => {
  const { query, run } = await machine(t);
  const leftOut = 'what you may not read is left out; Security of Machine\\System\\eventd\\Security\\Logs\\<name> would grant it';
  query.hide(true);
  t.strictSame((await run('')).told, [`nothing is shown: ${leftOut}`]);
  query.store(at(1, 'x'));
  t.strictSame((await run('')).told, []);
  t.strictSame((await run('', peinit(), { attended: true })).told, [leftOut]);
  t.strictSame((await run('web', peinit(), { attended: true })).told, [], 'of those that are named each is told by itself');
  query.hide(false);
  t.strictSame((await run('', peinit(), { attended: true })).told, []);
});

t.test('--list-boots counts back from this one', async (t) => {
  const { run } = await machine(t);
  const times = [formatInstant('2026-06-01T11:00:00Z'), formatInstant('2026-06-01T12:00:00Z')].join('  ');
  t.strictSame((await run('--list-boots')).shown, [
    `BOOT  ID      ${'FROM'.padEnd(19)}  ${'TO'.padEnd(19)}  LINES  EVENTS`,
    `   0  boot-1  ${times}     12       3`,
    `  -1  boot-0  ${times}     12       3`,
  ]);
  t.strictSame(JSON.parse((await run('--list-boots --json')).shown[1] ?? ''), boot('boot-0', false));
});

t.test('LOG-017 -f goes on over a restart of eventd, and tells of it on standard error', async (t) => {
  const { query, socket } = await machine(t);
  stored(query);
  const { context, printed, complained } = said(['-f', '-n', '1', '--socket', socket], peinit());
  const running = logs.run(context);
  const shown = (): readonly string[] => printed.flatMap((text) => text.split('\n'));
  await until('what was', () => shown().length === 1);
  query.store(at(9, 'next'));
  await until('what comes', () => shown().length === 2);
  await query.stop();
  await until('the loss is told', () => complained.length === 1);
  query.store(at(10, 'meanwhile'));
  await query.start();
  await until('what came meanwhile', () => shown().length === 3);
  t.strictSame(
    shown(),
    ['GET /a', 'next', 'meanwhile'].map((text) => `${head}web  | ${text}`),
  );
  t.match(complained[0], /^eventd closed the connection to .*; waiting until it is back, and nothing will be missing$/);
  t.strictSame(complained.slice(1), ['eventd is back, what came meanwhile follows']);
  await query.stop();
  query.refuse('ACCESS_DENIED', 'not any more.');
  await query.start();
  await t.rejects(running, { code: 'ACCESS_DENIED' }, 'what does not pass ends it');
});

const without: readonly (readonly [held: Held, reason: string, remedy: string])[] = [
  [{ state: null }, 'this machine has no eventd, which stores what services write', 'define it as base.yaml does'],
  [{ state: 'inactive' }, 'eventd is inactive', 'peiosctl start eventd starts it'],
  [{ state: 'inactive', mode: 'safe' }, 'eventd is inactive (this is Safe mode)', 'peiosctl start eventd starts it'],
  [{ state: 'backoff' }, 'eventd is in backoff', 'peiosctl status eventd says why'],
  [{ state: 'starting' }, 'eventd is starting', 'ask again in a moment'],
];
for (const [held, reason, remedy] of without)
  t.test(`without eventd it shows what peinit holds, and says why: ${JSON.stringify(held)}`, async (t) => {
    const { query, run } = await machine(t);
    await query.stop();
    const control = peinit({ ...held, output: { web: ['hook made it', 'up', 'an error'], db: ['ready'] } });
    t.strictSame(await run('', control), {
      status: 0,
      shown: [
        `${head}web/ExecStartPre[0]  | hook made it`,
        `${head}db                   | ready`,
        `${head}web                  | up`,
        `${head}web                  ! an error`,
      ],
      told: [`${reason}, so here is only what peinit holds in memory, the latest lines of each service; ${remedy}`],
    });
  });

t.test('what peinit holds is narrowed as well, and what it cannot know is told', async (t) => {
  const { query, run } = await machine(t);
  await query.stop();
  const control = peinit({ state: 'inactive', output: { web: ['up', 'GET /a', 'an error'], db: ['ready'] } });
  t.strictSame((await run('-n 1 web', control)).shown, [`${head}web  ! an error`]);
  t.strictSame((await run('--grep GET|ready --reverse', control)).shown, [`${head}web  | GET /a`, `${head}db   | ready`]);
  t.strictSame((await run('--stream stdout web -b', control)).shown, [`${head}web  | up`, `${head}web  | GET /a`]);
  t.strictSame(JSON.parse((await run('db --json', control)).shown[0] ?? ''), {
    kind: 'line',
    boot_id: 'boot-1',
    service: 'db',
    origin: 'db',
    job_id: 'job-1',
    is_error: false,
    timestamp: '2026-06-01T12:00:00.000000000Z',
    text: 'ready',
  });
  t.strictSame((await run('web mute', control)).told.slice(1), ['mute: peinit holds nothing that it has written']);
  t.strictSame((await run('web wbe', control)).status, 1);
  await t.rejects(run('wbe', control), { code: 'UNKNOWN_SERVICE' });
  for (const [words, what] of [
    ['-b -1', 'has earlier boots'],
    ['--operation o', 'knows what an operation did'],
  ] as const)
    t.strictSame(await run(words, control), {
      status: 3,
      shown: [],
      told: [`eventd is inactive, and only eventd ${what}; peiosctl start eventd starts it`],
    });
});

const wrong: readonly (readonly [words: string, message: RegExp])[] = [
  ['-n many', /^--lines takes a number or all, not many$/],
  ['--since soon', /^--since takes a time such as /],
  ['--since 10m --until 20m', /^--since 10m is not before --until 20m$/],
  ['-f --until now', /^--follow goes on .* and --until has it end/],
  ['-f --reverse', /^--follow goes on .* and --reverse begins with it/],
  ['-i', /^--ignore-case is about the pattern of --grep, which is missing$/],
  ['--stream both', /^--stream takes stdout or stderr, not both$/],
  ['--grep (', /^--grep takes a regular expression/],
];
for (const [words, message] of wrong)
  t.test(`a wrong call is told: logs ${words}`, async (t) => {
    const { run } = await machine(t);
    await t.rejects(run(words), { name: 'UsageError', message });
  });
