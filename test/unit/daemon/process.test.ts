import type { Test } from 'tap';
import t from 'tap';
import { UsageError } from '../../../src/hosted/daemon/command-line.ts';
import { Problem } from '../../../src/hosted/daemon/problem.ts';
import { reportFailure } from '../../../src/hosted/daemon/process.ts';

class Expected extends Error {}
const program = { name: 'noted', isExpected: (error: unknown) => error instanceof Expected };

/** Status and text of standard error. */
function report(t: Test, error: unknown): readonly [number, string] {
  const said = t.capture(console, 'error', () => undefined);
  const status = reportFailure(program, error);
  const lines = said().map(({ args }) => String(args[0]));
  said.restore();
  return [status, lines.join('\n')];
}

t.test('a wrong command line is status 2 and names the help, a problem is status 1 and names the remedy', async (t) => {
  t.strictSame(report(t, new UsageError('there is no option --x')), [2, 'noted: there is no option --x; see noted --help']);
  t.strictSame(report(t, new Problem('the disk is gone', 'find it')), [1, 'noted: the disk is gone\nnoted: what to do: find it']);
});

t.test('of what was to be expected the message is told, of a defect where it came from', async (t) => {
  t.strictSame(report(t, new Expected('no such note')), [1, 'noted: no such note']);
  const defect = new TypeError('x is not a function');
  t.strictSame(report(t, defect), [1, `noted: ${defect.stack}`]);
  t.strictSame(report(t, 'thrown'), [1, 'noted: thrown']);
});
