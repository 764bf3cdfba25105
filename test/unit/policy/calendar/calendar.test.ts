import t from 'tap';
import { formatCalendar } from '../../../../src/policy/calendar/format.ts';
import { nextOccurrence } from '../../../../src/policy/calendar/next.ts';
import { parseCalendar } from '../../../../src/policy/calendar/parse.ts';
import { decodeDefinition } from '../../../../src/policy/definition/decode.ts';
import { matchEach } from '../../../support/lists.ts';

const ns = (iso: string): bigint => BigInt(Date.parse(iso)) * 1_000_000n;
const base = '2026-11-24T10:00:00Z'; // a Tuesday

function next(text: string, after = base, zone = 'UTC'): string | null {
  const parsed = parseCalendar(text);
  if (!parsed.ok) throw new Error(`${text} ${parsed.what}`);
  const found = nextOccurrence(parsed.value, ns(after), zone);
  return found === null ? null : new Date(Number(found / 1_000_000n)).toISOString().replace('.000Z', 'Z');
}

/** The next several times. */
function times(text: string, count: number, after = base, zone = 'UTC'): readonly (string | null)[] {
  const found: (string | null)[] = [];
  for (let from: string | null = after; found.length < count && from !== null; ) {
    from = next(text, from, zone);
    found.push(from);
  }
  return found;
}

const refused = (text: string): string => {
  const parsed = parseCalendar(text);
  return parsed.ok ? 'accepted' : `${parsed.what} ${parsed.remedy}`;
};

t.test('TMR-002 the whole layout is read, and it fires then', async (t) => {
  t.equal(next('Mon 2027-01-04 09:00:00 UTC'), '2027-01-04T09:00:00Z');
  t.equal(next('Tue 2027-01-04 09:00:00 UTC'), null, 'that day is a Monday');
});

t.test('TMR-003 * matches each value of its field', async (t) => {
  t.strictSame(times('*-*-* 02:00:00', 2), ['2026-11-25T02:00:00Z', '2026-11-26T02:00:00Z']);
});

t.test('TMR-004 a list matches each of its values', async (t) => {
  t.strictSame(times('*-*-1,15 12:00:00', 3), ['2026-12-01T12:00:00Z', '2026-12-15T12:00:00Z', '2027-01-01T12:00:00Z']);
});

t.test('TMR-005 a range matches both ends and all between, and a reversed one is refused', async (t) => {
  t.strictSame(times('Mon..Fri *-*-* 09:00:00', 4), [
    '2026-11-25T09:00:00Z',
    '2026-11-26T09:00:00Z',
    '2026-11-27T09:00:00Z',
    '2026-11-30T09:00:00Z',
  ]);
  t.match(refused('Fri..Mon'), /reversed range "Fri\.\.Mon"/);
  t.match(refused('*-*-20..10'), /reversed range "20\.\.10" in its day/);
});

t.test('TMR-006 a step goes on to the maximum of the field, or to the end of its range, and 0 is refused', async (t) => {
  t.strictSame(times('*:00/15:00', 5), [
    '2026-11-24T10:15:00Z',
    '2026-11-24T10:30:00Z',
    '2026-11-24T10:45:00Z',
    '2026-11-24T11:00:00Z',
    '2026-11-24T11:15:00Z',
  ]);
  t.strictSame(times('*:05..20/10', 3), ['2026-11-24T10:05:00Z', '2026-11-24T10:15:00Z', '2026-11-24T11:05:00Z']);
  t.strictSame(times('*-*/5-10', 3), ['2027-01-10T00:00:00Z', '2027-06-10T00:00:00Z', '2027-11-10T00:00:00Z'], '* begins at the least');
  t.equal(next('2020/4-02-29'), '2028-02-29T00:00:00Z');
  t.equal(next('*:0/100'), '2026-11-24T11:00:00Z', 'a step beyond the field leaves the value alone');
  t.match(refused('*:00/0'), /step of 0 in its minute/);
});

