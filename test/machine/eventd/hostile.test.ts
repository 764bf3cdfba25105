/** Readers and writers that mean harm to eventd, in a machine: nobody else notices. */
import { readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { connectEventd, eventdSocketPath } from '../../../clients/typescript/eventd.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, cannotRun, project, shell, withServices } from '../../support/machine.ts';
import { perl } from '../../support/perl.ts';
import { until } from '../../support/wait.ts';
import { start } from '../sandbox/sandbox.ts';
import { logsOf } from './daemon.ts';

const skip = cannotRun;
const boot = { Triggers: ['boot'], Readiness: 'Alive' };
const say = (text: string) => ({ ...shell(`echo ${text}; exec sleep 1000`), ...boot });
const asUser = ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups'];

const pidOf = async (machine: Machine): Promise<number> =>
  (await (await machine.client()).status({ service: 'eventd' })).current_job?.pid ?? 0;

t.test('whatever a user without rights asks for he is answered by rule, learns nothing, and keeps nobody waiting', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    eventd: true,
    registry: {
      ...withServices({ open: say('to all'), secret: say('to few') }),
      'Machine\\System\\eventd\\Security\\Logs\\secret': { Security: { sddl: 'O:SYG:SYD:(A;;0xf0003;;;SY)' } },
    },
  });
  const client = await connectEventd(machine.path(eventdSocketPath));
  t.teardown(() => client.disconnect());
  await until('both are stored', async () => (await logsOf(client, { services: ['open', 'secret'] })).length === 2);
  const pid = await pidOf(machine);
  const job = (await (await machine.client()).status({ service: 'secret' })).current_job?.id ?? '';
  const reader = join(project, 'test/machine/eventd/hostile-reader.ts');
  const running = start(t, ['exec', machine.name, '--', ...asUser, process.execPath, reader, job]);
  let worstMs = 0;
  await until(
    'all is asked',
    async () => {
      const begun = performance.now();
      await logsOf(client, { services: ['open'] });
      worstMs = Math.max(worstMs, performance.now() - begun);
      return running.stdout().includes('\n') || running.process.exitCode !== null;
    },
    { more: running.stderr },
  );
  t.strictSame(JSON.parse(running.stdout()), {
    'no JSON': 'INVALID_REQUEST',
    'nothing but brackets': 'INVALID_REQUEST',
    'deep lists': 'INVALID_REQUEST',
    'no text at all': 'INVALID_REQUEST',
    'a line without an end': 'INVALID_REQUEST',
    'a name twice': 'INVALID_REQUEST',
    'the name of a method': 'INVALID_REQUEST',
    'more than a number holds': 'INVALID_REQUEST',
    'less than none': 'INVALID_REQUEST',
    'half of one': 'INVALID_REQUEST',
    'a time that is none': 'INVALID_REQUEST',
    'the end of time': '',
    'before all time': '',
    'what is no cursor': 'INVALID_CURSOR',
    'a forged cursor': 'open',
    'thousands of names': '',
    'thousands of jobs': '',
    'a text of signs of SQL': '',
    'a text of zeros': '',
    'a text of half characters': 'INVALID_REQUEST',
    'a long text': '',
    'too long a text': 'INVALID_REQUEST',
    'no such boot': 'UNKNOWN_BOOT',
    'all there is': 'open',
    'what is secret by its name': 'ACCESS_DENIED',
    'what is secret by its hook': '',
    'what is secret among others': 'open',
    'what is secret by its job': '',
    'what is secret by its text': '',
    'all ad-hoc jobs': 'ACCESS_DENIED',
    events: 'ACCESS_DENIED',
    'events of many stars': 'ACCESS_DENIED',
    'events of a service that may be read': 'ACCESS_DENIED',
    'to clear all': 'ACCESS_DENIED',
    'to clear what may be read': 'ACCESS_DENIED',
    'twenty that follow': 4,
    'one more after a thousand': true,
  });
  t.ok(worstMs < 2_000, `others were answered within ${worstMs.toFixed(0)} ms`);
  t.equal(await pidOf(machine), pid, 'it is still the same eventd');
});

/** Searches for what is nearly everywhere and nowhere, again and again; says a dot for each time. */
const searches = `
const line = JSON.stringify({ op: 'logs', id: 1, text: 'x'.repeat(60) + 'y', ignore_case: true }) + '\\n';
const search = () => {
  const socket = require('node:net').connect('${eventdSocketPath}');
  socket.on('error', () => undefined).on('close', () => setImmediate(search));
  socket.setEncoding('utf8').on('data', (text) => {
    if (!text.includes('"more":false')) return;
    process.stdout.write('.');
    socket.write(line);
  });
  socket.write(line);
};
for (let n = 0; n < 4; n++) search();
setTimeout(() => process.exit(0), 60_000);`;

