/** eventd in machines: what services write and what happens is there, for whoever may read it, whatever is done to eventd. */
import { writeFileSync } from 'node:fs';
import type { Test } from 'tap';
import t from 'tap';
import type { EventdConnection } from '../../../clients/typescript/eventd.ts';
import { connectEventd, eventdSocketPath } from '../../../clients/typescript/eventd.ts';
import type { EventEntry, EventsRequest, LogEntry, LogsRequest } from '../../../gen/output/types.ts';
import type { Machine, MachineOptions, Registry } from '../../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';
import { logsOf } from './daemon.ts';

const skip = cannotRun;
const boot = { Triggers: ['boot'], Readiness: 'Alive' };
/** `EVENTD_KILLS=200` takes its time. */
const rounds = Number(process.env['EVENTD_KILLS'] ?? 15);
/** Killed again and again it comes back at once. */
const tough = { RestartDelay: 0, RestartMaxRetries: 1000 };

async function machineWith(t: Test, registry: Registry, options: MachineOptions = {}): Promise<Machine> {
  return bootSettled(t, { eventd: true, registry, ...options });
}

async function ask(t: Test, machine: Machine): Promise<EventdConnection> {
  const client = await connectEventd(machine.path(eventdSocketPath));
  t.teardown(() => client.disconnect());
  return client;
}

async function eventsOf(client: EventdConnection, request: EventsRequest): Promise<readonly EventEntry[]> {
  const found: EventEntry[] = [];
  for await (const { entries } of client.events(request)) found.push(...entries);
  return found;
}

const textsOf = (entries: readonly LogEntry[]): readonly string[] => entries.map((entry) => (entry.kind === 'line' ? entry.text : 'a gap'));

/** Waits until the lines that are asked for satisfy the condition. */
const logsUntil = (client: EventdConnection, request: LogsRequest, condition: (texts: readonly string[]) => boolean) =>
  until('the lines are stored', async () => {
    const found = await logsOf(client, request);
    return condition(textsOf(found)) ? found : null;
  });

t.test(
  'LOG-002 LOG-003 LOG-014 what a service and its hook write is stored as it was written, early lines as well',
  { skip },
  async (t) => {
    const machine = await machineWith(
      t,
      withServices({
        talks: {
          ...shell('echo out; echo err >&2; printf "\\377 raw\\n"; exec sleep 1000'),
          ...boot,
          ExecStartPre: ['/bin/echo prepared'],
        },
      }),
    );
    const client = await ask(t, machine);
    const found = await logsUntil(client, { services: ['TALKS'] }, ({ length }) => length === 4);
    const { current_job: job, boot_id } = {
      ...(await (await machine.client()).status({ service: 'talks' })),
      ...(await client.boots()).boots[0],
    };
    const lines = found.flatMap((entry) => (entry.kind === 'line' ? [entry] : []));
    t.strictSame(
      lines
        .map(({ id: _, timestamp: __, job_id, ...rest }) => ({ ...rest, isMain: job_id === job?.id }))
        .sort((a, b) => (a.text < b.text ? -1 : 1)),
      [
        { origin: 'talks', is_error: true, text: 'err', isMain: true },
        { origin: 'talks', is_error: false, text: 'out', isMain: true },
        { origin: 'talks/ExecStartPre[0]', is_error: false, text: 'prepared', isMain: false },
        { origin: 'talks', is_error: false, text: '\ufffd raw', raw: '/yByYXc=', isMain: true },
      ].map((line) => ({ kind: 'line', boot_id, service: 'talks', ...line })),
    );
    const states = await until('its states are stored', async () => {
      const events = await eventsOf(client, { services: ['talks'], names: ['service.*'] });
      return events.length >= 2 ? events : null;
    });
    t.strictSame(
      states.map((entry) => (entry.kind === 'event' && entry.event === 'service.state' ? [entry.payload.from, entry.payload.to] : entry)),
      [
        ['inactive', 'starting'],
        ['starting', 'active'],
      ],
    );
  },
);