t.test('TMR-007 after a tilde days count from the end of the month, and a step walks towards it', async (t) => {
  t.strictSame(times('*-*~01', 5), [
    '2026-11-30T00:00:00Z',
    '2026-12-31T00:00:00Z',
    '2027-01-31T00:00:00Z',
    '2027-02-28T00:00:00Z',
    '2027-03-31T00:00:00Z',
  ]);
  t.equal(next('*-02~01', '2028-01-01T00:00:00Z'), '2028-02-29T00:00:00Z');
  t.equal(next('*-02~03'), '2027-02-26T00:00:00Z', 'third-last of February');
  t.equal(next('Mon *-05~07/1'), '2027-05-31T00:00:00Z', 'last Monday of May');
  t.strictSame(times('*-*~1..3', 3), ['2026-11-28T00:00:00Z', '2026-11-29T00:00:00Z', '2026-11-30T00:00:00Z']);
  t.strictSame(times('*-*~07/3', 3), ['2026-11-27T00:00:00Z', '2026-11-30T00:00:00Z', '2026-12-25T00:00:00Z']);
  t.strictSame(times('*-*~2..6/2', 3), ['2026-11-25T00:00:00Z', '2026-11-27T00:00:00Z', '2026-11-29T00:00:00Z']);
  t.strictSame(times('*-12~*/10', 4), ['2026-12-01T00:00:00Z', '2026-12-11T00:00:00Z', '2026-12-21T00:00:00Z', '2026-12-31T00:00:00Z']);
  t.match(refused('*-*~7..1'), /reversed range/);
  t.strictSame(times('*-*~*', 2), ['2026-11-25T00:00:00Z', '2026-11-26T00:00:00Z']);
});

t.test('every part may be left out, weekdays in short, long and any case, seconds are 00', async (t) => {
  t.equal(next('14:30'), '2026-11-24T14:30:00Z');
  t.equal(next('Mon'), '2026-11-30T00:00:00Z');
  for (const text of ['monday', 'MON', 'Monday', 'mOn']) t.equal(next(text), next('Mon'), text);
  t.equal(next('12-24'), '2026-12-24T00:00:00Z');
  t.equal(next('2027-03-04'), '2027-03-04T00:00:00Z');
  t.equal(next('14:30', base, 'Europe/Berlin'), '2026-11-24T13:30:00Z', 'in the zone of the machine');
  t.equal(next('Europe/Berlin'), '2026-11-24T23:00:00Z', 'midnight of a zone');
  t.equal(next(' \tSat  12:00\t'), '2026-11-28T12:00:00Z', 'blanks may be many');
});

t.test(
  'TMR-009 TMR-010 TMR-011 TMR-012 TMR-043 TMR-044 TMR-045 TMR-046 shortcuts stand for their expressions, in any case, with a zone',
  async (t) => {
    const expected = {
      minutely: '2026-11-24T10:01:00Z',
      hourly: '2026-11-24T11:00:00Z',
      daily: '2026-11-25T00:00:00Z',
      weekly: '2026-11-30T00:00:00Z',
      monthly: '2026-12-01T00:00:00Z',
      quarterly: '2027-01-01T00:00:00Z',
      semiannually: '2027-01-01T00:00:00Z',
      yearly: '2027-01-01T00:00:00Z',
      annually: '2027-01-01T00:00:00Z',
    };
    for (const [name, time] of Object.entries(expected)) t.equal(next(name), time, name);
    t.strictSame(times('quarterly', 3), ['2027-01-01T00:00:00Z', '2027-04-01T00:00:00Z', '2027-07-01T00:00:00Z']);
    t.strictSame(times('semiannually', 2), ['2027-01-01T00:00:00Z', '2027-07-01T00:00:00Z']);
    t.equal(next('DAILY Europe/Berlin'), '2026-11-24T23:00:00Z');
  },
);