const highestMb = (pid: number): number => Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
const forgetHighest = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

t.test(
  'LOG-012 O-108 fifty services flood while a user searches: all is answered, the disk and memory are bounded',
  { skip },
  async (t) => {
    const flood = perl('while (1) { print(("x" x 99) . "\\n") for 1..100; $|++; $|--; select(undef, undef, undef, 0.05) }');
    const counts = perl('$| = 1; while (1) { print ++$n, "\\n"; select(undef, undef, undef, 0.01) }');
    const names = Array.from({ length: 50 }, (_, index) => `flood-${index}`);
    const machine = await bootSettled(t, {
      eventd: true,
      registry: {
        ...withServices({
          counts: { ...counts, ...boot },
          ...Object.fromEntries(names.map((name) => [name, { ...flood, Readiness: 'Alive' }])),
        }),
        'Machine\\System\\eventd': { MaxSize: 16 },
      },
    });
    const control = await machine.client();
    const client = await connectEventd(machine.path(eventdSocketPath));
    t.teardown(() => client.disconnect());
    const newest = async (): Promise<number> => {
      const [entry] = await logsOf(client, { services: ['counts'], order: 'newest', most: 1 });
      return entry?.kind === 'line' ? Number(entry.text) : 0;
    };
    await until('it counts', async () => (await newest()) > 0);
    const eventd = hostPid(machine, await pidOf(machine));
    for (const name of names) await control.start({ service: name });
    const searching = start(t, ['exec', machine.name, '--', ...asUser, process.execPath, '-e', searches]);
    await until('it searches', () => searching.stdout() !== '', { more: searching.stderr });
    for (const one of [machine.pid, eventd]) forgetHighest(one);
    const sizes: number[] = [];
    const answers: number[] = [];
    const begun = performance.now();
    const before = await newest();
    let seen = before;
    while (performance.now() < begun + 5_000) {
      const at = performance.now();
      seen = await newest();
      await control.status({ service: 'counts' });
      answers.push(performance.now() - at);
      sizes.push(
        ['events.db', 'events.db-wal'].reduce((sum, name) => sum + statSync(machine.path(`/var/lib/eventd/${name}`)).size, 0) / 2 ** 20,
      );
    }
    const searched = searching.stdout().length;
    t.ok(seen > before + 100, `${before} to ${seen}: records are stored meanwhile`);
    t.ok(searched > 1, `${searched} searches`);
    t.ok(Math.max(...answers) < 3_000, `answers took at most ${Math.max(...answers).toFixed(0)} ms`);
    t.ok(Math.max(...sizes) < 40, `the database had at most ${Math.max(...sizes).toFixed(0)} MB`);
    t.ok(highestMb(eventd) < 200, `eventd had ${highestMb(eventd).toFixed(0)} MB`);
    t.ok(highestMb(machine.pid) < 80, `PID 1 had ${highestMb(machine.pid).toFixed(0)} MB`);
    const { lost_lines, lines } = await client.storage();
    const found = await logsOf(client, { services: ['counts'] });
    const numbers = found.flatMap((entry) => (entry.kind === 'line' ? [Number(entry.text)] : []));
    const gaps = found.length - numbers.length;
    const wrong = numbers.filter((number, index) => index > 0 && number !== (numbers[index - 1] ?? 0) + 1);
    t.ok(wrong.length <= gaps, `after ${wrong.join()} of ${numbers.length} lines there is one missing, and ${gaps} gaps are told`);
    t.comment(`${lines} lines are stored, ${lost_lines} were lost, answers took at most ${Math.max(...answers).toFixed(0)} ms`);
  },
);

/** As the host numbers a process of a machine. */
function hostPid(machine: Machine, inside: number): number {
  const namespace = readlinkSync(`/proc/${machine.pid}/ns/pid`);
  const found = readdirSync('/proc').find((pid) => {
    try {
      if (!/^\d+$/.test(pid) || readlinkSync(`/proc/${pid}/ns/pid`) !== namespace) return false;
      return new RegExp(`^NSpid:.*\\t${inside}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error(`the host has no process ${inside} of the machine`);
  return Number(found);
}