t.test(`LOG-012 LOG-017 WIRE-041 killed ${rounds} times under load, every line is there once and in order`, { skip }, async (t) => {
  const counting =
    'i=0; while [ ! -e /run/enough ]; do j=0; while [ $j -lt 50 ]; do i=$((i + 1)); j=$((j + 1)); echo $i; done; sleep 0.01; done; ' +
    'echo end; exec sleep 1000';
  const registry = { ...withServices({ counts: { ...shell(counting), ...boot } }), 'Machine\\System\\Services\\eventd': tough };
  const machine = await machineWith(t, registry, { limitMs: 120_000 + 5_000 * rounds });
  const control = await machine.client();
  let killed: number | null | undefined = null;
  const comesUp = () =>
    until('eventd is up', async () => {
      const { state, current_job } = await control.status({ service: 'eventd' });
      return state === 'active' && current_job?.pid !== killed ? current_job?.pid : null;
    });
  for (let round = 0; round < rounds; round += 1) {
    killed = await comesUp();
    await machine.run('kill', '-9', String(killed));
  }
  writeFileSync(machine.path('/run/enough'), '');
  await comesUp();
  const client = await until('it is asked again', () => ask(t, machine).catch(() => null));
  await logsUntil(client, { services: ['counts'], order: 'newest', most: 1 }, (texts) => texts.includes('end'));
  const found = (await logsOf(client, { services: ['counts'] })).slice(0, -1);
  const missing = found.reduce((sum, entry) => sum + (entry.kind === 'gap' ? entry.count : 0), 0);
  const numbers = found.flatMap((entry) => (entry.kind === 'line' ? [Number(entry.text)] : []));
  const wrong = numbers.filter((number, index) => number <= (numbers[index - 1] ?? 0));
  t.strictSame(wrong, [], 'each once and in order');
  const total = numbers.at(-1) ?? 0;
  t.ok(total > 50 * rounds, `${total} lines`);
  t.ok(numbers.length + missing >= total, `${numbers.length} lines and ${missing} told as missing are ${total}`);
  t.comment(`${total} lines, ${missing} told as missing`);
});

t.test('a full disk stops no service, is told, and heals by itself', { skip }, async (t) => {
  const machine = await machineWith(t, {
    ...withServices({ ticks: { ...shell('i=0; while :; do i=$((i + 1)); echo $i; echo $i >/run/ticks; sleep 0.01; done'), ...boot } }),
    'Machine\\System\\Services\\eventd': {
      ExecStartPre: ['/bin/sh -c "mkdir -p /var/lib/eventd; mount -t tmpfs -o size=8m none /var/lib/eventd"'],
    },
  });
  await machine.run('sh', '-c', 'dd if=/dev/zero of=/var/lib/eventd/rest bs=4096 2>/dev/null');
  await machine.reaches('eventd', ({ status_text }) => status_text?.includes('nothing can be stored') === true);
  const ticks = async (): Promise<number> => Number((await machine.run('cat', '/run/ticks')).stdout);
  const before = await ticks();
  await until('the service goes on', async () => (await ticks()) > before + 20);
  await machine.run('rm', '/var/lib/eventd/rest');
  await machine.reaches('eventd', ({ status_text }) => status_text?.includes('nothing can be stored') === false);
  const client = await ask(t, machine);
  const found = await logsUntil(client, { services: ['ticks'] }, (texts) => Number(texts.at(-1)) > before + 20);
  const texts = textsOf(found);
  t.strictSame(
    texts,
    Array.from({ length: texts.length }, (_, index) => String(Number(texts[0]) + index)),
    'nothing is lost but the oldest, which make way on a disk that is nearly full',
  );
  t.equal((await client.storage()).problem, null);
});

