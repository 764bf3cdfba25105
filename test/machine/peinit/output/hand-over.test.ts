import { existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { EventdStore } from '../../../support/eventd-store.ts';
import type { Machine } from '../../../support/machine.ts';
import { bootSettled, cannotRun, project, shell, temporaryDirectory, withServices } from '../../../support/machine.ts';
import { until } from '../../../support/wait.ts';

const skip = cannotRun;
const file = '/var/lib/eventd-records';
const eventdAt = (socket: string) => ({
  ImagePath: '/usr/local/sbin/node',
  Arguments: ['--disable-warning=ExperimentalWarning', `${project}/test/support/fake-eventd-program.ts`, socket, file],
  Readiness: 'Notify',
  RestartPolicy: 'Always',
  RestartDelay: 0,
  RestartMaxRetries: 1000,
});
const eventd = eventdAt('/run/eventd/log.sock');
const atBoot = { Type: 'Oneshot', RemainAfterExit: 1, Triggers: ['boot'] };

/** What eventd has stored. Throws where something is missing that nobody told of. */
function storedIn(path: string): EventdStore {
  const store = new EventdStore();
  const records: Exclude<EventdStore['records'], null> = [];
  store.records = records;
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) if (line !== '') store.take(line);
  store.commit();
  return store;
}

const stored = (machine: Machine): EventdStore => storedIn(machine.path(file));

const sizeOf = (machine: Machine): number => (existsSync(machine.path(file)) ? statSync(machine.path(file)).size : 0);

const textsOf = (store: EventdStore, origin: string): readonly string[] =>
  store.lines.filter((line) => line.origin === origin).map(({ text }) => text);

/** What is stored once that has said this. */
const has = (machine: Machine, origin: string, text: string): Promise<EventdStore> =>
  until(
    `${text} of ${origin} is stored`,
    () => {
      if (!existsSync(machine.path(file)) || !readFileSync(machine.path(file)).includes(JSON.stringify(text))) return null;
      const store = stored(machine);
      return textsOf(store, origin).includes(text) ? store : null;
    },
    { more: machine.console, limitMs: 60_000 },
  );

const numbered = (count: number, word: string): readonly string[] => Array.from({ length: count }, (_, index) => `${word} ${index + 1}`);
const lost = (store: EventdStore): number =>
  store.gaps.filter(({ of }) => of === 'log').reduce((sum, { from, to }) => sum + to - from + 1, 0);

t.test(
  'LOG-002 LOG-014 LOG-020 lines that were written before eventd is up all arrive, in order, with the time they were written',
  { skip },
  async (t) => {
    const socket = '/run/elsewhere.sock';
    const machine = await bootSettled(t, {
      registry: {
        ...withServices({
          early: { ...shell('i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo "line $i"; done'), ...atBoot },
          eventd: eventdAt(socket),
        }),
        'Machine\\System\\eventd': { LogSocketPath: socket },
      },
    });
    const client = await machine.client();
    const { output } = await machine.reaches('early', (status) => status.output.at(-1)?.text === 'line 200');
    await client.start({ service: 'eventd' });
    const store = await has(machine, 'early', 'line 200');
    t.strictSame(textsOf(store, 'early'), numbered(200, 'line'));
    const lines = store.lines.filter(({ origin }) => origin === 'early');
    t.strictSame(
      lines.slice(-output.length).map(({ job_id, is_error, text, timestamp }) => [job_id, is_error, text, timestamp]),
      output.map(({ job, is_error, text, at }) => [job, is_error, text, at]),
      'as status told them before eventd was there',
    );
    const { boot_id, times } = await client.machineStatus({});
    t.strictSame(store.hellos, [{ boot_id, started_at: times.started_at }]);
    t.strictSame(store.gaps, []);
  },
);

