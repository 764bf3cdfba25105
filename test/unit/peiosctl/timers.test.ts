/** `peiosctl timers`, and timers in status and list: what they print, word for word. */
import t from 'tap';
import { list } from '../../../clients/peiosctl/commands/list.ts';
import { timers as command } from '../../../clients/peiosctl/commands/timers.ts';
import { cameTo, timerLines, timerText } from '../../../clients/peiosctl/format-timers.ts';
import { formatInstant } from '../../../clients/peiosctl/time.ts';
import type { Timer, TimerFiring } from '../../../gen/control/types.ts';
import { said } from '../../support/peiosctl.ts';

const firing: TimerFiring = {
  at: '2026-06-01T03:00:00.000000000Z',
  seconds_ago: 3600 * 9,
  scheduled: '2026-06-01T03:00:00.000000000Z',
  outcome: 'started',
  reason: null,
  operation_id: '019e8a5f-7c00-7000-8000-00000000abcd',
  result: { operation: 'completed', state: 'inactive', error: null, at: '2026-06-01T03:00:09.000000000Z' },
};
const timer: Timer = {
  service: 'backup',
  schedule: '*-*-* 03:00:00 Europe/Berlin',
  next: '2026-06-02T03:00:00.000000000Z',
  next_seconds: 3600 * 15 + 61,
  scheduled: '2026-06-02T03:00:00.000000000Z',
  idle: null,
  pending_run: false,
  last: firing,
  persistent: false,
  jitter: 0,
};
const off: Timer = {
  ...timer,
  service: 'off',
  schedule: 'weekly',
  next: null,
  next_seconds: null,
  scheduled: null,
  idle: 'safe_mode',
  last: null,
};
const soon: Timer = {
  ...timer,
  service: 'sync',
  schedule: '*:0/15',
  next: '2026-06-01T12:15:00.000000000Z',
  next_seconds: 20,
  last: { ...firing, seconds_ago: 5, outcome: 'skipped', reason: 'service sync is in backoff, which a timer leaves alone', result: null },
};

async function run(words: readonly string[], timers: readonly Timer[], zone = Temporal.Now.timeZoneId(), width: number | null = null) {
  const services = ['backup', 'off', 'sync', 'web'].map((service) => ({ service, state: 'inactive' }));
  const control = { timers: async () => ({ status: 'ok', timers, zone }), list: async () => ({ status: 'ok', services }) };
  const { context, printed, complained } = said(words, control, { width });
  const status = await command.run(context);
  return { status, printed, complained };
}

const instant = (text: string | null): string => formatInstant(text ?? '');

t.test('timers are a table, the first to fire first, with what needs a word below', async (t) => {
  t.strictSame(await run([], [timer, off, soon]), {
    status: 0,
    printed: [
      'SERVICE  NEXT                 LEFT        LAST     CAME TO    WHEN',
      `sync     ${instant(soon.next)}  20 s        5 s ago  skipped    *:0/15`,
      '  service sync is in backoff, which a timer leaves alone',
      `backup   ${instant(timer.next)}  15 h 1 min  9 h ago  completed  *-*-* 03:00:00 Europe/Berlin`,
      'off      safe mode            -           -        -          weekly',
    ],
    complained: [],
  });
});

t.test('in 80 columns no line is longer, and the expressions stand below', async (t) => {
  const { printed } = await run([], [timer, off, soon, { ...timer, service: 'a-rather-long-name' }], undefined, 80);
  t.ok(printed.every((line) => line.length <= 80));
  t.ok(printed.includes('  *-*-* 03:00:00 Europe/Berlin'));
  t.notMatch(printed[0], /WHEN/);
});

t.test('services are named by words and patterns, and what has no timer is said', async (t) => {
  t.strictSame(
    (await run(['sync', 'OFF'], [timer, off, soon])).printed.filter((line) => /^[a-z]/.test(line)).map((line) => line.split(' ')[0]),
    ['sync', 'off'],
  );
  t.strictSame((await run(['b*'], [timer, off, soon])).printed.length, 2);
  t.strictSame(await run(['web'], [timer]), { status: 0, printed: [], complained: ['web: no timer'] });
  t.strictSame((await run([], [])).complained, [
    'no service that you may look at has a timer; one is made with the trigger timer:EXPRESSION',
  ]);
  await t.rejects(run(['nope'], [timer]), { code: 'UNKNOWN_SERVICE' });
});

