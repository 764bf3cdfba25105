/** What programs write, however they write it, arrives whole; and none of them harms the machine. */
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { bootCollected } from '../../../support/collected.ts';
import type { Machine } from '../../../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../../support/machine.ts';
import { perl } from '../../../support/perl.ts';
import { until } from '../../../support/wait.ts';

const skip = cannotRun;
const oneshot = { Type: 'Oneshot', StartTimeout: 120 };

const memoryMb = ({ pid }: Machine): number => Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Pipes that PID 1 holds. */
const pipesOf = ({ pid }: Machine): number =>
  readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('pipe:');
    } catch {
      return false;
    }
  }).length;

t.test('LOG-002 LOG-003 LOG-004 each line is tagged with the service or the command of it, its stream and its job', { skip }, async (t) => {
  const { machine, lines } = await bootCollected(t, {
    web: {
      ...shell('echo main; echo complains >&2; exec sleep 1000'),
      Readiness: 'Alive',
      ExecStartPre: ['/bin/echo before', '/bin/sh -c "echo again >&2"'],
      ExecStartPost: ['/bin/echo behind'],
      HealthCheck: '/bin/echo well',
      HealthCheckInterval: 1,
    },
  });
  const client = await machine.client();
  await client.start({ service: 'web' });
  const { current_job } = await client.status({ service: 'web' });
  await until('a check has said something', () => lines('web/HealthCheck').length > 0);
  const tags = [...new Set(lines().map(({ origin, is_error, text }) => `${origin} ${is_error ? 'stderr' : 'stdout'} ${text}`))].sort();
  t.strictSame(tags, [
    'web stderr complains',
    'web stdout main',
    'web/ExecStartPost[0] stdout behind',
    'web/ExecStartPre[0] stdout before',
    'web/ExecStartPre[1] stderr again',
    'web/HealthCheck stdout well',
  ]);
  t.ok(lines('web').every(({ job_id }) => job_id === current_job?.id));
  t.equal(new Set(lines().map(({ origin, job_id }) => (origin.includes('Check') ? '' : job_id))).size, 5, 'a job each');
});

t.test('LOG-011 LOG-012 several floods at once arrive whole and in order while commands are answered', { skip }, async (t) => {
  const count = 60_000;
  const flood = perl(`$_ = 'x' x 80; for my $n (1 .. ${count}) { print qq($n $_\\n) }`);
  const names = ['one', 'two', 'three'];
  const { machine, records, lines } = await bootCollected(t, Object.fromEntries(names.map((name) => [name, { ...flood, ...oneshot }])));
  const client = await machine.client();
  const going = names.map(async (service) => (await machine.client()).start({ service }));
  let answers = 0;
  const all = Promise.all(going).then(() => true);
  while (!(await Promise.race([all, client.status({ service: 'one' }).then(() => false)]))) answers++;
  t.ok(answers > 2, `${answers} answers meanwhile`);
  await until('all lines', () => lines().length >= names.length * count, { limitMs: 60_000 });
  for (const name of names) {
    const numbers = lines(name).map(({ text }) => Number.parseInt(text, 10));
    t.ok(numbers.length === count && numbers.every((number, index) => number === index + 1), `${numbers.length} lines of ${name}`);
  }
  t.ok(
    lines().every(({ id }, index) => id === index + 1),
    'ids rise by one',
  );
  t.strictSame(
    records().filter(({ kind }) => kind === 'dropped'),
    [],
  );
  t.ok(memoryMb(machine) < 80, `PID 1 had ${memoryMb(machine)} MB`);
});

t.test('LOG-008 a line without an end is cut and costs no memory, and the next one is whole', { skip }, async (t) => {
  const { machine, texts } = await bootCollected(t, {
    // A gigabyte.
    endless: { ...perl(`print 'x' x 65536 for 1 .. 16384; print qq(\\nbehind it\\nlast)`), ...oneshot },
  });
  await (await machine.client()).start({ service: 'endless' });
  await until('the last line', () => texts('endless').length >= 3, { limitMs: 100_000 });
  t.strictSame(texts('endless'), [`${'x'.repeat(8192 - 11)}[truncated]`, 'behind it', 'last']);
  t.ok(memoryMb(machine) < 80, `PID 1 had ${memoryMb(machine)} MB`);
});

t.test('LOG-012 what is written one byte at a time arrives as lines, and both streams in order', { skip }, async (t) => {
  const said = Array.from({ length: 300 }, (_, index) => `line ${index}`);
  const { machine, lines } = await bootCollected(t, {
    slow: {
      ...perl(`for my $n (0 .. 299) { my $to = $n % 3 ? *STDOUT : *STDERR; syswrite $to, $_ for split //, qq(line $n\\n) }`),
      ...oneshot,
    },
  });
  await (await machine.client()).start({ service: 'slow' });
  await until('all lines', () => lines('slow').length >= said.length);
  for (const isError of [false, true]) {
    t.strictSame(
      lines('slow').flatMap(({ text, is_error }) => (is_error === isError ? [text] : [])),
      said.filter((_line, index) => (index % 3 === 0) === isError),
    );
  }
});

