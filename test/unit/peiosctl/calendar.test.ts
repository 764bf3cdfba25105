/** `peiosctl analyze calendar`, without a machine. */
import t from 'tap';
import type { Instant } from '../../../clients/peiosctl/calendar-times.ts';
import { occurrences } from '../../../clients/peiosctl/calendar-times.ts';
import { calendar } from '../../../clients/peiosctl/commands/analyze/calendar.ts';
import { calendarOfCron } from '../../../clients/peiosctl/cron.ts';
import { parseCalendar } from '../../../src/policy/calendar/parse.ts';
import { said } from '../../support/peiosctl.ts';

async function run(...words: readonly string[]) {
  const { context, printed, complained } = said(words);
  const status = await calendar.run(context, context.arguments);
  return { status, printed, complained };
}

function times(text: string, after: string, most: number) {
  const parsed = parseCalendar(text);
  if (!parsed.ok) throw new Error(parsed.what);
  const now = Temporal.Instant.from(after).epochNanoseconds as Instant;
  return occurrences(parsed.value, now, 'UTC', most).map(({ at, skipped }) => [new Temporal.Instant(at).toString(), skipped]);
}

t.test('an expression has its normal form, its zone and its next times in the zone and in UTC', async (t) => {
  const { status, printed, complained } = await run('2199-12-24', '18:30', '--tz', 'Europe/Berlin');
  const left = /\d+ d( \d+ (h|min|s))?$/;
  t.match(printed.at(-1), left);
  t.strictSame(
    { status, printed: printed.map((line) => line.replace(left, 'LEFT')), complained },
    {
      status: 0,
      printed: [
        '2199-12-24 18:30:00',
        '  written    2199-12-24 18:30',
        '  zone       Europe/Berlin (--tz)',
        '  ends       after 1 more',
        '',
        'Europe/Berlin                   UTC                  IN',
        'Tue 2199-12-24 18:30:00 +01:00  2199-12-24 17:30:00  LEFT',
      ],
      complained: [],
    },
  );
  const foreign = await run('2199-07-01 12:00 Europe/London', '--tz', 'UTC');
  t.strictSame(foreign.printed.slice(2, 6), [
    '  zone       Europe/London (the expression names it)',
    '  ends       after 1 more',
    '',
    `UTC${' '.repeat(29)}IN`,
  ]);
  t.match(foreign.printed.at(-1), /^Mon 2199-07-01 11:00:00 \+00:00 {2}/);
  t.equal((await run('minutely', '--count', '7')).printed.filter((line) => /^[A-Z][a-z]{2} /.test(line)).length, 7);
  t.strictSame((await run('*-02-30', '--tz', 'UTC')).printed, [
    '*-02-30 00:00:00',
    '  written    *-02-30',
    '  zone       UTC (--tz)',
    '  next       never',
  ]);
});

t.test('with --json a program gets the same', async (t) => {
  const { printed } = await run('2199-12-24 18:30 Europe/Berlin', '--json');
  const answer = JSON.parse(printed.join('\n'));
  t.ok(answer.times[0].seconds > 0);
  t.match(answer.now, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  t.strictSame(
    { ...answer, now: null, times: answer.times.map((time: object) => ({ ...time, seconds: 1 })) },
    {
      expression: '2199-12-24 18:30 Europe/Berlin',
      normal: '2199-12-24 18:30:00 Europe/Berlin',
      zone: 'Europe/Berlin',
      now: null,
      times: [{ at: '2199-12-24T17:30:00Z', local: '2199-12-24T18:30:00+01:00', seconds: 1, skipped: null }],
    },
  );
  const refused = await run('*-13-01', '--json');
  t.strictSame(JSON.parse(refused.printed.join('\n')), {
    expression: '*-13-01',
    problem: 'has the month 13, which is not between 1 and 12',
    remedy: 'Correct the value.',
    from: 2,
    to: 4,
  });
});

t.test('what is wrong is shown in its place, of a long expression the part around it', async (t) => {
  t.strictSame(await run('Mon..Fri  *-13-*', '09:00'), {
    status: 1,
    printed: [],
    complained: [
      'the expression has the month 13, which is not between 1 and 12. Correct the value.',
      '  Mon..Fri  *-13-* 09:00',
      '              ^^',
    ],
  });
  const marked = async (text: string): Promise<string | undefined> => {
    const [, shown = '', marks = ''] = (await run(text)).complained;
    t.ok(shown.length <= 74, text);
    return shown.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1);
  };
  for (const [text, part] of [
    ['Mon,Fri..Tue 9:00', 'Fri..Tue'],
    ['Mon,Noday 9:00', 'Noday'],
    ['12:00:61', '61'],
    ['12:00/0', '00/0'],
    ['daily Mars/Base', 'Mars/Base'],
    ['daily UTC UTC', 'UTC'],
    ['*-*~1,40', '40'],
    ['9', '9'],
    [`*:${'1,2,3,'.repeat(32)}77`, '77'],
    [`Mon *:${'0,1,2,'.repeat(20)}88,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22`, '88'],
  ] as const)
    t.equal(await marked(text), part, text);
});