t.test('with --json the answer comes as it is, of the services that are named', async (t) => {
  const { printed } = await run(['sync', '--json'], [timer, soon], 'Asia/Tokyo');
  t.strictSame(JSON.parse(printed.join('\n')), { status: 'ok', timers: [soon], zone: 'Asia/Tokyo' });
});

t.test('a machine of another zone is told, and another name is none', async (t) => {
  if (Temporal.Now.timeZoneId() === 'UTC') t.notMatch((await run([], [timer], 'Etc/UTC')).printed.at(-1), /times are/);
  t.equal(
    (await run([], [timer], 'Pacific/Apia')).printed.at(-1),
    `times are those of ${Temporal.Now.timeZoneId()}; an expression without a zone is of Pacific/Apia`,
  );
});

t.test('each firing comes to one word', async (t) => {
  const came = (last: Partial<TimerFiring> | null, pending_run = false) => {
    const { word, why } = cameTo({ ...timer, pending_run, last: last === null ? null : { ...firing, ...last } });
    return [word, why];
  };
  const result = (change: object) =>
    ({ result: { operation: 'completed', state: 'inactive', error: null, at: firing.at, ...change } }) as Partial<TimerFiring>;
  t.strictSame(
    [
      came(null),
      came({ outcome: null, result: null }),
      came({}),
      came(result({ state: 'active' })),
      came(result({ operation: 'failed', state: null, error: 'exited with code 3' })),
      came({ result: null }),
      came({ outcome: 'pending', operation_id: null, result: null }, true),
      came({ outcome: 'pending', operation_id: null, result: null }),
      came({ outcome: 'pending', result: null }),
      came({ outcome: 'pending', ...result({ operation: 'failed', state: null, error: 'exited with code 3' }) }),
      came({ outcome: 'pending' }),
    ],
    [
      ['-', null],
      ['-', null],
      ['completed', null],
      ['active', null],
      ['failed', 'exited with code 3'],
      ['under way', null],
      ['pending', 'the service runs already, and is run once more after that'],
      ['taken back', 'the service was running, and the run that was to follow is not made'],
      ['under way', null],
      ['failed', 'exited with code 3'],
      ['completed', null],
    ],
  );
});

t.test('status tells each timer in a row', async (t) => {
  t.equal(timerText(timer), `${timer.schedule}: next ${instant(timer.next)} (in 15 h 1 min), last 9 h ago: completed`);
  t.equal(timerText(off), 'weekly: does not fire: Safe mode leaves the service out');
  t.match(timerText(soon), /: next .* \(in 20 s\), last 5 s ago: skipped, service sync is in backoff, which a timer leaves alone$/);
});

t.test('colours are for what came of it alone', async (t) => {
  const lines = timerLines([timer, soon], (color, text) => `<${color}>${text}</>`, null);
  t.match(lines[1], /<green>completed *<\/>/);
  t.match(lines[2], /<yellow>skipped *<\/>/);
});

t.test('list has a column of next runs where a service has one', async (t) => {
  const entry = (service: string, next?: Date) => ({
    service,
    state: 'inactive',
    cause: null,
    health: null,
    granted: undefined,
    ...(next === undefined ? {} : { next_run: next.toISOString() }),
  });
  async function printedOf(services: readonly object[]): Promise<readonly string[]> {
    const { context, printed } = said([], { list: async () => ({ services }) });
    await list.run(context);
    return printed;
  }
  const later = new Date(Date.now() + 26.5 * 3600 * 1000);
  t.strictSame(await printedOf([entry('backup', later), entry('web')]), [
    'SERVICE  STATE     CAUSE  HEALTH  NEXT RUN',
    'backup   inactive  -      -       in 1 d',
    'web      inactive  -      -       -',
  ]);
  t.strictSame(await printedOf([entry('web')]), ['SERVICE  STATE     CAUSE  HEALTH', 'web      inactive  -      -']);
});
