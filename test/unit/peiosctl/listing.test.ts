/** The lines of logs and events as people see them. */
import fc from 'fast-check';
import t from 'tap';
import type { Entry, Look } from '../../../clients/peiosctl/listing.ts';
import { Listing } from '../../../clients/peiosctl/listing.ts';
import { textPattern } from '../../../clients/peiosctl/text-pattern.ts';
import { pieces, textWidth } from '../../../clients/peiosctl/text-width.ts';
import { formatInstant } from '../../../clients/peiosctl/time.ts';

const timestamp = '2026-06-01T12:00:00.123456789Z';
const time = `${formatInstant(timestamp).slice(11)}.123`;
const plain: Look = { color: false, width: null, boot: 'this', now: () => Date.parse(timestamp) };
const entry = (name: string, text: string, more: Partial<Entry> = {}): Entry => ({
  boot: 'this',
  timestamp,
  name,
  tone: 'plain',
  text,
  ...more,
});
const listed = (look: Partial<Look>, ...entries: readonly Entry[]): readonly string[] => {
  const listing = new Listing({ ...plain, ...look });
  listing.expect(entries.map(({ name }) => name ?? ''));
  return entries.flatMap((each) => listing.lines(each));
};

t.test('names stand in a column, what was said on standard error is marked', async (t) => {
  t.strictSame(
    listed(
      {},
      entry('web', 'up'),
      entry('web/ExecStartPre[0]', 'made /run/web'),
      entry('数据库', 'ok'),
      entry('db', 'no space left', { tone: 'stderr' }),
      entry('db', ''),
      entry('a-service-with-a-really-very-long-name', 'x'),
    ),
    [
      `${time}  web                               | up`,
      `${time}  web/ExecStartPre[0]               | made /run/web`,
      `${time}  数据库                            | ok`,
      `${time}  db                                ! no space left`,
      `${time}  db                                |`,
      `${time}  a-service-with-a-really-very-long-name  | x`,
    ],
  );
});

t.test('a column grows with the names that come, and never shrinks', async (t) => {
  const listing = new Listing(plain);
  t.strictSame(
    [entry('a', '1'), entry('abc', '2'), entry('a', '3')].flatMap((each) => listing.lines(each)),
    [`${time}  a  | 1`, `${time}  abc  | 2`, `${time}  a    | 3`],
  );
});

t.test('another boot has a heading, this one only where another came before it', async (t) => {
  const [old, current] = [entry('a', '1', { boot: 'old' }), entry('a', '2')];
  t.strictSame(listed({}, current, current), [`${time}  a  | 2`, `${time}  a  | 2`]);
  t.strictSame(listed({}, old, old, current), [
    '-- boot old --',
    `${time}  a  | 1`,
    `${time}  a  | 1`,
    '-- boot this, this one --',
    `${time}  a  | 2`,
  ]);
  t.strictSame(listed({ boot: null }, current), ['-- boot this --', `${time}  a  | 2`], 'where nobody knows which one this is');
});

t.test('LOG-012 what is missing is told where it is missing', async (t) => {
  const listing = new Listing(plain);
  t.strictSame(listing.gap('this', 123, 'line'), ['-- 123 lines lost --']);
  t.strictSame(listing.gap('old', 1, 'event'), ['-- boot old --', '-- 1 event lost --']);
});

t.test('a time of another day has its date', async (t) => {
  const yesterday = '2026-05-30T12:00:00.000000000Z';
  t.strictSame(listed({}, entry('a', '1', { timestamp: yesterday })), [`${formatInstant(yesterday)}.000  a  | 1`]);
});

t.test('a terminal gets lines that fit, what goes on stands below its text', async (t) => {
  const text = 'the quick brown fox jumps over the lazy dog and then it runs away';
  t.strictSame(listed({ width: 60 }, entry('web', text)), [
    `${time}  web  | the quick brown fox jumps over the lazy`,
    '                   | dog and then it runs away',
  ]);
  t.strictSame(listed({ width: 44 }, entry('web', text)), [`${time}  web  | ${text}`], 'too narrow to be helped');
});

t.test('nothing but blanks of a text is lost in pieces, and each fits', async (t) => {
  const unit = fc.constantFrom('a', 'b', ' ', '数', 'é', '😀', '\u0301');
  const property = fc.property(fc.string({ unit, maxLength: 200 }), fc.integer({ min: 10, max: 60 }), (text, width) => {
    const found = pieces(text, width);
    if (found.join('').replaceAll(' ', '') !== text.replaceAll(' ', '')) throw new Error('something is lost');
    for (const piece of found) if (textWidth(piece) > width) throw new Error(`${piece} is wider than ${width}`);
  });
  t.doesNotThrow(() => fc.assert(property));
  t.strictSame(pieces('a\tb\t\tc', 80), ['a       b               c'], 'tabs');
});

t.test('colours are of the service, its hooks included, and what is looked for stands out', async (t) => {
  const [hook = '', main = '', error = ''] = listed(
    { color: true, sought: textPattern('o+', false) },
    entry('web/ExecStartPre[0]', 'foo'),
    entry('web', 'bar'),
    entry('web', 'bad', { tone: 'error' }),
  );
  const hue = (line: string): string => /\u001b\[(\d+)mweb/.exec(line)?.[1] ?? '';
  t.equal(hue(hook), hue(main));
  t.match(hook, 'f\u001b[1moo\u001b[0m');
  t.match(error, '\u001b[31m!\u001b[0m \u001b[31mbad\u001b[0m');
});

t.test('what a program says does not steer the terminal', async (t) => {
  const [shown = ''] = listed({}, entry('we\u001bb', '\u001b[31ma\u001b[0m\rb'));
  t.equal(shown, `${time}  we\ufffdb  | a\ufffdb`);
});