t.test('TMR-013 zones are IANA names, summer time included, and an unknown one is refused', async (t) => {
  t.equal(next('*-*-* 02:00:00 Europe/London', '2026-07-01T00:00:00Z'), '2026-07-01T01:00:00Z');
  t.equal(next('*-*-* 02:00:00 Europe/London', '2026-12-01T00:00:00Z'), '2026-12-01T02:00:00Z');
  t.equal(next('12:00 US/Eastern'), '2026-11-24T17:00:00Z');
  for (const name of ['Mars/Base', 'Z', 'Europe', '../Berlin', '+02:00']) t.match(refused(`daily ${name}`), JSON.stringify(name), name);
});

t.test('TMR-014 a time inside the skipped hour does not fire that day', async (t) => {
  t.strictSame(times('02:30 Europe/Berlin', 2, '2026-03-28T00:00:00Z'), ['2026-03-28T01:30:00Z', '2026-03-30T00:30:00Z']);
  t.equal(next('02:30 Europe/Berlin', '2026-03-28T12:00:00Z'), '2026-03-30T00:30:00Z');
  t.equal(next('*:*:00 Europe/Berlin', '2026-03-29T00:59:30Z'), '2026-03-29T01:00:00Z', 'the first minute after it does');
});

t.test('TMR-015 a time inside the repeated hour fires once, at its first occurrence, and an hourly timer rests meanwhile', async (t) => {
  t.strictSame(times('02:30 Europe/Berlin', 2, '2026-10-24T12:00:00Z'), ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z']);
  t.strictSame(times('hourly Europe/Berlin', 4, '2026-10-24T22:30:00Z'), [
    '2026-10-24T23:00:00Z',
    '2026-10-25T00:00:00Z',
    '2026-10-25T02:00:00Z',
    '2026-10-25T03:00:00Z',
  ]);
  t.equal(next('minutely Europe/Berlin', '2026-10-25T01:10:00Z'), '2026-10-25T02:00:00Z', 'in the second pass');
  t.equal(next('02:00 Europe/Berlin', '2026-10-24T23:59:59Z'), '2026-10-25T00:00:00Z', 'the first label of the hour');
  t.equal(next('02:00 Europe/Berlin', '2026-10-25T00:59:59Z'), '2026-10-26T01:00:00Z', 'and not once more when the hour repeats');
});

t.test('TMR-016 a malformed expression is refused in words, and fails the definition that holds it', async (t) => {
  for (const [text, pattern] of [
    ['*-*-1,,2', /empty item in its day/],
    ['25:00', /hour 25, which is not between 0 and 23/],
    ['*-13-01', /month 13, which is not between 1 and 12/],
    ['*-*-0', /day 0/],
    ['10000-01-01', /year 10000, which is not between 0 and 9999/],
    ['10:00:00.5', /fraction.*resolution of one second/],
    ['10:00:00.0', /fraction/],
    ['Mon,,Wed', /empty item in its days of the week/],
    ['*:0,', /empty item in its minute/],
    ['24:00', /hour 24/],
    ['10:60', /minute 60/],
    ['10:00:60', /second 60/],
    ['*-*-32', /day 32/],
    ['*-*~0', /day 0/],
    ['*:-5', /minute "-5"/],
    ['Mon..Wed..Fri', /"Mon\.\.Wed\.\.Fri", which does not exist/],
    ['10:00 Mon', /"Mon", which is neither/],
    ['10:00 *-*-*', /"\*-\*-\*" where nothing more can stand/],
    ['9', /"9" where a date should be/],
    ['daily\n', /"daily\\n"/],
    [`*:${'0,'.repeat(3000)}0`, /3001 items in its minute, more than 100/],
    ['10:00:00:00', /"10:00:00:00" where a time/],
    ['Mon Tue', /"Tue"/],
    ['Funday', /"Funday", which is neither/],
    ['timer:Mon..Fri 9:00', /"timer:" before it/],
    ['daily UTC UTC', /"UTC" where nothing more can stand/],
    ['10:x', /minute "x"/],
    ['', /is empty/],
  ] as const)
    t.match(refused(text), pattern, text);
  const { definition, findings } = decodeDefinition({
    name: 'web',
    values: [
      { name: 'ImagePath', type: 'SZ', data: '/bin/web' },
      { name: 'Triggers', type: 'MULTI_SZ', data: ['timer:daily', 'timer:25:00'] },
    ],
  });
  t.equal(definition, null);
  matchEach(t, findings, [{ service: 'web', field: 'Triggers', kind: 'invalid', message: /timer:25:00.*hour 25/ }]);
});

t.test('TMR-047 an expression that cannot match again is valid, never fires and costs a bounded search', async (t) => {
  const years = `${Array.from({ length: 100 }, (_, at) => `${at}/${97 + at}`).join(',')}-02-30`;
  const never = ['*-02-30', '2020-*-*', 'Mon 2027-01-05', '*-02~30', '1999..2005/2-01-01', '2/4-02-29', years];
  const started = performance.now();
  for (const text of never) t.equal(next(text), null, text.slice(0, 40));
  t.equal(next('Sun *-03~07/1 02:30 Europe/Berlin'), null, 'an hour that is skipped each year');
  t.ok(performance.now() - started < 1000, 'well under a second');
  t.equal(next('Mon *-02-29', '2026-11-24T10:00:00Z'), '2044-02-29T00:00:00Z', 'a rare date is found');
  t.equal(next('*-02-29', '2096-03-01T00:00:00Z'), '2104-02-29T00:00:00Z', '2100 is no leap year');
  t.equal(next('Mon 2026,2037-01-05'), '2037-01-05T00:00:00Z', 'a year like this one, whose January is over');
  t.equal(next('9999-12-31 23:59:59'), '9999-12-31T23:59:59Z', 'the last second of all');
});

t.test('strictly after the given time, fractions of a second included', async (t) => {
  const parsed = parseCalendar('*:*:*');
  if (!parsed.ok) throw new Error(parsed.what);
  const second = ns(base);
  t.equal(nextOccurrence(parsed.value, second, 'UTC'), second + 1_000_000_000n);
  t.equal(nextOccurrence(parsed.value, second - 1n, 'UTC'), second);
  t.equal(nextOccurrence(parsed.value, second + 999_999_999n, 'UTC'), second + 1_000_000_000n);
  t.equal(nextOccurrence(parsed.value, -1n, 'UTC'), 0n, 'before the epoch too');
});

t.test('the normal form is the same for the same times', async (t) => {
  const normal = (text: string): string => {
    const parsed = parseCalendar(text);
    return parsed.ok ? formatCalendar(parsed.value) : parsed.what;
  };
  t.equal(normal('mon,TUESDAY,wed 9:0'), 'Mon..Wed *-*-* 09:00:00');
  t.equal(normal('*-1,2,3-1'), '*-01..03-01 00:00:00');
  t.equal(normal('*-*-* 00/1:00:00'), '*-*-* *:00:00');
  t.equal(normal('Mon..Sun 12:00'), '*-*-* 12:00:00');
  for (const text of ['2027,2026-1-1', '2026..2027/1-1-1', '2026,2026,2027-1-1']) t.equal(normal(text), '2026..2027-01-01 00:00:00', text);
  for (const text of ['2020,2024,2022-1-1', '2020..2025/2-1-1']) t.equal(normal(text), '2020..2024/2-01-01 00:00:00', text);
  t.equal(normal('2020..2023/3-1-1'), '2020,2023-01-01 00:00:00');
  t.equal(normal('*/1-*-*'), '*-*-* 00:00:00');
  t.equal(normal('2030/7,2026/3,2026/3,2028/9000-1-1'), '2026..9997/3,2028,2030..9996/7-01-01 00:00:00', 'steps that interleave stay');
  t.equal(normal('*-*~*'), '*-*-* 00:00:00', 'every day counts the same from both ends');
  t.equal(normal('daily europe/berlin'), '*-*-* 00:00:00 Europe/Berlin');
});