t.test('LOG-012 bytes that are no UTF-8, and those that steer a terminal, arrive as they were written', { skip }, async (t) => {
  const { machine, lines } = await bootCollected(t, {
    odd: { ...perl(`print qq(\\e[31mred\\e[0m\\a\\r\\n\\xff\\xfe half \\xe2\\x82\\n\\0nul\\n)`), ...oneshot },
  });
  await (await machine.client()).start({ service: 'odd' });
  await until('all lines', () => lines('odd').length >= 3);
  t.strictSame(
    lines('odd').map(({ text, raw }) => ({ text, raw: raw?.toString('hex') ?? null })),
    [
      { text: '\u001b[31mred\u001b[0m\u0007\r', raw: null },
      { text: '\ufffd\ufffd half \ufffd', raw: 'fffe2068616c6620e282' },
      { text: '\0nul', raw: null },
    ],
  );
  t.notMatch(machine.console(), /\u001b\[31m/, 'none of it is on the console');
});

t.test(
  'LOG-012 a service that closes its streams and opens them again is heard, one that closes them for good runs on',
  { skip },
  async (t) => {
    const { machine, texts } = await bootCollected(t, {
      shy: { ...shell('exec 3>&1 >/dev/null; echo hidden; exec >/proc/self/fd/3 3>&-; echo again; exec sleep 1000'), Readiness: 'Alive' },
      mute: { ...shell('echo once; exec >&- 2>&-; touch /run/mute; exec sleep 1000'), Readiness: 'Alive' },
    });
    const client = await machine.client();
    await client.start({ service: 'shy' });
    await until('it was heard', () => texts('shy').length > 0);
    t.strictSame(texts('shy'), ['again']);
    const before = pipesOf(machine);
    await client.start({ service: 'mute' });
    await until('its line came, and both its pipes are closed', () => texts('mute').length > 0 && pipesOf(machine) === before);
    t.strictSame(texts('mute'), ['once']);
    t.match(await client.status({ service: 'mute' }), { state: 'active' });
  },
);

t.test('LOG-012 what lives on outside of the service and holds its pipes is heard, and holds nothing up', { skip }, async (t) => {
  const escaped =
    'echo $$ > /sys/fs/cgroup/cgroup.procs; : > /run/out.$me; while [ ! -e /run/go ]; do sleep 0.02; done; echo late; printf "no end"';
  const { machine, lines, texts } = await bootCollected(t, {
    parent: {
      ...shell(`export me=$$; setsid sh -c '${escaped}' & while [ ! -e /run/out.$me ]; do sleep 0.02; done; echo early`),
      ...oneshot,
    },
  });
  const client = await machine.client();
  t.match(await client.start({ service: 'parent' }), { state: /inactive|completed/ });
  const before = pipesOf(machine);
  t.match(await client.start({ service: 'parent' }), { state: /inactive|completed/ });
  await until('both have said it', () => texts('parent').length >= 2);
  t.strictSame(texts('parent'), ['early', 'early']);
  writeFileSync(machine.path('/run/go'), '');
  await until('what held the pipes has ended', () => texts('parent').length >= 6);
  t.strictSame([...texts('parent')].sort(), ['early', 'early', 'late', 'late', 'no end', 'no end']);
  t.equal(new Set(lines('parent').map(({ job_id, text }) => `${job_id} ${text}`)).size, 6, 'three lines of each job');
  await until('their pipes are closed', () => pipesOf(machine) < before);
  t.equal((await machine.powerOff()).status, 0);
});

t.test('LOG-010 LOG-013 a machine full of floods answers and is shut down', { skip }, async (t) => {
  const names = Array.from({ length: 12 }, (_, index) => `flood-${index}`);
  const flood = { ...shell('exec yes "some line of output that is longer than nothing"'), Readiness: 'Alive', Triggers: ['boot'] };
  const machine = await bootSettled(t, { registry: withServices(Object.fromEntries(names.map((name) => [name, flood]))) });
  const client = await machine.client();
  for (const service of names) t.match(await client.status({ service }), { state: 'active' });
  await until('all were heard', async () => {
    const all = await Promise.all(names.map((service) => client.status({ service, lines: 1 })));
    return all.every(({ output }) => output.length === 1);
  });
  await client.stop({ service: 'flood-0' });
  t.ok(memoryMb(machine) < 80, `PID 1 had ${memoryMb(machine)} MB`);
  t.equal((await machine.powerOff()).status, 0);
});
