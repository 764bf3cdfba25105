/** Lines of services, side by side. */
import fc from 'fast-check';
import t from 'tap';
import { createLineFormatter, paintName } from '../../../clients/peiosctl/format-line.ts';
import { painter } from '../../../clients/peiosctl/paint.ts';
import { formatInstant } from '../../../clients/peiosctl/time.ts';

const timestamp = '2026-06-01T12:00:00.004567890Z';
const now = Date.parse(timestamp);
const time = `${formatInstant(timestamp).slice(11)}.004`;
const plain = painter(false);

t.test('names line up with the widest that may come, and with a wider one from its line on', async (t) => {
  const format = createLineFormatter(plain, ['web', 'cache'], () => now);
  const shown = ['web', 'cache', 'web/ExecStartPre[0]', 'web'].map((origin) => format({ origin, timestamp, text: 'hello' }));
  t.strictSame(shown, [
    `${time}  web    | hello`,
    `${time}  cache  | hello`,
    `${time}  web/ExecStartPre[0]  | hello`,
    `${time}  web                  | hello`,
  ]);
});

t.test('standard error is marked', async (t) => {
  const format = createLineFormatter(plain, [], () => now);
  t.equal(format({ origin: 'web', timestamp, text: 'hello', is_error: true }), `${time}  web  ! hello`);
});

t.test('one very long name does not push the lines of the others away', async (t) => {
  const long = 'a'.repeat(60);
  const format = createLineFormatter(plain, ['web', long], () => now);
  t.equal(format({ origin: long, timestamp, text: 'hello' }), `${time}  ${long}  | hello`);
  t.equal(format({ origin: 'web', timestamp, text: 'hello' }), `${time}  ${'web'.padEnd(32)}  | hello`);
});

t.test('a line has its date where that is another day', async (t) => {
  const format = createLineFormatter(plain, [], () => now + 3 * 86_400_000);
  t.equal(format({ origin: 'web', timestamp, text: 'hello' }), `${formatInstant(timestamp)}.004  web  | hello`);
  t.match(format({ origin: 'web', timestamp: '2026-06-01T12:00:00Z', text: 'hello' }), /\.000 {2}web {2}\| hello$/);
});

t.test('what a program paints its lines with is left out, and nothing that it writes steers the terminal', async (t) => {
  const format = createLineFormatter(plain, [], () => now);
  const text = (written: string): string => format({ origin: 'web', timestamp, text: written }).slice(`${time}  web  | `.length);
  t.equal(text('\u001b[1;32mINFO\u001b[0m ready\r'), 'INFO ready');
  t.equal(text('\u001b]0;title\u0007\u001b[2Jgone\ttab'), '\ufffd]0;title\ufffd\ufffd[2Jgone\ttab');
});

t.test('a service has one colour, which its hooks share', async (t) => {
  const paint = painter(true);
  const colorOf = (name: string): string => paintName(paint, name).slice(0, 5);
  t.equal(colorOf('web'), colorOf('web/ExecStartPre[0]'));
  const colors = new Set(['web', 'db', 'cache', 'worker', 'mail', 'proxy', 'queue', 'auth'].map(colorOf));
  t.ok(colors.size > 3, 'those of several services differ');
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (name) => /^\u001b\[(?:3[2456]|9[2456])m/.test(paintName(paint, name))),
    { numRuns: 500 },
  );
});
