/** Where the grammars agree, systemd's calendar gives the same next time. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { nextOccurrence } from '../../../../src/policy/calendar/next.ts';
import { parseCalendar } from '../../../../src/policy/calendar/parse.ts';

const tree = join(import.meta.dirname, '../../../../.cache/systemd/usr');
const program = join(tree, 'bin/systemd-analyze');
const environment = {
  PATH: process.env['PATH'] ?? '',
  TZ: 'UTC',
  LC_ALL: 'C',
  LD_LIBRARY_PATH: join(tree, 'lib/x86_64-linux-gnu/systemd'),
};
const works = existsSync(program) && spawnSync(program, ['calendar', 'daily'], { env: environment }).status === 0;
const skip = works ? false : 'systemd-analyze is missing or lacks a library here (npm run setup)';

const base = '2026-11-24 10:00:00';
const dates = [
  '',
  '*-*-*',
  '*-*-01',
  '*-*-1,15',
  '*-02-29',
  '*-*-31',
  '2027-*-*',
  '*-01..03-*',
  '*-*~01',
  '*-02~03',
  '*-*~03..05',
  '2026..2030-06-15',
  '*-01/3-01',
  '*-12-24',
];
const times = ['', '00:00:00', '12:30', '*:00', '*:00/15', '02..04:05,35:10', '23:59:59', '0/6:00', '*:*:00/20'];
const weekdays = ['', 'Mon', 'Sat,Sun', 'Mon..Fri', 'Tue,Thu..Sat'];
const zones = ['', ' Europe/Berlin', ' America/New_York'];

const texts = weekdays
  .flatMap((weekday) => dates.flatMap((date) => times.map((time) => [weekday, date, time].filter((part) => part !== '').join(' '))))
  .map((text, at) => (text === '' ? 'daily' : `${text}${/[:-]/.test(text) ? zones[at % zones.length] : ''}`));
// systemd reads a date alone with a zone in another way, and counts a range after ~ with a step otherwise: neither is compared.
const compared = [...new Set(texts)].filter((text) => text !== '');

t.test('TMR-002 TMR-007 at least two hundred expressions have the next time that systemd-analyze gives', { skip }, async (t) => {
  const { stdout } = spawnSync(program, ['calendar', `--base-time=${base} UTC`, ...compared], {
    env: environment,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const blocks = stdout.split(/\n\n/).filter((block) => block.includes('Normalized form'));
  t.equal(blocks.length, compared.length, 'systemd takes each of them');
  t.ok(compared.length >= 200, `${compared.length} expressions`);
  const after = BigInt(Date.parse(`${base.replace(' ', 'T')}Z`)) * 1_000_000n;
  let agreed = 0;
  for (const [index, text] of compared.entries()) {
    const block = blocks[index] ?? '';
    const utc = /\(in UTC\): \w+ (\S+ \S+) UTC/.exec(block)?.[1] ?? /Next elapse: \w+ (\S+ \S+) UTC/.exec(block)?.[1] ?? null;
    const parsed = parseCalendar(text);
    const found = parsed.ok ? nextOccurrence(parsed.value, after, 'UTC') : null;
    const ours = found === null ? null : new Date(Number(found / 1_000_000n)).toISOString().slice(0, 19).replace('T', ' ');
    if (ours === utc) agreed++;
    else t.equal(ours, utc, text);
  }
  t.equal(agreed, compared.length);
});