t.test('times that the clock skips are told between those that come, and a repeated hour is none', async (t) => {
  const skipped = { first: '2026-03-29 02:30:00', last: '2026-03-29 02:30:00', count: 1 };
  t.strictSame(times('02:30 Europe/Berlin', '2026-03-27T12:00:00Z', 2), [
    ['2026-03-28T01:30:00Z', null],
    ['2026-03-30T00:30:00Z', skipped],
  ]);
  t.strictSame(times('minutely Europe/Berlin', '2026-03-29T00:59:00Z', 1), [
    ['2026-03-29T01:00:00Z', { first: '2026-03-29 02:00:00', last: '2026-03-29 02:59:00', count: 60 }],
  ]);
  t.strictSame(times('hourly Europe/Berlin', '2026-10-25T00:00:00Z', 2), [
    ['2026-10-25T02:00:00Z', null],
    ['2026-10-25T03:00:00Z', null],
  ]);
  t.strictSame(times('minutely Europe/Berlin', '2026-10-25T01:10:00Z', 1), [['2026-10-25T02:00:00Z', null]], 'within that hour');
  t.strictSame(times('daily Pacific/Apia', '2011-12-29T12:00:00Z', 1), [
    ['2011-12-30T10:00:00Z', { first: '2011-12-30 00:00:00', last: '2011-12-30 00:00:00', count: 1 }],
  ]);
});

t.test('a wrong option is refused with what it takes', async (t) => {
  for (const count of ['0', '1001', 'x', '-1'])
    await t.rejects(run('daily', `--count=${count}`), { message: /^--count takes a number from 1 to 1000/ });
  await t.rejects(run('daily', '--tz', 'Mars'), { message: /^--tz takes the name of a time zone .*, not Mars$/ });
});

t.test('what cron writes is told as it is here', async (t) => {
  for (const [cron, here] of [
    ['0 9 * * 1-5', ['Mon..Fri *-*-* 09:00:00']],
    ['*/15 * * * *', ['*-*-* *:00,15,30,45:00']],
    ['5 4 * * sun', ['Sun *-*-* 04:05:00']],
    ['0 0 1 jan,jul *', ['*-01,07-01 00:00:00']],
    ['0 22 * * 0-6', ['*-*-* 22:00:00']],
    ['0 22 * * 6,7', ['Sat..Sun *-*-* 22:00:00']],
    ['30 4 1,15 * 5', ['*-*-01,15 04:30:00', 'Fri *-*-* 04:30:00']],
    ['@daily', ['daily']],
    ['@reboot', null],
    ['61 * * * *', null],
    ['0 9 * *', null],
    ['0 9 * * 8', null],
    ['0 9 * foo *', null],
    ['Mon *-*-* 09:00:00 UTC x', null],
  ] as const)
    t.strictSame(calendarOfCron(cron), here, cron);
  const { complained } = await run('0 9 * * 1-5');
  t.match(complained[0], /^the expression has "0" .*\. That is how cron writes it; here it is Mon\.\.Fri \*-\*-\* 09:00:00\.$/);
});