t.test(
  'LOG-005 LOG-006 LOG-007 EVT-013 WIRE-042 of a flood before eventd the latest is there, the rest is told, the audit is whole',
  { skip },
  async (t) => {
    const count = 40_000;
    const machine = await bootSettled(t, {
      registry: withServices({
        broken: { ImagePath: 'not/absolute' },
        flood: { ...shell(`seq -f '%099.0f' ${count}`), ...atBoot },
        eventd,
      }),
    });
    await machine.reaches('flood', ({ output }) => Number(output.at(-1)?.text) === count);
    await (await machine.client()).start({ service: 'eventd' });
    const last = String(count).padStart(99, '0');
    const store = await has(machine, 'flood', last);
    const { records } = store;
    const texts = textsOf(store, 'flood');
    t.strictSame(
      texts.map(Number),
      Array.from(texts, (_, index) => count - texts.length + 1 + index),
    );
    t.ok(texts.length * 100 > 700_000 && texts.length * 100 < 1_048_576, `${texts.length} lines are left`);
    const gap = records?.find(({ kind, of }) => kind === 'dropped' && of === 'log');
    const to = (store.lines[0]?.id ?? 0) - 1;
    t.strictSame(gap, { kind: 'dropped', of: 'log', count: to, from: 1, to });
    const audit = records?.find(({ event }) => event === 'graph.validation_error');
    t.match(audit, { id: Number, timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/, payload: { message: /absolute/ } });
    t.strictSame(audit, {
      kind: 'event',
      id: audit?.['id'],
      event: 'graph.validation_error',
      timestamp: audit?.['timestamp'],
      payload: { service: 'broken', field: 'ImagePath', message: (audit?.['payload'] as { message: string } | undefined)?.message },
    });
  },
);

t.test(
  'LOG-003 LOG-004 WIRE-041 a record tells whose process wrote, to which stream and when, and bytes that are no text are kept beside it',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: withServices({
        web: {
          ...shell("printf 'main\\n'; exec sleep 1000"),
          Readiness: 'Alive',
          ExecStartPre: [`/bin/sh -c "printf 'pre \\377\\nnext\\n' >&2"`],
        },
        eventd: { ...eventd, Triggers: ['boot'] },
      }),
    });
    const client = await machine.client();
    await client.start({ service: 'web' });
    const store = await has(machine, 'web', 'main');
    const { current_job } = await client.status({ service: 'web' });
    const found = store.records?.filter(({ kind, origin }) => kind === 'log' && String(origin).startsWith('web')) ?? [];
    const [hook, main] = found;
    t.match(main, { first_timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/, first_id: Number });
    t.strictSame(found, [
      {
        kind: 'log',
        origin: 'web/ExecStartPre[0]',
        job_id: hook?.['job_id'],
        is_error: true,
        first_id: hook?.['first_id'],
        first_timestamp: hook?.['first_timestamp'],
        lines: [
          [0, 'pre \ufffd'],
          [0, 'next'],
        ],
        raw: [Buffer.from('pre \xff', 'latin1').toString('base64'), null],
      },
      {
        kind: 'log',
        origin: 'web',
        job_id: current_job?.id,
        is_error: false,
        first_id: main?.['first_id'],
        first_timestamp: main?.['first_timestamp'],
        lines: [[0, 'main']],
      },
    ]);
    t.not(hook?.['job_id'], current_job?.id);
  },
);

t.test(
  'LOG-012 LOG-017 WIRE-041 eventd that is killed under load again and again has everything once and in order, or is told what is lost',
  { skip },
  async (t) => {
    const names = ['a', 'b', 'c'];
    const writer = (name: string) =>
      shell(
        `i=0; while [ ! -e /run/enough ]; do seq -f "${name} %.0f" $((i+1)) $((i+100)); i=$((i+100)); sleep 0.01; done; echo ${name} last`,
      );
    const machine = await bootSettled(t, {
      registry: withServices({
        ...Object.fromEntries(names.map((name) => [name, { ...writer(name), Triggers: ['boot'], Readiness: 'Alive' }])),
        eventd: { ...eventd, Triggers: ['boot'] },
      }),
      limitMs: 120_000,
    });
    for (let round = 0; round < 15; round++) {
      const before = sizeOf(machine);
      await until('it stores again', () => sizeOf(machine) > before + 10_000, { more: machine.console, limitMs: 60_000 });
      const { current_job } = await machine.reaches('eventd', ({ state }) => state === 'active');
      await machine.run('kill', '-9', String(current_job?.pid));
    }
    writeFileSync(machine.path('/run/enough'), '');
    for (const name of names) await has(machine, name, `${name} last`);
    const store = stored(machine);
    for (const name of names) {
      const texts = textsOf(store, name);
      const ids = texts.slice(0, -1).map((text) => Number(text.slice(2)));
      t.strictSame(
        [...ids].sort((one, other) => one - other),
        ids,
        'in order',
      );
      t.equal(new Set(ids).size, ids.length, 'once');
    }
    t.equal(store.doubles, 0);
    t.ok(store.hellos.length >= 10, `${store.hellos.length} lives of eventd`);
    t.equal(store.lines.length + lost(store), store.acked.log);
  },
);

