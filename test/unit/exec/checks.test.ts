/** Conditions and asserts that the helper judges: how its results become verdicts. */
import t from 'tap';
import type { Checks } from '../../../src/exec/checks.ts';
import { createChecks } from '../../../src/exec/checks.ts';
import type { Helper, HelperResult } from '../../../src/exec/helper.ts';
import type { RunChecks } from '../../../src/policy/effects.ts';

const checks: RunChecks['checks'] = [
  { type: 'path', argument: '/a' },
  { type: 'directory', argument: '/b' },
];
const effect = (check: string): RunChecks => ({ kind: 'run-checks', check, service: 'web', checks, timeoutSeconds: 7 });
const answered = (output: string): HelperResult => ({ kind: 'exited', exitCode: 0, output: new TextEncoder().encode(output) });

/** Checks whose helper is answered by hand. */
function createScene() {
  const runs: { readonly argv: readonly string[]; readonly timeoutMs: number; readonly done: (result: HelperResult) => void }[] = [];
  const cancelled: number[] = [];
  const warnings: string[] = [];
  const helper: Pick<Helper, 'run'> = {
    run(argv, timeoutMs, done) {
      const at = runs.push({ argv, timeoutMs, done }) - 1;
      return () => void cancelled.push(at);
    },
  };
  const subject: Checks = createChecks(helper as Helper, (text) => void warnings.push(text));
  const verdicts: unknown[] = [];
  const run = (check: string): void => subject.run(effect(check), (each) => verdicts.push(each));
  const explain = (): (() => void) => subject.explain(checks, 5, 'db', (each) => verdicts.push(each));
  return { subject, runs, cancelled, warnings, verdicts, run, explain };
}

t.test('DEF-064 the helper is asked once for all checks of a service, and answers with a verdict for each', async (t) => {
  const { runs, verdicts, warnings, run, explain } = createScene();
  run('a');
  explain();
  t.strictSame(
    runs.map(({ argv, timeoutMs }) => ({ argv, timeoutMs })),
    [
      { argv: ['check', 'p/a', 'd/b'], timeoutMs: 7000 },
      { argv: ['check', 'p/a', 'd/b'], timeoutMs: 5000 },
    ],
  );
  runs[0]?.done(answered('10'));
  runs[1]?.done(answered('01'));
  t.strictSame(verdicts, [
    [true, false],
    [false, true],
  ]);
  t.strictSame(warnings, []);
});

t.test('DEF-065 what was not judged in time counts as nothing, and is told; what was judged by then counts', async (t) => {
  const { runs, verdicts, warnings, run, explain } = createScene();
  run('a');
  explain();
  runs[0]?.done({ kind: 'timed-out', output: new TextEncoder().encode('1') });
  runs[1]?.done({ kind: 'timed-out', output: new TextEncoder().encode('11') });
  t.strictSame(verdicts, [null, [true, true]]);
  t.strictSame(warnings, [
    'web: its conditions were not judged within 7 s (PreStartCheckTimeout)',
    'db: its conditions were not judged within 5 s (PreStartCheckTimeout)',
  ]);
});

t.test('DEF-064 a helper that cannot be started has judged nothing, and the reason is told', async (t) => {
  const { runs, verdicts, warnings, run } = createScene();
  run('a');
  runs[0]?.done({ kind: 'failed', message: 'no helper' });
  t.strictSame(verdicts, [null]);
  t.strictSame(warnings, ['web: its conditions could not be checked: no helper']);
});

t.test('only a check that is under way can be cancelled, once, and the one of its name', async (t) => {
  const { subject, runs, cancelled, run } = createScene();
  for (const check of ['a', 'b', 'c']) run(check);
  runs[0]?.done(answered('11'));
  for (const check of ['a', 'b', 'b', 'nobody']) subject.cancel(check);
  t.strictSame(cancelled, [1]);
});

t.test('few are explained at once, however many ask, and who leaves before that costs nothing', async (t) => {
  const { runs, cancelled, run, explain, verdicts } = createScene();
  const cancels = Array.from({ length: 100 }, () => explain());
  t.equal(runs.length, 8);
  run('a');
  t.equal(runs.length, 9, 'a start waits for none of them');
  for (const cancel of cancels.slice(0, 50)) cancel();
  t.strictSame(cancelled, [], 'what has begun comes to its end');
  t.equal(runs.length, 9);
  runs[0]?.done(answered('11'));
  t.equal(runs.length, 10, 'one is over, the next begins');
  for (let done = 1; done < runs.length; done++) runs[done]?.done(answered('11'));
  t.equal(runs.length, 1 + 8 + 50);
  t.equal(verdicts.length, runs.length);
});
