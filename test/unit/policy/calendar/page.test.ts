/** What docs/calendar.md tells is what happens. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { shortcuts } from '../../../../src/policy/calendar/expression.ts';
import { formatCalendar } from '../../../../src/policy/calendar/format.ts';
import { nextOccurrence } from '../../../../src/policy/calendar/next.ts';
import { parseCalendar } from '../../../../src/policy/calendar/parse.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/calendar.md'), 'utf8');

/** The rows of the tables below a heading, as cells. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
}

function timesAfter(text: string, after: string, count: number): string {
  const parsed = parseCalendar(text);
  if (!parsed.ok) throw new Error(`${text} ${parsed.what}`);
  const found: string[] = [];
  let at: bigint | null = BigInt(Date.parse(`${after.replace(' ', 'T')}Z`)) * 1_000_000n;
  while (found.length < count) {
    at = nextOccurrence(parsed.value, at, 'UTC');
    if (at === null) break;
    found.push(new Date(Number(at / 1_000_000n)).toISOString().slice(0, 19).replace('T', ' '));
  }
  return found.join(', ');
}

const plain = (cell: string): string => cell.replaceAll('`', '');

t.test('the examples of the page have the next times that it gives', async (t) => {
  const rows = rowsOf('Examples');
  t.ok(rows.length > 10);
  for (const [expression = '', , times = ''] of rows) {
    t.equal(timesAfter(plain(expression), '2026-11-24 10:00:00', Math.max(1, times.split(', ').length)), times, expression);
  }
});

t.test('so have those of summer time', async (t) => {
  const rows = rowsOf('Summer time');
  t.equal(rows.length, 3);
  for (const [expression = '', after = '', times = ''] of rows)
    t.equal(timesAfter(plain(expression), after, times.split(', ').length), times, expression);
});

t.test(
  'TMR-009 TMR-010 TMR-011 TMR-012 TMR-043 TMR-044 TMR-045 TMR-046 each shortcut is on the page, and stands for what it says',
  async (t) => {
    const told = rowsOf('Shortcuts').flatMap(([names = '', text = '']) =>
      names.split(', ').map((name) => [plain(name), plain(text)] as const),
    );
    t.strictSame(told.map(([name]) => name).sort(), Object.keys(shortcuts).sort());
    for (const [name, text] of told) {
      const parsed = parseCalendar(name);
      const spelled = parseCalendar(text);
      t.ok(parsed.ok && spelled.ok && formatCalendar(parsed.value) === formatCalendar(spelled.value), name);
    }
  },
);
