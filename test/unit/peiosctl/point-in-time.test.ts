/** Times of --since and --until. */
import t from 'tap';
import { pointInTime } from '../../../clients/peiosctl/point-in-time.ts';

// 2026-06-10, a Wednesday, 10:30:15.250 local time, wherever this runs.
const now = new Date(2026, 5, 10, 10, 30, 15, 250);
const wire = (date: Date, fraction = `${date.getMilliseconds()}`.padStart(3, '0')): string =>
  `${date.toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`;
const back = (ms: number): string => wire(new Date(now.getTime() - ms));
const minute = 60_000;

const same: readonly (readonly [word: string, timestamp: string])[] = [
  ['now', back(0)],
  ['10m', back(10 * minute)],
  ['-10m', back(10 * minute)],
  ['10m ago', back(10 * minute)],
  ['10 Min Ago', back(10 * minute)],
  ['1h30m', back(90 * minute)],
  ['1 hour 30 minutes ago', back(90 * minute)],
  ['1.5h', back(90 * minute)],
  ['2 days ago', back(2 * 1440 * minute)],
  ['-1w', back(7 * 1440 * minute)],
  ['500ms', back(500)],
  ['today', wire(new Date(2026, 5, 10))],
  ['yesterday', wire(new Date(2026, 5, 9))],
  ['yesterday 18:00', wire(new Date(2026, 5, 9, 18))],
  ['today 9:05', wire(new Date(2026, 5, 10, 9, 5))],
  ['09:30', wire(new Date(2026, 5, 10, 9, 30))],
  ['09:30:01.5', wire(new Date(2026, 5, 10, 9, 30, 1), '5')],
  ['2026-06-01', wire(new Date(2026, 5, 1))],
  ['2026-06-01 12:00', wire(new Date(2026, 5, 1, 12))],
  ['2026-06-01T12:00:30', wire(new Date(2026, 5, 1, 12, 0, 30))],
  ['2026-06-01T12:00:00Z', '2026-06-01T12:00:00.000000000Z'],
  ['2026-06-01 12:00 UTC', '2026-06-01T12:00:00.000000000Z'],
  ['2026-06-01T12:00:00.123456789Z', '2026-06-01T12:00:00.123456789Z'],
  ['2026-06-01T12:00:00+02:00', '2026-06-01T10:00:00.000000000Z'],
  ['2026-06-01T12:00:00.5-0130', '2026-06-01T13:30:00.500000000Z'],
  ['@1780300800.25', '2026-06-01T08:00:00.250000000Z'],
];
for (const [word, timestamp] of same)
  t.test(`a time: ${word}`, async (t) => {
    t.equal(pointInTime('since', word, now), timestamp);
    t.equal(pointInTime('until', ` ${word} `, now), timestamp);
  });

for (const word of [
  '',
  'soon',
  '10',
  '10x',
  '10 m o',
  '25:00',
  '12:60',
  '2026-02-30',
  '2026-13-01',
  '2026-06-01T',
  '12:00Z',
  '-',
  'ago',
  '@',
  '99999999999999w',
])
  t.test(`no time: "${word}"`, async (t) => {
    t.throws(() => pointInTime('until', word, now), {
      name: 'UsageError',
      message: /^--until takes a time such as 10m, '2 h ago', 09:30, .* or 2026-06-01T12:00:00Z, not /,
    });
  });

t.test('a time of today that is yet to come is told, since nothing can be newer', async (t) => {
  t.throws(() => pointInTime('since', '23:15', now), { message: "--since 23:15 is yet to come today; is 'yesterday 23:15' meant?" });
  t.equal(pointInTime('until', '23:15', now), wire(new Date(2026, 5, 10, 23, 15)));
});