t.test(
  'LOG-011 LOG-013 LOG-015 LOG-016 eventd that stands still holds nobody up: status answers, memory is bounded, and what is lost is told',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, {
      registry: withServices({
        flood: { ...shell(`seq -f '%099.0f' 400000; echo end; exec sleep 1000`), Readiness: 'Alive' },
        eventd: { ...eventd, Triggers: ['boot'] },
      }),
      limitMs: 120_000,
    });
    const client = await machine.client();
    const { current_job } = await client.status({ service: 'eventd' });
    const resident = (): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${machine.pid}/status`, 'utf8'))?.[1]);
    await machine.run('kill', '-STOP', String(current_job?.pid));
    const before = resident();
    await client.start({ service: 'flood' });
    await machine.reaches('flood', ({ output }) => output.at(-1)?.text === 'end');
    const growth = resident() - before;
    t.ok(growth < 20_000, `${growth} kB more for 40 MB of output`);
    await machine.run('kill', '-CONT', String(current_job?.pid));
    const store = await has(machine, 'flood', 'end');
    t.ok(lost(store) > 200_000, `${lost(store)} lines are lost`);
    t.equal(store.hellos.length, 1);
    t.equal(store.lines.length + lost(store), store.acked.log);
  },
);

t.test(
  'LOG-012 LOG-017 while eventd is down or can store nothing services go on, and what the ring holds arrives later',
  { skip },
  async (t) => {
    const say = { ...shell('seq -f "line %.0f" 100'), Type: 'Oneshot' };
    const machine = await bootSettled(t, {
      registry: withServices({ one: say, other: say, eventd: { ...eventd, Triggers: ['boot'] } }),
    });
    const client = await machine.client();
    const speaks = async (service: string): Promise<void> => {
      await client.start({ service });
      await machine.reaches(service, ({ output }) => output.at(-1)?.text === 'line 100');
    };
    await client.stop({ service: 'eventd' });
    await speaks('one');
    await client.start({ service: 'eventd' });
    t.strictSame(textsOf(await has(machine, 'one', 'line 100'), 'one'), numbered(100, 'line'));
    writeFileSync(machine.path(`${file}.full`), '');
    await speaks('other');
    t.strictSame(textsOf(stored(machine), 'other'), []);
    rmSync(machine.path(`${file}.full`));
    const store = await has(machine, 'other', 'line 100');
    t.strictSame(textsOf(store, 'other'), numbered(100, 'line'));
    t.strictSame([store.gaps, store.doubles], [[], 0]);
  },
);

t.test('LOG-014 D-81 what services say while the machine stops is stored, for eventd ends after them', { skip }, async (t) => {
  const keep = temporaryDirectory(t);
  const talker = { ...shell('trap "seq -f \'bye %.0f\' 500; exit 0" TERM; echo up; while :; do sleep 0.02; done'), Triggers: ['boot'] };
  const machine = await bootSettled(t, {
    keep,
    registry: withServices({
      one: { ...talker, Readiness: 'Alive' },
      other: { ...talker, Readiness: 'Alive' },
      eventd: { ...eventd, Triggers: ['boot'], StopTimeout: 20 },
    }),
  });
  for (const name of ['one', 'other']) await has(machine, name, 'up');
  const ended = await machine.powerOff();
  t.equal(ended.status, 0);
  const store = storedIn(globSync(join(keep, `**${file}`))[0] ?? '');
  for (const name of ['one', 'other']) t.strictSame(textsOf(store, name), ['up', ...numbered(500, 'bye')]);
  t.strictSame(store.gaps, []);
});