t.test('a damaged database is kept aside and told loudly, and eventd starts', { skip }, async (t) => {
  const machine = await machineWith(t, {
    ...withServices({ talks: { ...shell('echo here; exec sleep 1000'), ...boot } }),
    'Machine\\System\\Services\\eventd': {
      ExecStartPre: ['/bin/sh -c "mkdir -p /var/lib/eventd; echo garbage >/var/lib/eventd/events.db"'],
    },
  });
  const client = await ask(t, machine);
  await logsUntil(client, { services: ['talks'] }, (texts) => texts[0] === 'here');
  const [moved, ...others] = (await client.storage()).moved_aside;
  t.strictSame(others, []);
  const path = moved?.path ?? '';
  t.match(path, /^\/var\/lib\/eventd\/events\.db\.damaged-/);
  t.equal((await machine.run('cat', path)).stdout, 'garbage\n');
  const told = await eventsOf(client, { severity: 'error' });
  t.strictSame(
    told.map((entry) => entry.kind === 'event' && 'path' in entry.payload && entry.payload.path),
    [path],
  );
  await machine.shows(new RegExp(`eventd: the database was damaged .*: it is kept as ${path}`));
  t.match((await (await machine.client()).status({ service: 'eventd' })).status_text, path);
});

t.test(
  'O-126 who may read is what the descriptors say, at once, and whoever may read nothing is told what would let him',
  { skip },
  async (t) => {
    const say = (text: string) => ({ ...shell(`echo ${text}; exec sleep 1000`), ...boot });
    const machine = await machineWith(t, withServices({ open: say('to all'), secret: say('to few') }));
    const asUser = (...words: string[]) => machine.run('setpriv', '--reuid=1000', '--regid=1000', '--clear-groups', 'peiosctl', ...words);
    await logsUntil(await ask(t, machine), {}, (texts) => texts.includes('to all') && texts.includes('to few'));
    t.match((await asUser('logs', 'secret')).stdout, 'to few');
    const refused = await asUser('events');
    t.notMatch(refused.stdout, 'service.state');
    const seed = 'Machine\\System\\eventd\\Security\\Logs\\secret: { Security: { sddl: "O:SYG:SYD:(A;;0xf0003;;;SY)" } }\n';
    writeFileSync(machine.path('/run/seed.yaml'), seed);
    t.equal((await machine.run('peiosctl', 'registry', 'import', '/run/seed.yaml')).status, 0);
    await until('it holds', async () => !(await asUser('logs', 'secret')).stdout.includes('to few'));
    const denied = await asUser('logs', 'secret');
    t.match(denied.stderr, /Machine\\System\\eventd\\Security\\Logs\\secret/);
    t.not(denied.status, 0);
    const all = await asUser('logs');
    t.match(all.stdout, 'to all');
    t.notMatch(all.stdout, 'to few');
    t.match((await asUser('logs', '--grep', 'to few')).stderr, 'nothing is shown: what you may not read is left out');
    t.match((await machine.run('peiosctl', 'logs', 'secret')).stdout, 'to few');
  },
);

t.test('LOG-016 an eventd that stands still holds up neither services nor process 1', { skip }, async (t) => {
  const machine = await machineWith(
    t,
    withServices({ ticks: { ...shell('i=0; while :; do i=$((i + 1)); echo $i; echo $i >/run/ticks; sleep 0.01; done'), ...boot } }),
  );
  const pid = (await (await machine.client()).status({ service: 'eventd' })).current_job?.pid;
  await machine.run('kill', '-STOP', String(pid));
  const ticks = async (): Promise<number> => Number((await machine.run('cat', '/run/ticks')).stdout);
  const before = await ticks();
  await until('the service goes on', async () => (await ticks()) > before + 20);
  await machine.run('kill', '-CONT', String(pid));
  const client = await ask(t, machine);
  const found = await logsUntil(client, { services: ['ticks'] }, (texts) => Number(texts.at(-1)) > before + 20);
  t.strictSame(
    textsOf(found),
    Array.from({ length: found.length }, (_, index) => String(index + 1)),
  );
});
