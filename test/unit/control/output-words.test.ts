/** The output rows of peiosctl status. */
import t from 'tap';
import { formatOutput } from '../../../clients/peiosctl/format-output.ts';
import { formatInstant } from '../../../clients/peiosctl/time.ts';
import type { OutputLine } from '../../../gen/control/types.ts';

const at = '2026-06-01T12:00:00.000000000Z';
const time = formatInstant(at).slice(11);

const line = (job: string, process: string | null, text: string): OutputLine => ({ text, at, job, process, is_error: false });
const shown = (lines: readonly OutputLine[], currentJob: string | null): readonly string[] =>
  formatOutput(lines, currentJob, Date.parse(at) + 60_000);

t.test('lines come with their times, and a heading where another process begins', async (t) => {
  t.strictSame(shown([], null), []);
  t.strictSame(shown([line('m2', null, 'up'), line('m2', null, 'more')], 'm2'), [`${time}  up`, `${time}  more`]);
  t.strictSame(shown([line('m1', null, 'no such thing')], null), ['main process:', `${time}  no such thing`]);
  t.strictSame(
    shown(
      [line('m1', null, 'dying'), line('h1', 'ExecStartPre[0]', 'a'), line('h2', 'ExecStartPre[0]', 'b'), line('m2', null, 'up')],
      'm2',
    ),
    [
      'main process, an earlier run:',
      `${time}  dying`,
      'ExecStartPre[0], an earlier run:',
      `${time}  a`,
      'ExecStartPre[0]:',
      `${time}  b`,
      'main process:',
      `${time}  up`,
    ],
  );
  t.strictSame(shown([line('m1', null, 'before it was restarted')], 'm2'), [
    'main process, an earlier run:',
    `${time}  before it was restarted`,
  ]);
  t.strictSame(formatOutput([line('m1', null, 'old')], 'm1', Date.parse(at) + 200_000_000), [`${formatInstant(at)}  old`]);
});
